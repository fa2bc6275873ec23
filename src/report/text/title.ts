/** The heading of a section on a terminal. */
import { inert } from '../../core/index.js'
import type { Paint } from '../paint.js'
import { shorten, wrap } from '../wrap.js'

export function titleLines(section: { title: string; note?: string }, width: number, paint: Paint): string[] {
  const lines = section.title === '' ? [] : [paint('bold', shorten(inert(section.title, 300), width))]
  if (section.note === undefined) return lines
  return [...lines, ...wrap(inert(section.note, 600), width, '  ').map((line) => paint('dim', line))]
}
