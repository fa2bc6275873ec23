/** Alternating least squares of implicit feedback: every pair of user and item counts, one that happened with more confidence. */
import { dataKernels, type Pointer } from '../../kernels/index.js'
import { lapack } from '../../tensor/internal.js'
import { type Scratch, withScratch } from '../scratch.js'
import { padded, type Side, sideOf, strideOf, unpadded } from './als.js'
import type { Indexed } from './ratings.js'

export interface ImplicitSolver {
  readonly k: number
  readonly lambda: number
  /** Steps of conjugate gradient for each row; null: by Cholesky factorization. */
  readonly steps: number | null
}

export interface Implicit {
  /** [users, k] and [items, k] */
  readonly users: Float64Array
  readonly items: Float64Array
  /** Of the objective, after each sweep. */
  readonly losses: readonly number[]
}

/** Zᵀ Z [ld, ld] of rows [rows, ld], which makes the sum over all pairs one matrix for all rows of the other side. */
function gram(rows: number, stride: number, factors: Pointer, out: Pointer): void {
  lapack().gemm('f64', true, false, stride, stride, rows, 1, factors, stride, factors, stride, 0, out, stride)
}

/** Solves rows by fixed ones: (Zᵀ Z + sum (c - 1) z zᵀ + lambda I)⁻¹ sum c z, sums over what happened (equation 4 of the paper). */
function solver(scratch: Scratch, { k, lambda, steps }: ImplicitSolver) {
  const stride = strideOf(k)
  const { ridgeRows_f64, conjugateRows_f64 } = dataKernels(scratch.kernels)
  const [base, work] = [scratch.alloc(8 * stride * stride), scratch.alloc(8 * (stride + 3) * stride)]
  return (side: Side, fixedRows: number, fixed: Pointer, out: Pointer): void => {
    const { rows, indptr, indices, weights, values } = side
    gram(fixedRows, stride, fixed, base)
    if (steps === null)
      ridgeRows_f64(rows, k, stride, indptr, indices, weights, values, fixed, base, lambda, false, out, work)
    else conjugateRows_f64(rows, k, stride, indptr, indices, weights, values, fixed, base, lambda, steps, out, work)
  }
}

/** `extra` is c - 1 of each of `data`; what happened has preference 1, so that c p is extra + 1. */
function sides(
  scratch: Scratch,
  data: Pick<Indexed, 'users' | 'items'>,
  extra: Float64Array,
  users: number,
  items: number,
): [Side, Side] {
  const wanted = extra.map((more) => 1 + more)
  return [
    sideOf(scratch, data.users, data.items, users, wanted, extra),
    sideOf(scratch, data.items, data.users, items, wanted, extra),
  ]
}

/**
 * Minimizes sum over all pairs of c (p - x y)² + lambda (sum |x|² + sum |y|²), p = 1 and c = 1 + extra where something happened, else p = 0 and c = 1,
 * by turns: all items, then all users. Users start as given [users, k].
 */
export function alternateImplicitly(
  data: Indexed,
  extra: Float64Array,
  start: Float64Array,
  options: ImplicitSolver & { readonly sweeps: number },
): Implicit {
  const { k, lambda, sweeps } = options
  const stride = strideOf(k)
  const [userCount, itemCount] = [data.userIds.length, data.itemIds.length]
  return withScratch((scratch) => {
    const { kernels } = scratch
    const [byUser, byItem] = sides(scratch, data, extra, userCount, itemCount)
    const users = scratch.place(padded(start, k))
    const items = scratch.place(new Float64Array(itemCount * stride))
    const grams = [scratch.alloc(8 * stride * stride), scratch.alloc(8 * stride * stride)] as const
    const solve = solver(scratch, options)
    const losses: number[] = []
    for (let sweep = 0; sweep < sweeps; sweep++) {
      solve(byItem, userCount, users, items)
      solve(byUser, itemCount, items, users)
      gram(userCount, stride, users, grams[0])
      gram(itemCount, stride, items, grams[1])
      const [first, second] = grams.map((at) => kernels.f64(at, stride * stride)) as [Float64Array, Float64Array]
      const [P, Q] = [kernels.f64(users, userCount * stride), kernels.f64(items, itemCount * stride)]
      losses.push(everyPair(first, second, stride, lambda) + whatHappened(data, extra, P, Q, stride))
    }
    return {
      users: unpadded(kernels.f64(users, userCount * stride), k, stride),
      items: unpadded(kernels.f64(items, itemCount * stride), k, stride),
      losses,
    }
  })
}

/** The sum of (x y)² over all pairs, which is that of the products of both Gram matrices' entries, and the penalty, which is of their diagonals. */
function everyPair(first: Float64Array, second: Float64Array, stride: number, lambda: number): number {
  let sum = 0
  for (let at = 0; at < first.length; at++) sum += first[at]! * second[at]!
  for (let j = 0; j < stride; j++) sum += lambda * (first[j * (stride + 1)]! + second[j * (stride + 1)]!)
  return sum
}

/** The sum of c (1 - x y)² - (x y)² over what happened. */
function whatHappened(data: Indexed, extra: Float64Array, P: Float64Array, Q: Float64Array, stride: number): number {
  let sum = 0
  for (let i = 0; i < extra.length; i++) {
    const [user, item] = [data.users[i]! * stride, data.items[i]! * stride]
    let score = 0
    for (let j = 0; j < stride; j++) score += P[user + j]! * Q[item + j]!
    sum += (1 + extra[i]!) * (1 - score) ** 2 - score * score
  }
  return sum
}

/** Rows [rows, k] of new users by items [items, k] as they are, always solved exactly. */
export function foldImplicitly(
  rows: number,
  data: Pick<Indexed, 'users' | 'items'>,
  extra: Float64Array,
  itemFactors: Float64Array,
  { k, lambda }: Pick<ImplicitSolver, 'k' | 'lambda'>,
): Float64Array {
  if (k === 0 || itemFactors.length === 0) return new Float64Array(rows * k)
  const stride = strideOf(k)
  return withScratch((scratch) => {
    const items = scratch.place(padded(itemFactors, k))
    const out = scratch.alloc(8 * rows * stride)
    const side = sideOf(scratch, data.users, data.items, rows, extra.map((more) => 1 + more), extra) // biome-ignore format: one line
    solver(scratch, { k, lambda, steps: null })(side, itemFactors.length / k, items, out)
    return unpadded(scratch.kernels.f64(out, rows * stride), k, stride)
  })
}
