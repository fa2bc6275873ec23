/** Figures over windows of rows in the order of time, so that when something moved can be seen. */
import type { Column, Table } from '../../table/index.js'
import { takeRows } from '../../table/index.js'
import { Generator } from '../../tensor/index.js'
import { columnOf } from '../concept/features.js'
import { compareColumns } from '../univariate/index.js'
import { inOrderOf, sampleRows } from './rows.js'

/** One window: rows that follow one another. */
export interface TimeWindow {
  readonly table: 'reference' | 'current'
  readonly rows: number
  /** Mean of the time in it. */
  readonly at: number
  /** Share of the target's last class, or the mean of numbers; null without labels. */
  readonly target: number | null
  /** The largest effect of a column, against the whole reference, and that column. */
  readonly effect: number | null
  readonly column: string | null
  /** Error rate of the class that the scores have as likelier, or squared error of the prediction; null without either. */
  readonly error: number | null
}

export interface OverTime {
  readonly time: string
  /** What `target` of the windows is. */
  readonly target: string | null
  readonly windows: readonly TimeWindow[]
}

/** Windows of each table, at most, and rows of one, at least. */
const mostWindows = 12
const fewestRows = 30
const mostRows = 5000

/** `columns`: those that are compared; `classes`: of the target, ascending, null for numbers. At most 5000 rows of each table, spread at random, are looked at. */
export function overTime(
  reference: Table,
  current: Table,
  given: {
    readonly time: string
    readonly columns: readonly string[]
    readonly target: string | null
    readonly classes: readonly string[] | null
    readonly scores: readonly string[]
    readonly prediction: string | null
    readonly seed: number
  },
): OverTime {
  const { time, columns, target, classes, seed } = given
  const generator = new Generator(seed)
  const whole = sampleRows(inOrderOf(reference, time), mostRows, generator)
  const now = sampleRows(inOrderOf(current, time), mostRows, generator)
  const windows = (
    [
      ['reference', whole],
      ['current', now],
    ] as const
  ).flatMap(([name, table]) => {
    const count = Math.max(1, Math.min(mostWindows, Math.floor(table.rows / fewestRows)))
    return Array.from({ length: table.rows === 0 ? 0 : count }, (_, i): TimeWindow => {
      const from = Math.floor((i * table.rows) / count)
      const rows = Int32Array.from({ length: Math.floor(((i + 1) * table.rows) / count) - from }, (_, k) => from + k)
      const part = takeRows(table, rows)
      const effects = columns.map((column) => ({ column, effect: compareColumns(columnOf(whole, column), columnOf(part, column)).effect ?? -1 })) // biome-ignore format: one line
      const best = effects.reduce<(typeof effects)[number] | null>((a, b) => (a === null || b.effect > a.effect ? b : a), null) // biome-ignore format: one line
      const times = (columnOf(part, time) as { values: Float64Array }).values
      return {
        table: name,
        rows: part.rows,
        at: meanOf(times),
        target: target === null ? null : finite(meanOf(numbersOf(part, target, classes, (classes?.length ?? 1) - 1))),
        effect: best === null || best.effect < 0 ? null : best.effect,
        column: best?.column ?? null,
        error: errorOf(part, given),
      }
    }) // biome-ignore format: one line
  })
  const kind = classes === null ? `mean of ${target}` : `share of ${target} = ${classes.at(-1)}`
  return { time, target: target === null ? null : kind, windows }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Of what is there. */
function meanOf(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.reduce((sum, value) => sum + value / known.length, known.length === 0 ? Number.NaN : 0)
}

/** A column's numbers, or 1 where it has a class and 0 elsewhere; NaN where it is missing. */
function numbersOf(table: Table, name: string, classes: readonly string[] | null, k: number): Float64Array {
  const column = table.columns.find((one) => one.name === name)
  if (column === undefined) return new Float64Array(table.rows).fill(Number.NaN)
  return Float64Array.from({ length: table.rows }, (_, row) => {
    const word = wordOf(column, row)
    return word === null ? Number.NaN : classes === null ? Number(word) : Number(word === classes[k])
  })
}

function wordOf(column: Column, row: number): string | null {
  if (column.absent?.[row] === 1) return null
  if (column.type === 'categorical') return column.categories[column.codes[row]!] ?? null
  return column.type === 'boolean' ? (column.values[row] === 1 ? 'true' : 'false') : String(column.values[row])
}

function errorOf(table: Table, { target, classes, scores, prediction }: Parameters<typeof overTime>[2]): number | null {
  const read = (name: string): Float64Array => numbersOf(table, name, null, 0)
  if (target === null) return null
  if (classes === null) {
    if (prediction === null) return null
    const [y, said] = [read(target), read(prediction)]
    return finite(meanOf(y.map((value, row) => (value - said[row]!) ** 2)))
  }
  const columns = scores.map(read)
  const said = columns.length === 1 ? [columns[0]!.map((p) => 1 - p), columns[0]!] : columns
  if (said.length !== classes.length) return null
  const own = classes.map((_, k) => numbersOf(table, target, classes, k))
  const wrong = Float64Array.from({ length: table.rows }, (_, row) => {
    if (Number.isNaN(own[0]![row]!)) return Number.NaN
    const best = said.reduce((top, p, k) => (p[row]! > said[top]![row]! ? k : top), 0)
    return 1 - own[best]![row]!
  })
  return finite(meanOf(wrong))
}
