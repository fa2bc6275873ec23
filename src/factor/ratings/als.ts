/** Alternating least squares: items by users' factors, then users by items', each a batch of small ridge regressions. */
import { dataKernels, type Pointer } from '../../kernels/index.js'
import { type Generator, randn } from '../../tensor/index.js'
import { tidy, view } from '../../tensor/internal.js'
import { type Scratch, withScratch } from '../scratch.js'
import type { Biases } from './biases.js'
import { compress, type Indexed } from './ratings.js'

/** Row i of a factor matrix is places i * stride to i * stride + k - 1; the rest of the stride is zero. */
export interface Factors {
  readonly k: number
  readonly stride: number
  readonly users: Float64Array
  readonly items: Float64Array
}

export interface AlternatingOptions {
  readonly lambda: number
  /** lambda times the number of a row's ratings (ALS-WR) in place of lambda. */
  readonly weighted: boolean
  readonly sweeps: number
  /** Sees the factors after each sweep (views that die with the call); true ends. */
  readonly onSweep?: (factors: Factors, biases: Biases) => boolean
}

export interface Alternated {
  readonly factors: Factors
  readonly biases: Biases
  readonly sweeps: number
}

/** One side's ratings in compressed rows, where the kernels work. */
export interface Side {
  readonly rows: number
  readonly entries: number
  readonly indptr: Pointer
  readonly indices: Pointer
  readonly values: Pointer
  readonly weights: Pointer
}

/** How far rows of k factors are apart: kernels work on four at a time. */
export function strideOf(k: number): number {
  return Math.ceil(k / 4) * 4
}

/** Rows of k numbers, `stride` apart, with zeros between them. */
export function padded(rows: ArrayLike<number>, k: number, stride = strideOf(k)): Float64Array<ArrayBuffer> {
  const count = rows.length / Math.max(1, k)
  const out = new Float64Array(count * stride)
  for (let i = 0; i < count; i++) for (let j = 0; j < k; j++) out[i * stride + j] = rows[i * k + j]!
  return out
}

/** The reverse of `padded`. */
export function unpadded(rows: Float64Array, k: number, stride: number): Float64Array<ArrayBuffer> {
  const count = rows.length / stride
  const out = new Float64Array(count * k)
  for (let i = 0; i < count; i++) for (let j = 0; j < k; j++) out[i * k + j] = rows[i * stride + j]!
  return out
}

/** [rows, k]: standard normal numbers times `scale`. */
export function randomFactors(generator: Generator, rows: number, k: number, scale: number): Float64Array {
  return tidy(() => view(randn([rows, k], { dtype: 'f64', generator })).map((value) => scale * value) as Float64Array)
}

/** Rows of `own` as compressed rows of places in `others`. */
export function sideOf(
  scratch: Scratch,
  own: Int32Array,
  others: Int32Array,
  rows: number,
  values: Float64Array,
  weights: Float64Array | null = null,
): Side {
  const { indptr, places } = compress(own, rows)
  const floats = new Float64Array(places.length)
  const moved = (from: Float64Array): Pointer => {
    for (let i = 0; i < places.length; i++) floats[i] = from[places[i]!]!
    return scratch.place(floats)
  }
  return {
    rows,
    entries: places.length,
    indptr: scratch.place(indptr),
    indices: scratch.place(places.map((place) => others[place]!)),
    values: moved(values),
    weights: weights === null ? 0 : moved(weights),
  }
}

/** Both sides and the solver, on scratch memory. */
interface Bench {
  readonly scratch: Scratch
  readonly byUser: Side
  readonly byItem: Side
  /** Solves a side's rows of k unknowns by the other's fixed rows. */
  solve(side: Side, k: number, stride: number, fixed: Pointer, out: Pointer): void
}

function bench(scratch: Scratch, data: Indexed, values: Float64Array, options: AlternatingOptions): Bench {
  const { lambda, weighted } = options
  const { ridgeRows_f64 } = dataKernels(scratch.kernels)
  let [work, room] = [0, 0]
  return {
    scratch,
    byUser: sideOf(scratch, data.users, data.items, data.userIds.length, values),
    byItem: sideOf(scratch, data.items, data.users, data.itemIds.length, values),
    solve({ rows, indptr, indices, values }, k, stride, fixed, out) {
      if (room < stride) {
        work = scratch.alloc(8 * (stride + 1) * stride)
        room = stride
      }
      ridgeRows_f64(rows, k, stride, indptr, indices, 0, values, fixed, 0, lambda, weighted, out, work)
    },
  }
}

/**
 * Minimizes sum (residual - p q)² + lambda (sum |p|² + sum |q|²), with `weighted` each |p|² times the number of its ratings (ALS-WR; Zhou,
 * Wilkinson, Schreiber & Pan 2008, section 3.1), by turns: all items, then all users. Users start as given [users, k].
 */
export function alternate(
  data: Indexed,
  residual: Float64Array,
  k: number,
  start: Float64Array,
  biases: Biases,
  options: AlternatingOptions,
): Alternated {
  const stride = strideOf(k)
  return withScratch((scratch) => {
    const { byUser, byItem, solve } = bench(scratch, data, residual, options)
    const users = scratch.place(padded(start, k))
    const items = scratch.alloc(8 * byItem.rows * stride)
    const now = (): Factors => ({
      k,
      stride,
      users: scratch.kernels.f64(users, byUser.rows * stride),
      items: scratch.kernels.f64(items, byItem.rows * stride),
    })
    let sweeps = 0
    while (sweeps < options.sweeps) {
      solve(byItem, k, stride, users, items)
      solve(byUser, k, stride, items, users)
      sweeps++
      if (options.onSweep?.(now(), biases)) break
    }
    const last = now()
    return { factors: { ...last, users: last.users.slice(), items: last.items.slice() }, biases, sweeps }
  })
}

/**
 * The same with biases as unknowns beside the factors, with their penalty: items' [q, b_i] by users' [p, 1] from r - mean - b_u, then users'
 * [p, b_u] likewise. `deviations` are r - mean.
 */
export function alternateJointly(
  data: Indexed,
  deviations: Float64Array,
  k: number,
  start: Float64Array,
  startBiases: Float64Array,
  options: AlternatingOptions,
): Alternated {
  const [wide, stride] = [k + 1, strideOf(k + 1)]
  return withScratch((scratch) => {
    const { byUser, byItem, solve } = bench(scratch, data, deviations, options)
    const { kernels } = scratch
    const users = scratch.place(padded(start, k, stride))
    const items = scratch.alloc(8 * byItem.rows * stride)
    const biases = { users: startBiases.slice(), items: new Float64Array(byItem.rows) }
    const plain = {
      users: kernels.f64(byUser.values, byUser.entries).slice(),
      items: kernels.f64(byItem.values, byItem.entries).slice(),
    }
    const ones = (rows: Float64Array): void => {
      for (let at = k; at < rows.length; at += stride) rows[at] = 1
    }
    /** Solves one side by the other, whose biases are taken off the ratings; its own go from the factors' last column to their place. */
    const half = (own: 'users' | 'items', side: Side, fixed: Pointer, out: Pointer): void => {
      const others = own === 'users' ? biases.items : biases.users
      const [values, indices] = [kernels.f64(side.values, side.entries), kernels.i32(side.indices, side.entries)]
      for (let e = 0; e < values.length; e++) values[e] = plain[own][e]! - others[indices[e]!]!
      solve(side, wide, stride, fixed, out)
      const rows = kernels.f64(out, side.rows * stride)
      for (let i = 0; i < side.rows; i++) biases[own][i] = rows[i * stride + k]!
      ones(rows)
    }
    const now = (): Factors => ({
      k,
      stride,
      users: kernels.f64(users, byUser.rows * stride),
      items: kernels.f64(items, byItem.rows * stride),
    })
    ones(now().users)
    let sweeps = 0
    while (sweeps < options.sweeps) {
      half('items', byItem, users, items)
      half('users', byUser, items, users)
      sweeps++
      if (options.onSweep?.(now(), biases)) break
    }
    const trimmed = (rows: Float64Array): Float64Array => padded(unpadded(rows, k, stride), k)
    const last = now()
    return {
      factors: { k, stride: strideOf(k), users: trimmed(last.users), items: trimmed(last.items) },
      biases,
      sweeps,
    }
  })
}
