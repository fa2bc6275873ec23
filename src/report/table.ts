/** The table of tensors: as many columns as shorten, the name taking what is left. */
import { inert } from '../core/index.js'
import type { TensorFigures } from '../weights/index.js'
import { columnOf, showCell } from './columns.js'
import { worstSeverity } from './order.js'
import type { Paint, Style } from './paint.js'
import { logSparkline, sparkline } from './spark.js'
import { displayWidth, padEnd, padStart, shorten } from './wrap.js'

interface TableColumn {
  readonly title: string
  readonly align: 'left' | 'right'
  readonly style: Style | null
  cell(tensor: TensorFigures): string
}

const plain = (key: string): TableColumn => {
  const column = columnOf(key)!
  return {
    title: column.title,
    align: column.align,
    style: null,
    cell: (tensor) => inert(showCell(column, tensor), 40),
  }
}

const spectrum: TableColumn = {
  title: 'spectrum',
  align: 'left',
  style: 'accent',
  cell: (tensor) => (tensor.matrix ? logSparkline(tensor.matrix.spectrum.value, 10) : ''),
}
const exponents: TableColumn = {
  title: 'exponents',
  align: 'left',
  style: 'accent',
  cell: (tensor) => sparkline(tensor.exponents.counts, 12),
}
const flags: TableColumn = {
  title: 'flags',
  align: 'left',
  style: 'warning',
  cell: (tensor) =>
    tensor.flags
      .filter((flag) => flag.severity !== 'info')
      .map((flag) => flag.code)
      .join(' '),
}

/** In order of importance: the first ones stay when the width is small. */
const candidates: readonly (readonly [rank: number, column: TableColumn])[] = [
  [2, plain('dtype')],
  [1, plain('shape')],
  [8, plain('zeros')],
  [0, plain('l2')],
  [3, plain('linf')],
  [9, plain('std')],
  [4, plain('spectral')],
  [5, plain('stableRank')],
  [10, plain('rank')],
  [12, plain('condition')],
  [13, plain('alpha')],
  [6, spectrum],
  [7, exponents],
  [11, flags],
]
const marks = { error: '✗', warning: '!', info: '·' } as const
const gap = '  '

export function tensorTable(
  tensors: readonly TensorFigures[],
  width: number,
  paint: Paint,
  sortedBy?: string,
): string[] {
  const cellsOf = (column: TableColumn): string[] => [column.title, ...tensors.map((tensor) => column.cell(tensor))]
  const names = tensors.map((tensor) => inert(tensor.name, 300))
  const longestName = Math.max(6, ...names.map(displayWidth))
  const nameFloor = Math.min(longestName, Math.max(16, Math.floor(width / 4)))
  const measured = candidates.map(([rank, column], place) => {
    const cells = cellsOf(column)
    return {
      rank,
      place,
      column,
      cells,
      width: Math.max(...cells.map(displayWidth)),
      empty: cells.slice(1).every((cell) => cell === '' || cell === '–'),
    }
  })
  const wanted = sortedBy === undefined ? undefined : columnOf(sortedBy)
  if (wanted && !candidates.some(([, column]) => column.title === wanted.title) && wanted.key !== 'name') {
    const column = plain(wanted.key)
    const cells = cellsOf(column)
    measured.push({ rank: -1, place: -1, column, cells, width: Math.max(...cells.map(displayWidth)), empty: false })
  }
  let room = width - 2 - nameFloor
  const kept = measured
    .filter((one) => !one.empty)
    .sort((a, b) => a.rank - b.rank)
    .filter((one) => {
      const size = one.width + gap.length
      if (size > room) return false
      room -= size
      return true
    })
    .sort((a, b) => a.place - b.place)
  const nameWidth = Math.min(longestName, nameFloor + room)

  const line = (row: number, name: string, mark: string): string => {
    const cells = kept.map(({ column, cells, width: size }) => {
      const padded = column.align === 'left' ? padEnd(cells[row]!, size) : padStart(cells[row]!, size)
      return column.style && row > 0 ? paint(column.style, padded) : padded
    })
    return `${mark} ${[padEnd(shorten(name, nameWidth), nameWidth), ...cells].join(gap)}`.trimEnd()
  }
  const header = paint('bold', line(0, 'tensor', ' '))
  return [
    header,
    ...tensors.map((tensor, i) => {
      const severity = worstSeverity(tensor)
      return line(i + 1, names[i]!, severity ? paint(severity, marks[severity]) : ' ')
    }),
  ]
}
