/**
 * Rows in the order of time, those of the reference before those of the current table: how long they remember, the blocks that stand in for rows where
 * independence is needed, and tables drawn anew block by block.
 */

import type { Generator } from '../../tensor/index.js'
import { uniforms } from '../draw.js'
import { autoBlockLength } from './blocks.js'
import { eachAssignment } from './labels.js'

/** Blocks of each table at least, so that folds of blocks have rows of both. */
const fewestOfTable = 4

/** Rows of a block for the series together: the longest that the autocorrelation of one within the tables asks for. `split`: rows of the reference. */
export function serialLength(split: number, series: readonly Float64Array[]): number {
  return Math.max(1, ...series.map((values) => autoBlockLength(values.subarray(0, split), values.subarray(split))))
}

/** The block of each row: `length` rows, or a little more; none has rows of both tables. */
export function blocksOf(rows: number, split: number, length: number): { of: Int32Array; count: number } {
  const countOf = (n: number): number => Math.min(n, Math.max(fewestOfTable, Math.floor(n / length)))
  const [first, second] = [countOf(split), countOf(rows - split)]
  const of = Int32Array.from({ length: rows }, (_, i) =>
    i < split ? Math.floor((i * first) / split) : first + Math.floor(((i - split) * second) / (rows - split)),
  )
  return { of, count: first + second }
}

/** Rows that remember. */
export interface Order {
  /** Rows of the reference, which come first. */
  readonly split: number
  /** How many rows a row remembers: those of a block. */
  readonly length: number
}

/** How long the series remember; null where their rows are as good as independent. */
export function orderOf(split: number, series: readonly Float64Array[]): Order | null {
  const length = serialLength(split, series)
  return length > 1 ? { split, length } : null
}

/** Folds that are stretches of time, one of each table in each, so that few rows of a fold are neighbours of rows outside. */
export function serialFolds(rows: number, split: number, folds: number): Uint8Array {
  return Uint8Array.from({ length: rows }, (_, i) => i < split ? (i * folds) / split : ((i - split) * folds) / (rows - split)) // biome-ignore format: one line
}

/** Rows on either side of a fold that its models may not see: what a row remembers, and no more than half of a stretch. */
export function gapOf(rows: number, { split, length }: Order, folds: number): number {
  return Math.min(length, Math.floor(Math.min(split, rows - split) / folds / 2))
}

/**
 * Sums of [rows, width] over blocks of `length` rows. `df`: degrees of freedom of their variance, without one for the mean and one for the intercept of the
 * models; less where blocks had to be shorter than asked for. `known`: the share of the mean's variance that they show, as neighbouring blocks depend on each
 * other: 1 - G / (g length) of Politis & White (2004), whose length, half as long again, is 1.5 (1.5 rows (G / g)^2)^(1/3).
 */
export function blockSums(values: Float64Array, width: number, split: number, length: number) {
  const rows = values.length / width
  const { of, count } = blocksOf(rows, split, length)
  const sums = new Float64Array(count * width)
  for (let i = 0; i < rows; i++) for (let j = 0; j < width; j++) sums[of[i]! * width + j]! += values[i * width + j]!
  const whole = Math.max(1, Math.floor(rows / length))
  return { sums, blocks: count, df: Math.max(1, Math.min(count, whole) - 2), known: 1 - 1 / (2.25 * Math.sqrt(whole)) }
}

/** Mean over its standard error, and degrees of freedom. `split`: of rows in order, whose blocks are as long as the values remember; null of independent ones. */
export function meanOverError(values: Float64Array, split: number | null): { statistic: number; df: number } {
  if (split !== null) {
    const length = serialLength(split, [values])
    if (length > 1) {
      const { sums, df, known } = blockSums(values, 1, split, length)
      return { statistic: ratio(sums) * Math.sqrt(known), df }
    }
  }
  return { statistic: ratio(values), df: values.length - 1 }
}

function ratio(values: Float64Array): number {
  const n = values.length
  let [sum, squares] = [0, 0]
  for (const value of values) {
    sum += value
    squares += value * value
  }
  const variance = (squares - (sum * sum) / n) / Math.max(1, n - 1)
  return variance > 0 ? sum / Math.sqrt(n * variance) : 0
}

/** Tables (0 reference, 1 current) drawn by permuting blocks of rows on a circle: see `eachAssignment`. */
export function drawnTables(
  rows: number,
  split: number,
  blockLength: number,
  permutations: number,
  generator: Generator,
): Uint8Array[] {
  const seed = Math.floor(uniforms(1, generator)[0]! * 2 ** 31)
  const drawn: Uint8Array[] = []
  eachAssignment(split, rows - split, { permutations, seed, blockLength }, (isFirst) => {
    drawn.push(isFirst.map((one) => 1 - one))
  })
  return drawn
}
