/** Sorting along an axis. NaN counts as largest; equal elements keep their order. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { zeros } from '../create.js'
import { typeCode } from '../dtype.js'
import { kernels, runtime } from '../runtime.js'
import { tidy } from '../scope.js'
import { checkAxis, type Shape } from '../shape.js'
import { describe, empty, type Tensor } from '../tensor.js'
import { contiguous } from './cast.js'
import { scatterAdd } from './indexing.js'
import { checkOptions } from './options.js'
import { checkTensor, together } from './raw.js'
import { transpose } from './views.js'

/** Elements in order, and where they stood along the axis (i32). */
export interface Sorted {
  values: Tensor
  indices: Tensor
}

export interface SortOptions {
  /** The last by default. */
  axis?: number
  /** Largest first. Equal elements keep their order then too. */
  descending?: boolean
}

const sortOptions = ['axis', 'descending']
const topkOptions = ['axis', 'largest']

/** Lends memory for the time of a call. */
function withWork<R>(bytes: number, work: (pointer: number) => R): R {
  const { pool } = runtime()
  const pointer = pool.alloc(bytes)
  try {
    return work(pointer)
  } finally {
    pool.free(pointer, bytes)
  }
}

/** Puts `values` of the last axis, taken from x at `indices`, on the tape. */
function taken(name: string, x: Tensor, values: Tensor, indices: Tensor): Tensor {
  const from = x.shape
  return record(values, name, [x], [indices], (g, [places]) => [
    scatterAdd(zeros(from, { dtype: g.dtype }), places!, g, -1),
  ])
}

/** Applies `order`, which works on the last axis, to another one. */
function along(x: Tensor, axis: number, order: (x: Tensor) => Sorted): Sorted {
  if (axis === x.rank - 1) return order(x)
  return tidy(() => {
    const { values, indices } = order(transpose(x, axis, -1))
    return { values: contiguous(transpose(values, axis, -1)), indices: contiguous(transpose(indices, axis, -1)) }
  })
}

const rowsOf = (x: Tensor): number => x.size / Math.max(1, x.shape.at(-1)!)

function sortLast(x: Tensor, descending: boolean): Sorted {
  const [values, indices] = [empty(x.dtype, x.shape), empty('i32', x.shape)]
  runSort(x, descending, values.pointer, indices.pointer)
  return { values: taken('sort', x, values, indices), indices }
}

function runSort(x: Tensor, descending: boolean, values: number, places: number): void {
  const length = x.shape.at(-1)!
  const { array } = kernels()
  const from = together(x)
  withWork(array.sortBytes(length), (work) =>
    array.sort(typeCode[x.dtype], rowsOf(x), length, descending, from.pointer, values, places, work),
  )
  if (from !== x) from.dispose()
}

/**
 * Elements in ascending order along an axis (the last by default), and their places.
 *
 * Gradient of the values: back to their places.
 *
 * @example
 * const { values, indices } = sort(x, { descending: true })
 */
export function sort(x: Tensor, options: SortOptions = {}): Sorted {
  checkTensor('sort', x)
  checkOptions('sort', options, sortOptions)
  const axis = checkAxis('sort', options.axis ?? -1, x.shape)
  return along(x, axis, (one) => sortLast(one, options.descending ?? false))
}

/** The places, i32, that sort x along an axis. */
export function argsort(x: Tensor, options: SortOptions = {}): Tensor {
  checkTensor('argsort', x)
  checkOptions('argsort', options, sortOptions)
  const axis = checkAxis('argsort', options.axis ?? -1, x.shape)
  if (axis !== x.rank - 1) return tidy(() => sort(x, options).indices)
  const indices = empty('i32', x.shape)
  runSort(x, options.descending ?? false, 0, indices.pointer)
  return indices
}

export interface TopkOptions {
  /** The last by default. */
  axis?: number
  /** false: the smallest. */
  largest?: boolean
}

/**
 * The k largest (or smallest) elements along an axis (the last by default), best first, and their places; of equals the first.
 *
 * Gradient of the values: back to their places. Throws UsageError when there are fewer than k.
 */
export function topk(x: Tensor, k: number, options: TopkOptions = {}): Sorted {
  checkTensor('topk', x)
  checkOptions('topk', options, topkOptions)
  const axis = checkAxis('topk', options.axis ?? -1, x.shape)
  if (!Number.isInteger(k) || k < 0 || k > x.shape[axis]!)
    throw new UsageError(
      `topk: k = ${k} along axis ${axis} of ${describe(x)}; expected a whole number from 0 to ${x.shape[axis]}.`,
    )
  return along(x, axis, (one) => topLast(one, k, options.largest === false))
}

function topLast(x: Tensor, k: number, smallest: boolean): Sorted {
  const shape: Shape = x.shape.with(-1, k)
  const length = x.shape.at(-1)!
  const [values, indices] = [empty(x.dtype, shape), empty('i32', shape)]
  const { array } = kernels()
  const from = together(x)
  const [source, type] = [from.pointer, typeCode[x.dtype]]
  withWork(array.topkBytes(k), (work) =>
    array.topk(type, rowsOf(x), length, k, smallest, source, values.pointer, indices.pointer, work),
  )
  if (from !== x) from.dispose()
  return { values: taken('topk', x, values, indices), indices }
}
