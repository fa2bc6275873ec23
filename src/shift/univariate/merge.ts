/** What one merge of two sorted samples gives: the figures of all tests that look at distribution functions and ranks. */
import { dataKernels } from '../../kernels/index.js'
import { kernels } from '../../tensor/internal.js'
import type { Sorted } from './sample.js'

export interface Merged {
  readonly n: number
  readonly m: number
  /** i m - j n where |i/n - j/m| is largest: a whole number, so that ties are exact. */
  readonly reach: number
  /** The first value at which it is. */
  readonly location: number
  /** Integral of |F - G|. */
  readonly area: number
  /** Integral of (F - G)^2. */
  readonly squaredArea: number
  /** Sum of the midranks of a among all. */
  readonly rankSum: number
  /** Sum of t^3 - t over groups of t equal values. */
  readonly ties: number
  /** Sums of (midrank - place in the own sample)^2. */
  readonly ownA: number
  readonly ownB: number
  /** Anderson & Darling's sum, for each unit of 1/n and 1/m. */
  readonly anderson: number
  readonly distinct: number
}

/** Merges two samples of one value or more each. */
export function merged(a: Sorted, b: Sorted): Merged {
  const memory = kernels()
  const out = memory.alloc(80)
  try {
    dataKernels(memory).twoSample_f64(a.count, a.pointer, b.count, b.pointer, out)
    const [reach, location, area, squaredArea, rankSum, ties, ownA, ownB, anderson, distinct] = memory.f64(out, 10)
    return {
      n: a.count,
      m: b.count,
      reach: reach!,
      location: location!,
      area: area!,
      squaredArea: squaredArea!,
      rankSum: rankSum!,
      ties: ties!,
      ownA: ownA!,
      ownB: ownB!,
      anderson: anderson!,
      distinct: distinct!,
    }
  } finally {
    memory.free(out)
  }
}
