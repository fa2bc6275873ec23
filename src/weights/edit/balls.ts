/** Projections onto norm balls as rewrites: what streams (L-infinity, L2, L1), and what needs the whole tensor. */
import type { StorageType } from '../../core/index.js'
import { edits, type Kernels, measures, type Pointer, roundedDown } from '../../kernels/index.js'
import type { Regularizer } from '../../norms/index.js'
import { clone, type Tensor } from '../../tensor/index.js'
import { kernels as currentKernels } from '../../tensor/internal.js'
import { computingType, type Real, realBytes } from './chunks.js'
import { hypotenuse } from './figures.js'
import { largestIn } from './sizes.js'
import { fitInside, fitInsideNow, roundToStorage } from './stored.js'
import type { Chosen, EditContext, Rewrite } from './types.js'

type Values = Float32Array | Float64Array

export const valuesAt = (kernels: Kernels, type: Real, pointer: Pointer, count: number): Values =>
  type === 'f64' ? kernels.f64(pointer, count) : kernels.f32(pointer, count)

/** Magnitudes of at most `bound`, which holds in what is stored. */
export function clipTo(bound: number, note: string, details: Record<string, unknown>): Rewrite {
  return {
    kind: 'entries',
    note,
    details,
    start(kernels, type, storage) {
      const stored = roundedDown(kernels, bound, storage)
      return { update: (pointer, count) => edits(kernels)[`clip_${type}`](pointer, count, stored, pointer) }
    },
  }
}

/** Every element times `factor`, rounded once. */
export function scaleBy(factor: number, note: string, details: Record<string, unknown>): Rewrite {
  return {
    kind: 'entries',
    note,
    details,
    start: (kernels, type) => ({
      update: (pointer, count) => scaleIn(valuesAt(kernels, type, pointer, count), factor),
    }),
  }
}

function scaleIn(values: Values, factor: number): void {
  if (factor === 1) return
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor
}

/** sign(x) max(|x| - threshold, 0). */
export function shrinkBy(threshold: number, note: string, details: Record<string, unknown>): Rewrite {
  return {
    kind: 'entries',
    note,
    details,
    start: (kernels, type) => ({
      update: (pointer, count) => {
        if (threshold > 0) edits(kernels)[`soft_${type}`](pointer, count, threshold, 0, pointer)
      },
    }),
  }
}

/** L1 and L2 norms of several tensors as one vector, after `change` and storing. */
async function sizeOf(
  context: EditContext,
  tensors: readonly Chosen[],
  norm: 'l1' | 'l2',
  change: ((values: Values, pointer: Pointer, type: Real) => void) | null,
): Promise<number> {
  const { kernels } = context
  const parts: number[] = []
  for (const one of tensors) {
    const pass = measures(kernels).statistics(computingType(one.entry))
    try {
      await context.read(one, (pointer, count, _, type) => {
        if (change !== null) {
          change(valuesAt(kernels, type, pointer, count), pointer, type)
          roundToStorage(kernels, type, pointer, count, one.storage)
        }
        pass.update(pointer, count)
      })
      parts.push(pass.finish()[norm])
    } finally {
      pass.dispose()
    }
  }
  return norm === 'l1' ? parts.reduce((sum, part) => sum + part, 0) : hypotenuse(parts)
}

/** The widest rounding among several tensors. */
function coarsest(tensors: readonly Chosen[]): StorageType {
  const bytes = { f64: 8, f32: 4, f16: 3, bf16: 2 } as Partial<Record<StorageType, number>>
  return tensors
    .map(({ storage }) => storage)
    .reduce((worst, one) => ((bytes[one] ?? 1) < (bytes[worst] ?? 1) ? one : worst), 'f64' as StorageType)
}

/** The factor that brings several tensors as one vector into the L2 ball; 1 where they are in it. */
export async function l2Factor(
  context: EditContext,
  tensors: readonly Chosen[],
  radius: number,
): Promise<{ factor: number; size: number }> {
  const size = await sizeOf(context, tensors, 'l2', null)
  if (size <= radius) return { factor: 1, size }
  const factor = await fitInside(radius / size, radius, coarsest(tensors), (some) =>
    sizeOf(context, tensors, 'l2', (values) => scaleIn(values, some)),
  )
  return { factor, size }
}

/**
 * The threshold that brings several tensors as one vector onto the L1 ball; 0 where they are in it. Michelot's iteration (1986): the sum of what
 * is above the threshold, less the radius, over their number; it rises to the end in finitely many readings.
 */
export async function l1Threshold(
  context: EditContext,
  tensors: readonly Chosen[],
  radius: number,
): Promise<{ threshold: number; size: number }> {
  const size = await sizeOf(context, tensors, 'l1', null)
  if (size <= radius) return { threshold: 0, size }
  let threshold = 0
  for (;;) {
    const { sum, count } = await above(context, tensors, threshold)
    const next = count === 0 ? threshold : (sum - radius) / count
    if (!(next > threshold)) break
    threshold = next
  }
  // As a ball a little smaller, until what is stored is inside.
  const inner = await fitInside(radius, radius, coarsest(tensors), async (within) => {
    const { sum, count } = await above(context, tensors, threshold)
    if (within < radius && count > 0) threshold = Math.max(threshold, (sum - within) / count)
    return sizeOf(context, tensors, 'l1', (values, pointer, type) =>
      edits(context.kernels)[`soft_${type}`](pointer, values.length, threshold, 0, pointer),
    )
  })
  return { threshold: inner === 0 ? Number.MAX_VALUE : threshold, size }
}

/** Sum and number of the magnitudes above a threshold. */
async function above(
  { kernels, read }: EditContext,
  tensors: readonly Chosen[],
  threshold: number,
): Promise<{ sum: number; count: number }> {
  let sum = 0
  let number = 0
  for (const one of tensors)
    await read(one, (pointer, count, _, type) => {
      const values = valuesAt(kernels, type, pointer, count)
      let part = 0
      for (let i = 0; i < values.length; i++) {
        const size = Math.abs(values[i]!)
        if (size > threshold) {
          part += size
          number++
        }
      }
      sum += part
    })
  return { sum, count: number }
}

/** One row onto the L2 ball, in place; what is stored lies inside. */
export function rowIntoL2(
  kernels: Kernels,
  type: Real,
  storage: StorageType,
  row: Pointer,
  length: number,
  radius: number,
): void {
  const size = l2In(valuesAt(kernels, type, row, length))
  if (size <= radius) return
  const copy = kernels.alloc(length * realBytes(type))
  try {
    const scaled = (factor: number): number => {
      const from = valuesAt(kernels, type, row, length)
      const to = valuesAt(kernels, type, copy, length)
      for (let i = 0; i < length; i++) to[i] = from[i]! * factor
      roundToStorage(kernels, type, copy, length, storage)
      return l2In(valuesAt(kernels, type, copy, length))
    }
    const factor = fitInsideNow(radius / size, radius, storage, scaled)
    scaleIn(valuesAt(kernels, type, row, length), factor)
  } finally {
    kernels.free(copy)
  }
}

function l2In(values: Values): number {
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += values[i]! ** 2
  if (squares > 1e-280 && squares < 1e280) return Math.sqrt(squares)
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!))
  if (largest === 0) return 0
  squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i]! / largest) ** 2
  return largest * Math.sqrt(squares)
}

/** The whole tensor (or each of its rows) onto any ball; what is stored lies inside, as far as the norm itself can be computed. */
export function projectWhole(
  norm: Regularizer,
  radius: number,
  axis: readonly number[] | undefined,
  note: string,
  details: Record<string, unknown>,
): Rewrite {
  const options = axis === undefined ? {} : { axis }
  return {
    kind: 'whole',
    outputs: null,
    note,
    details,
    make(x, storage) {
      // In f64: the norm of f32 elements would be rounded more than they are.
      const size = (y: Tensor): number => largestIn(norm.value(y.to('f64'), options).toArray() as Values)
      if (size(x) <= radius) return clone(x)
      let result: Tensor | null = null
      fitInsideNow(radius, radius, storage, (within) => {
        result?.dispose()
        result = clone(norm.project(x, within, options))
        roundToStorage(currentKernels(), x.dtype as Real, result.pointer, result.size, storage)
        return size(result)
      })
      return result!
    },
  }
}
