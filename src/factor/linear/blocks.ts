/**
 * Tables a block of rows at a time, in f64, whatever their type: what is needed of a table larger than the caches is read from memory once, and never
 * copied as a whole. Blocks live in lent memory.
 */

import { dataKernels, type Pointer } from '../../kernels/index.js'
import type { Tensor } from '../../tensor/index.js'
import { elementBytes, kernels } from '../../tensor/internal.js'
import { refuseOverflow } from '../input.js'

/** Elements of a block: 2 MiB of f64, which the second and third caches hold. */
const blockElements = 2 ** 18

/** Rows of a block of tables with d columns. */
export const blockRows = (d: number): number => Math.max(16, Math.floor(blockElements / d))

/** Lends memory for `bytes` bytes while `use` runs. */
export function lend<T>(bytes: number, use: (pointer: Pointer) => T): T {
  const pointer = kernels().alloc(Math.max(8, bytes))
  try {
    return use(pointer)
  } finally {
    kernels().free(pointer)
  }
}

/** Calls `visit` with each block of contiguous x [n, d] as f64, less `mean` [d] and times `scale` where given; a block may be written over. */
export function eachBlock(
  x: Tensor,
  options: { mean?: Tensor | null; scale?: number; rows?: number },
  visit: (block: Pointer, rows: number, first: number) => void,
): void {
  const [n, d] = x.shape as readonly [number, number]
  const { mean, scale = 1, rows = Math.min(n, blockRows(d)) } = options
  const centre = x.dtype === 'f32' ? 'centre_f32' : 'centre_f64'
  lend((rows + 1) * d * 8, (block) => {
    const off = block + rows * d * 8
    const offsets = kernels().f64(off, d)
    if (mean) offsets.set(kernels().f64(mean.pointer, d))
    else offsets.fill(0)
    for (let first = 0; first < n; first += rows) {
      const count = Math.min(rows, n - first)
      dataKernels(kernels())[centre](count, d, x.pointer + first * d * elementBytes[x.dtype], off, scale, block)
      visit(block, count, first)
    }
  })
}

/** The mean of rows seen so far. */
export interface RunningMean {
  /** Rows seen. */
  count: number
  readonly mean: Float64Array
}

export const runningMean = (d: number): RunningMean => ({ count: 0, mean: new Float64Array(d) })

/**
 * Calls `visit` with blocks of x whose rows are centred by the block's own mean, beneath them the row that makes up for its distance from the
 * mean before: products X^T X of what is visited sum to that of rows centred by the mean of all, in one pass. `into` says where a block of up to
 * `rows` + 1 rows is written. `running` moves on. Throws NumericalError for what is not finite. Source: Chan, Golub & LeVeque 1983.
 */
export function eachCentredBlock(
  op: string,
  x: Tensor,
  running: RunningMean,
  rows: number,
  into: () => Pointer,
  visit: (block: Pointer, rows: number) => void,
): void {
  const [n, d] = x.shape as readonly [number, number]
  const kind = x.dtype as 'f32' | 'f64'
  const kernel = dataKernels(kernels())
  lend(d * 8, (sums) => {
    for (let first = 0; first < n; first += rows) {
      const count = Math.min(rows, n - first)
      const from = x.pointer + first * d * elementBytes[x.dtype]
      kernel[`columnSums_${kind}`](count, d, from, sums)
      const means = kernels().f64(sums, d)
      for (let j = 0; j < d; j++) {
        means[j]! /= count
        if (!Number.isFinite(means[j]!)) refuseOverflow(op, x)
      }
      const block = into()
      kernel[`centre_${kind}`](count, d, from, sums, 1, block)
      const total = running.count + count
      const extra = running.count === 0 ? 0 : 1
      if (extra === 1) {
        const row = kernels().f64(block + count * d * 8, d)
        const weight = Math.sqrt((running.count / total) * count)
        for (let j = 0; j < d; j++) row[j] = weight * (means[j]! - running.mean[j]!)
      }
      for (let j = 0; j < d; j++) running.mean[j]! += (means[j]! - running.mean[j]!) * (count / total)
      running.count = total
      visit(block, count + extra)
    }
  })
}

/** Throws NumericalError for what is not finite, and gives the means of the columns. */
export function columnMeans(op: string, x: Tensor): RunningMean {
  const [n, d] = x.shape as readonly [number, number]
  const kind = x.dtype as 'f32' | 'f64'
  const running = runningMean(d)
  const rows = blockRows(d)
  lend(d * 8, (sums) => {
    for (let first = 0; first < n; first += rows) {
      const count = Math.min(rows, n - first)
      dataKernels(kernels())[`columnSums_${kind}`](count, d, x.pointer + first * d * elementBytes[x.dtype], sums)
      running.count += count
      const totals = kernels().f64(sums, d)
      for (let j = 0; j < d; j++) {
        if (!Number.isFinite(totals[j]!)) refuseOverflow(op, x)
        running.mean[j]! += (totals[j]! / count - running.mean[j]!) * (count / running.count)
      }
    }
  })
  return running
}
