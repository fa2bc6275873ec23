/** Linear systems: the structure of A is looked at, and what kind of system it is can be told. */
import { matmul, slice, squeeze, sub, to, transpose, unsqueeze } from '../tensor/index.js'
import { broadcastShapes } from '../tensor/internal.js'
import { applyInverse, checkRight, placesIn } from './apply.js'
import { factoredSolver, factorOne, type Method, type Plan, planOf } from './factored.js'
import { lstsq } from './lstsq.js'
import { type Attempt, type CheckOptions, demand, finiteness, ok, type Status } from './outcome.js'
import { examine, overflow } from './singular.js'
import type { Structure } from './structure.js'
import {
  asReal,
  commonReal,
  copyOf,
  describe,
  elementBytes,
  epsilon,
  isTracked,
  oneMatrix,
  type Stack,
  stackOf,
  type Tensor,
  tidy,
  together,
  UsageError,
  view,
} from './support.js'
import { svd } from './svd.js'

export interface SolveOptions extends CheckOptions {
  /** `true`: return a `Solution`, which tells what kind of system it is, and throw for none. One system; A may be of any shape. */
  info?: boolean
}

/** A system and its solutions. */
export interface Solution {
  /** The solution; of many the one of minimum norm; where there is none, that of least squares (and minimum norm). */
  readonly x: Tensor
  /** How many solutions there are, to working precision. */
  readonly solutions: 'one' | 'none' | 'many'
  readonly structure: Structure | 'rectangular'
  readonly method: Method | 'SVD'
  readonly rank: number
  /** ||A x - b|| of all right-hand sides together. */
  readonly residual: number
  /** Orthonormal columns [n, n - rank] that can be added to x; null where the solution is unique. */
  readonly nullSpace: Tensor | null
  /** Estimate of A's reciprocal condition (one-norm, after equilibration); null where A is not square. */
  readonly rcond: number | null
  /** Of a singular A the pivot that is zero or the smallest, else null. */
  readonly pivot: number | null
}

/**
 * X with A X = B. A diagonal, triangular, banded or symmetric positive definite A is seen and made use of; others go through LU with partial
 * pivoting.
 *
 * Shapes: A [.., n, n], B [n] or [.., n, k] -> B's; leading axes broadcast. A [m, n] that is not square has a solution where B allows exactly one.
 * Dtypes: f32, f64 (mixed and others: f64). Gradient: to both, as solutions with the same factors.
 * Throws NumericalError (`singular`, with `pivot` and `rcond`) when A is singular to working precision; `no-solution` or `many-solutions` when A
 * is not square and has not exactly one; for input that is not finite. `{ check: false }` returns `{ value, outcome, ... }` instead; `{ info: true }`
 * tells what kind of system it is, see `Solution`. Source: LAPACK's gesv, posv, gbsv.
 *
 * @example
 * solve(tensor([[2, 1], [1, 3]]), tensor([3, 5])) // [0.8, 1.4]
 * solve(tensor([[1, 1], [2, 2]]), tensor([1, 2]), { info: true }).solutions // 'many'
 */
export function solve(A: Tensor, B: Tensor, options: SolveOptions & { info: true }): Solution
export function solve(A: Tensor, B: Tensor, options: SolveOptions & { check: false }): Attempt
export function solve(A: Tensor, B: Tensor, options?: SolveOptions): Tensor
export function solve(A: Tensor, B: Tensor, options: SolveOptions = {}): Tensor | Attempt | Solution {
  return tidy(() => {
    const [a, b] = [asReal('solve', A), asReal('solve', B)]
    const type = commonReal(a, b)
    const [X, Y] = [to(a, type), to(b, type)]
    const stack = stackOf('solve', X)
    checkRight('solve', X, Y, stack.m)
    if (options.info) return explain(X, Y, stack)
    const { value, status } = stack.m === stack.n ? solveSquare(X, Y, stack) : solveRectangular(X, Y)
    if (options.check === false)
      return { ...status, value: status.outcome === 'ok' || status.rcond !== 0 ? value : null }
    demand(status)
    return value!
  })
}

interface Solved {
  value: Tensor | null
  status: Status
  plans?: readonly Plan[]
}

function solveSquare(A: Tensor, B: Tensor, stack: Stack): Solved {
  if (B.rank === 1) {
    const { value, ...rest } = solveSquare(A, unsqueeze(B, 1), stack)
    return { value: value && squeeze(value, -1), ...rest }
  }
  const own = together(A)
  const plans = Array.from({ length: stack.count }, (_, i) => planOf(own, stack, i))
  const batch = broadcastShapes('solve', stack.batch, B.shape.slice(0, -2))
  const places = placesIn(stack.batch, batch)
  const isOnce = !isTracked(A, B) && places.length === stack.count
  const { value, status } = isOnce ? once(own, B, stack, plans) : onTape(A, own, B, stack, plans)
  const failed = status.find((one) => one.outcome !== 'ok')
  const isSound =
    finiteness('solve', value).outcome === 'ok' &&
    plans.every((plan) => plan.method === 'LU' || plan.method === 'Cholesky')
  if (isSound) return { value, status: failed ?? status[0] ?? ok, plans }
  // An infinity on a diagonal gives zeros, so what is solved without factors is looked at in any case.
  const inputs = [own, together(B)].map((one) => finiteness('solve', one)).find((one) => one.outcome !== 'ok')
  if (inputs !== undefined) return { value: null, status: { ...inputs, rcond: 0 }, plans }
  if (failed !== undefined) return { value, status: failed, plans }
  const range = finiteness('solve', value).outcome === 'ok' ? (status[0] ?? ok) : overflow('solve', value)
  return { value, status: range, plans }
}

/** Each system factored and solved at once, in a copy of A and of B. */
function once(A: Tensor, B: Tensor, stack: Stack, plans: Plan[]): { value: Tensor; status: Status[] } {
  const work = copyOf(A)
  const value = copyOf(
    B.rank === A.rank && B.shape.slice(0, -2).every((size, i) => size === A.shape[i])
      ? B
      : B.broadcastTo([...stack.batch, ...B.shape.slice(-2)]),
  )
  const k = value.shape.at(-1)!
  const bytes = stack.n * k * elementBytes[stack.type]
  const status = plans.map((plan, i) => {
    const done = factorOne(A, work, null, stack, i, plan, { B: value.pointer + i * bytes, k })
    plans[i] = done.plan
    return done.status
  })
  work.dispose()
  return { value, status }
}

function onTape(A: Tensor, own: Tensor, B: Tensor, stack: Stack, plans: Plan[]): { value: Tensor; status: Status[] } {
  const { solver, status } = factoredSolver(own, stack, plans)
  return { value: applyInverse(solver, A, B), status }
}

function solveRectangular(A: Tensor, B: Tensor): Solved {
  const found = explain(A, B, oneMatrix('solve', A))
  if (found.solutions === 'one') return { value: found.x, status: ok }
  const none = found.solutions === 'none'
  return {
    value: found.x,
    status: {
      ...ok,
      outcome: none ? 'no-solution' : 'many-solutions',
      message: `solve: ${describe(A)} x = ${describe(B)} has ${none ? `no solution (the best leaves a residual of ${found.residual.toExponential(1)})` : `many solutions (rank ${found.rank} of ${A.shape[1]})`}. Try lstsq, or solve(A, b, { info: true }).`,
    },
  }
}

/** c of the residual c max(m, n) eps (||A|| ||x|| + ||b||) up to which a system counts as solved. */
const consistent = 16

function explain(A: Tensor, B: Tensor, stack: Stack): Solution {
  const { m, n, type } = oneMatrix('solve', A)
  if (B.rank > 2)
    throw new UsageError(`solve: right-hand sides ${describe(B)} with info; expected a vector or a matrix.`)
  const square = m === n
  const { rcond, pivot } = square ? closeLook(A, B, stack) : { rcond: null, pivot: null }
  if (rcond !== null && rcond >= epsilon[type]) {
    const { value, status, plans } = solveSquare(A, B, stack)
    demand(status)
    const { structure, method } = plans![0]!
    const residual = frobenius(sub(matmul(A.detach(), value!.detach()), B.detach()))
    return { x: value!, solutions: 'one', structure, method, rank: n, residual, nullSpace: null, rcond, pivot: null }
  }
  const { S, Vh } = svd(A.detach(), { fullMatrices: true })
  const tolerance = Math.max(m, n) * epsilon[type]
  const values = view(S)
  let rank = values.filter((value) => value > tolerance * values[0]!).length
  // Singular by its condition after equilibration, though not by its singular values: the least of them goes.
  if (square && rank === n && n > 0) rank = n - 1
  const rtol = rank < values.length && rank > 0 ? Math.max(tolerance, values[rank]! / values[0]!) : tolerance
  const { solution: x } = lstsq(A, B, { rtol })
  const residual = frobenius(sub(matmul(A.detach(), x.detach()), B.detach()))
  const isConsistent = residual <= consistent * tolerance * ((values[0] ?? 0) * frobenius(x) + frobenius(B))
  const solutions = !isConsistent ? 'none' : rank === n ? 'one' : 'many'
  const nullSpace = rank < n ? transpose(slice(Vh, { start: rank })) : null
  const structure = square ? planOf(together(A), stack, 0).structure : 'rectangular'
  return { x, solutions, structure, method: 'SVD', rank, residual, nullSpace, rcond, pivot }
}

function closeLook(A: Tensor, B: Tensor, stack: Stack): { rcond: number; pivot: number } {
  const own = together(A)
  for (const one of [own, together(B)]) demand(finiteness('solve', one))
  return examine(own, stack, 0)
}

/** Safe at both ends of the range. */
function frobenius(x: Tensor): number {
  const values = view(together(x.detach()))
  let [scale, sum] = [0, 0]
  for (const value of values) scale = Math.max(scale, Math.abs(value))
  if (scale === 0 || !Number.isFinite(scale)) return scale
  for (const value of values) sum += (value / scale) ** 2
  return scale * Math.sqrt(sum)
}
