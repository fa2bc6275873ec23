/** A mistake in what a person wrote: a condition, a query. */
import { inert, UsageError } from '../core/index.js'

/** What is wrong, with the place marked in the text around it. */
export function mistakeIn(op: 'where' | 'sql', text: string, at: number, what: string): UsageError {
  const from = Math.max(0, at - 30)
  const before = inert(text.slice(from, at), 60)
  const after = inert(text.slice(at, at + 30), 60)
  return new UsageError(`${op}: ${what} at character ${at + 1}: ${from > 0 ? '…' : ''}${before}▸${after}${at + 30 < text.length ? '…' : ''}`) // biome-ignore format: one line
}
