/** Tables for tests of shift: real ones from the shared material, and made ones whose kind of shift is known. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type Column, readCsv, type Table, takeRows } from '../../src/table/index.js'
import { sharedPath } from '../shared.js'

/** A small seeded generator (mulberry32, public domain): apart from the package's own. */
export function random(seed: number): { uniform(): number; normal(): number; below(n: number): number } {
  let state = (seed * 2654435761 + 12345) >>> 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    below: (n) => Math.floor(uniform() * n),
  }
}

export type Values = Readonly<Record<string, readonly (number | string | null)[]>>

/** A table of numbers and words; null is missing. */
export function tableOf(values: Values, name = 'made'): Table {
  const columns = Object.entries(values).map(([title, cells]): Column => {
    const absent = Uint8Array.from(cells, (cell) => (cell === null ? 1 : 0))
    const missing = absent.reduce((sum, one) => sum + one, 0)
    const base = { name: title, missing, absent: missing > 0 ? absent : null }
    if (cells.some((cell) => typeof cell === 'string')) {
      const categories = [...new Set(cells.filter((cell) => cell !== null).map(String))]
      const codes = Int32Array.from(cells, (cell) => (cell === null ? -1 : categories.indexOf(String(cell))))
      return { ...base, type: 'categorical', codes, categories }
    }
    return {
      ...base,
      type: 'numeric',
      values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
    }
  })
  return { name, rows: columns.length === 0 ? 0 : Object.values(values)[0]!.length, columns, lineOf: (row) => row + 1 }
}

/** Numbers row by row, the last column named `y`. */
function numbers(text: string, skip: number): Table {
  const rows = text
    .trim()
    .split('\n')
    .slice(skip)
    .map((line) => line.split(',').map(Number))
  return tableOf(
    Object.fromEntries(rows[0]!.map((_, j) => [j === rows[0]!.length - 1 ? 'y' : `x${j}`, rows.map((row) => row[j]!)])),
  )
}

const text = (...parts: string[]): string => {
  const bytes = readFileSync(sharedPath('data', ...parts))
  return (parts.at(-1)!.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** Real tables with a target `y`. */
export const realTables: Readonly<Record<string, () => Promise<Table>>> = {
  iris: async () => numbers(text('tables', 'sklearn', 'iris.csv'), 1),
  wine: async () => numbers(text('tables', 'sklearn', 'wine_data.csv'), 1),
  'breast cancer': async () => numbers(text('tables', 'sklearn', 'breast_cancer.csv'), 1),
  digits: async () => numbers(text('tables', 'sklearn', 'digits.csv.gz'), 0),
  'wine quality': async () => numbers(text('tables', 'wine-quality', 'winequality-white.csv'), 0),
  diabetes: async () => {
    const y = text('tables', 'sklearn', 'diabetes_target.csv.gz').trim().split('\n').map(Number)
    const rows = text('tables', 'sklearn', 'diabetes_data_raw.csv.gz')
      .trim()
      .split('\n')
      .map((line) =>
        line
          .trim()
          .split(/[\s,]+/)
          .map(Number),
      )
    return tableOf({ ...Object.fromEntries(rows[0]!.map((_, j) => [`x${j}`, rows.map((row) => row[j]!)])), y })
  },
  electricity: async () => {
    const table = await readCsv({ text: text('streams', 'elec2', 'elec.csv') })
    return {
      ...table,
      columns: table.columns.map((column) => (column.name === 'class' ? { ...column, name: 'y' } : column)),
    }
  },
  housing: async () => {
    const table = await readCsv({ text: text('tables', 'nannyml', 'california_housing_reference.csv') })
    const kept = table.columns.filter(({ name }) => !['id', 'timestamp', 'y_pred', 'y_pred_proba'].includes(name))
    return {
      ...table,
      columns: kept.map((column) => (column.name === 'clf_target' ? { ...column, name: 'y' } : column)),
    }
  },
}

/** `rows` rows at random, split into two tables. */
export function split(table: Table, rows: number, seed: number, share = 0.5): [Table, Table] {
  const { below } = random(seed)
  const order = Int32Array.from({ length: table.rows }, (_, i) => i)
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  const n = Math.min(rows, table.rows)
  const first = Math.floor(n * share)
  return [takeRows(table, order.slice(0, first)), takeRows(table, order.slice(first, n))]
}
