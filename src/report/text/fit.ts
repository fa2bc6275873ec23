/** A table of text that fits a width: columns by rank, the first one taking what is left. */
import type { Paint, Style } from '../paint.js'
import type { Tone } from '../views/view.js'
import { displayWidth, padEnd, shorten } from '../wrap.js'

export interface TextColumn {
  readonly title: string
  readonly align: 'left' | 'right'
  /** Lower stays longer where the width is small. */
  readonly rank: number
  readonly style?: Style | undefined
  /** One cell per row, inert. */
  readonly cells: readonly string[]
}

export interface TextTable {
  /** Title and cells of the first column, which is always there; inert. */
  readonly title: string
  readonly names: readonly string[]
  readonly columns: readonly TextColumn[]
  readonly tones: readonly (Tone | null)[]
}

const marks: Record<Tone, string> = { error: '✗', warning: '!', info: '·', good: '✓' }
const gap = '  '

/** A header and one line per row, none wider than `width`. Columns with nothing in them are left out. */
export function fitTable(table: TextTable, width: number, paint: Paint): string[] {
  const longestName = Math.max(displayWidth(table.title), ...table.names.map(displayWidth))
  const nameFloor = Math.min(longestName, Math.max(16, Math.floor(width / 4)))
  const measured = table.columns.map((column, place) => ({
    ...column,
    place,
    width: Math.max(displayWidth(column.title), ...column.cells.map(displayWidth)),
    isEmpty: column.cells.every((cell) => cell === '' || cell === '–'),
  }))
  let room = width - 2 - nameFloor
  const kept = measured
    .filter((column) => !column.isEmpty)
    .sort((a, b) => a.rank - b.rank)
    .filter((column) => {
      const size = column.width + gap.length
      if (size > room) return false
      room -= size
      return true
    })
    .sort((a, b) => a.place - b.place)
  const nameWidth = Math.min(longestName, nameFloor + room)
  const line = (name: string, mark: string, cellOf: (column: (typeof kept)[number]) => string): string =>
    `${mark} ${[padEnd(shorten(name, nameWidth), nameWidth), ...kept.map(cellOf)].join(gap)}`.trimEnd()
  // Only the words are painted, so that no line ends in painted blanks.
  const padded = (text: string, { align, width: size, style }: (typeof kept)[number], isHead = false): string => {
    const blanks = ' '.repeat(Math.max(0, size - displayWidth(text)))
    const painted = style === undefined || isHead || text === '' ? text : paint(style, text)
    return align === 'left' ? painted + blanks : blanks + painted
  }
  return [
    paint(
      'bold',
      line(table.title, ' ', (column) => padded(column.title, column, true)),
    ),
    ...table.names.map((name, row) => {
      const tone = table.tones[row] ?? null
      return line(name, tone === null ? ' ' : paint(tone, marks[tone]), (column) => padded(column.cells[row]!, column))
    }),
  ]
}
