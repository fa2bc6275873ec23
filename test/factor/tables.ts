/** Tables of numbers for the tests of factorizations: shared ones, and seeded ones. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { readCsv, type Table } from '../../src/table/index.js'
import { Generator, randn, type Tensor, tensor } from '../../src/tensor/index.js'
import { sharedPath } from '../shared.js'

/** The first `columns` numbers of each row of a shared table of scikit-learn's, without its first line if that is a heading; f64. */
export function sharedTable(file: string, columns: number): Tensor {
  return tensor(Float64Array.from(sharedRows(file).flatMap((row) => row.slice(0, columns))), {
    shape: [sharedRows(file).length, columns],
  })
}

/** Rows of numbers. */
export function sharedRows(file: string): number[][] {
  const bytes = readFileSync(sharedPath('data', 'tables', 'sklearn', file))
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const lines = text.trim().split('\n').map((line) => line.trim().split(/[, ]+/)) // biome-ignore format: one step
  return (lines[0]!.some((word) => Number.isNaN(Number(word))) ? lines.slice(1) : lines).map((line) => line.map(Number))
}

/** Columns of mean 0 and variance 1 (ddof 0). */
export function standardized(x: Tensor): Tensor {
  const [n, d] = x.shape as readonly [number, number]
  const values = Float64Array.from(x.toArray() as Float64Array)
  for (let j = 0; j < d; j++) {
    const column = Array.from({ length: n }, (_, i) => values[i * d + j]!)
    const mean = column.reduce((sum, one) => sum + one, 0) / n
    const deviation = Math.sqrt(column.reduce((sum, one) => sum + (one - mean) ** 2, 0) / n)
    for (let i = 0; i < n; i++) values[i * d + j] = (values[i * d + j]! - mean) / deviation
  }
  return tensor(values, { shape: [n, d] })
}

/** Standard normal numbers [n, d], f64. */
export const normals = (n: number, d: number, seed: number): Tensor =>
  randn([n, d], { dtype: 'f64', generator: new Generator(seed) })

/** The elements as plain numbers. */
export const numbers = (x: Tensor): number[] => Array.from(x.toArray() as Float64Array)

/** n rows of rank 2 in 5 columns, a little noise, two classes. */
export async function mixedTable(n = 60): Promise<Table> {
  const generator = new Generator(7)
  const z = randn([n, 2], { dtype: 'f64', generator })
  const noise = randn([n, 5], { dtype: 'f64', generator })
  const [codes, extra] = [z.toArray(), noise.toArray()]
  z.dispose()
  noise.dispose()
  const mix = [[1, 0.5, -1, 2, 0.3], [0.2, -1, 0.4, 0.1, 3]] // biome-ignore format: a matrix
  const lines = Array.from({ length: n }, (_, i) => {
    const kind = i % 2
    const cells = mix[0]!.map((_, j) => (codes[2 * i]! + 6 * kind) * mix[0]![j]! + codes[2 * i + 1]! * mix[1]![j]! + 0.05 * extra[5 * i + j]! + 10) // biome-ignore format: one line
    return [...cells, kind === 0 ? 'low' : 'high'].join(',')
  })
  return readCsv({ text: `a,b,c,d,e,kind\n${lines.join('\n')}\n` }, { name: 'made.csv' })
}
