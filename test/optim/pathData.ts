/** Data of the path tests, as scripts/oracle/paths.py has them. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { type Tensor, tensor } from '../../src/tensor/index.js'
import { sharedPath } from '../shared.js'

export interface TestData {
  readonly X: Tensor
  readonly y: Tensor
}

const f64 = { dtype: 'f64' } as const

/** X[i, j] = sin(1 + 3 i + 7 j + i j), y[i] = cos(0.7 i) + X[i, 0] - 2 X[i, p - 1]. */
export function formula(n: number, p: number): { X: number[][]; y: number[] } {
  const X = Array.from({ length: n }, (_, i) =>
    Array.from({ length: p }, (_, j) => Math.sin(1 + 3 * i + 7 * j + i * j)),
  )
  return { X, y: X.map((row, i) => Math.cos(i * 0.7) + row[0]! - 2 * row[p - 1]!) }
}

/** Columns minus their mean, over their (population's) standard deviation times `factor`. */
function standardized(X: number[][], factor = 1): number[][] {
  const n = X.length
  const columns = X[0]!.map((_, j) => X.map((row) => row[j]!))
  const scaled = columns.map((column) => {
    const mean = column.reduce((a, b) => a + b, 0) / n
    const spread = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / n)
    return column.map((value) => (value - mean) / spread / factor)
  })
  return X.map((_, i) => scaled.map((column) => column[i]!))
}

const table = (text: string, separator: RegExp): number[][] =>
  text.trim().split('\n').map((line) => line.trim().split(separator).map(Number)) // biome-ignore format: one line

const file = (name: string): string => {
  const bytes = readFileSync(sharedPath('data', 'tables', 'sklearn', name))
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** As `load_diabetes` scales it: columns standardized by the population's deviation, then divided by sqrt(n), so that their squares sum to 1. */
function diabetes(): { X: number[][]; y: number[] } {
  const X = table(file('diabetes_data_raw.csv.gz'), /\s+/)
  return { X: standardized(X, Math.sqrt(X.length)), y: table(file('diabetes_target.csv.gz'), /\s+/).map(([value]) => value!) } // biome-ignore format: one line
}

function wine(): { X: number[][]; y: number[] } {
  const rows = table(file('wine_data.csv'), /,/).slice(1)
  return { X: rows.map((row) => row.slice(0, 13)), y: rows.map((row) => row[13]!) }
}

const sources: Readonly<Record<string, () => { X: number[][]; y: number[] }>> = {
  diabetes,
  wine,
  'wine-standard': () => {
    const { X, y } = wine()
    return { X: standardized(X), y }
  },
  'formula-60-12': () => formula(60, 12),
  'formula-20-45': () => formula(20, 45),
}

/** Whether a data set comes from the shared folder. */
export const isShared = (name: string): boolean => !name.startsWith('formula')

export function load(name: string): TestData {
  const { X, y } = sources[name]!()
  return { X: tensor(X, f64), y: tensor(y, f64) }
}
