/** How large a tensor's elements are: the largest, and quantiles of their magnitudes, by reading it. */
import { type Kernels, measures, type Pointer } from '../../kernels/index.js'
import { Selection } from '../../norms/internal.js'
import type { Real } from './chunks.js'
import { computingType } from './chunks.js'
import { commonPrecision, select, streamOf } from './selection/index.js'
import type { Chosen, EditContext } from './types.js'

/** The largest magnitude of several tensors; 0 where there is no element. */
export async function largestOf(context: EditContext, tensors: readonly Chosen[]): Promise<number> {
  let largest = 0
  for (const one of tensors) {
    const pass = measures(context.kernels).statistics(computingType(one.entry))
    try {
      await context.read(one, (pointer, count) => pass.update(pointer, count))
      largest = Math.max(largest, pass.finish().linf)
    } finally {
      pass.dispose()
    }
  }
  return largest
}

/** The largest magnitude of elements in memory. */
export function largestIn(values: Float32Array | Float64Array): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!)
    if (size > largest) largest = size
  }
  return largest
}

/** Which of `count` sizes in ascending order, from 1, is the quantile: the least that at least this share does not exceed (NumPy's `inverted_cdf`). */
export function quantileRank(share: number, count: number): number {
  return Math.min(count, Math.max(1, Math.ceil(share * count)))
}

/** The quantile of the magnitudes of several tensors as one, exactly. */
export async function quantileOf(context: EditContext, tensors: readonly Chosen[], share: number): Promise<number> {
  const filled = tensors.filter(({ entry }) => entry.count > 0)
  const type = commonPrecision(filled)
  const streams = filled.map((one) => streamOf(context, one, type))
  const rank = (count: number): number => (count === 0 ? 0 : quantileRank(share, count))
  return (await select(streams, { kernels: context.kernels, type, rank }))?.value ?? 0
}

/** The quantile of the magnitudes of elements in memory. */
export function quantileIn(kernels: Kernels, type: Real, pointer: Pointer, count: number, share: number): number {
  const selection = new Selection(kernels, type, quantileRank(share, count), false)
  try {
    while (!selection.isFound) {
      selection.count(pointer, count)
      selection.endPass()
    }
    return selection.size
  } finally {
    selection[Symbol.dispose]()
  }
}
