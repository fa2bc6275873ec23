/**
 * Principal component pursuit (Candes, Li, Ma & Wright 2011): min ||L||_* + lambda ||S||_1 with L + S = X, by inexact augmented Lagrange multipliers
 * (Lin, Chen & Ma 2010, algorithm 5): a proximal step of the nuclear norm for L, one of the l1 norm for S, one step of the multipliers Y.
 */
import { svd } from '../../linalg/index.js'
import { matmul, mul, slice, type Tensor, tensor, unsqueeze } from '../../tensor/index.js'
import { empty, tidy, view } from '../../tensor/internal.js'
import { scaleOf } from './squares.js'

export interface PursuitSettings {
  readonly lambda: number
  /** At most. */
  readonly iterations: number
  readonly tol: number
}

export interface Pursuit {
  /** L and S [n, d]. */
  readonly lowRank: Tensor
  readonly sparse: Tensor
  /** All of L, descending, those beyond its rank 0. */
  readonly values: Float64Array
  /** Right singular vectors of L as rows. */
  readonly vectors: Tensor
  readonly rank: number
  /** Elements of S that are not 0. */
  readonly nonzeros: number
  /** ||L||_* + lambda ||S||_1. */
  readonly objective: number
  /** ||X - L - S||_F / ||X||_F. */
  readonly residual: number
  readonly iterations: number
  readonly converged: boolean
}

/** First penalty by the first singular value, and its growth (Lin, Chen & Ma 2010). */
const [firstPenalty, growth] = [1.25, 1.5]

/** Of finite contiguous f64 x [n, d]. Its tensors belong to the scope that is open. */
export function pursue(x: Tensor, { lambda, iterations, tol }: PursuitSettings): Pursuit {
  // Elements of about 1, so that squares stay within the range; both norms only take on the unit.
  const scale = scaleOf(largestSize(Float64Array.from(view(x))))
  const X = Float64Array.from(view(x), (one) => one * scale)
  const first = svd(tensor(X, { shape: x.shape }))
  const largest = view(first.S)[0]!
  const size = norm(X)
  const state: State = { X, Y: new Float64Array(X.length), S: new Float64Array(X.length), mu: firstPenalty / largest }
  if (largest === 0) return told(x, state, { L: x, values: new Float64Array(first.S.size), vectors: first.Vh }, { lambda, scale, size, done: 0, converged: true }) // biome-ignore format: one line

  // The multipliers start dual feasible: |Y| <= lambda and ||Y||_2 <= 1.
  const start = 1 / Math.max(largest, largestSize(X) / lambda)
  for (let i = 0; i < X.length; i++) state.Y[i] = X[i]! * start

  let [low, converged, done] = [null as LowRank | null, false, 0]
  while (done < iterations && !converged) {
    const before = low
    low = tidy(() => lowered(state, x.shape))
    if (before !== null) for (const one of [before.L, before.vectors]) one.dispose()
    const { gap, change } = step(state, low.L, lambda)
    const [primal, dual] = [gap / size, (state.mu * change) / norm(state.Y)]
    converged = primal <= tol && dual <= 10 * tol
    // Growing at each step, as implementations do, ends before the minimum; growing only where the dual is ahead does not.
    if (dual < primal) state.mu *= growth
    else if (dual > 100 * primal) state.mu /= growth
    done++
  }
  return told(x, state, low!, { lambda, scale, size, done, converged })
}

interface State {
  readonly X: Float64Array
  /** Multipliers of L + S = X. */
  readonly Y: Float64Array
  readonly S: Float64Array
  /** Penalty. */
  mu: number
}

interface LowRank {
  readonly L: Tensor
  readonly values: Float64Array
  readonly vectors: Tensor
}

/** `nuclear.prox` of X - S + Y / mu by 1 / mu, of which the singular values and vectors are wanted too. */
function lowered({ X, Y, S, mu }: State, shape: readonly number[]): LowRank {
  const A = empty('f64', shape)
  const to = view(A)
  for (let i = 0; i < to.length; i++) to[i] = X[i]! - S[i]! + Y[i]! / mu
  const { U, S: sigma, Vh } = svd(A)
  const values = Float64Array.from(view(sigma), (one) => Math.max(0, one - 1 / mu))
  const left = slice(U, null, { stop: rankOf(values) })
  const scaled = mul(left, unsqueeze(tensor(values.slice(0, rankOf(values))), 0))
  return { L: matmul(scaled, slice(Vh, { stop: rankOf(values) })), values, vectors: Vh }
}

/** `l1.prox` of X - L + Y / mu by lambda / mu, then Y += mu (X - L - S), in one pass: sizes of the gap X - L - S, and of the change of S. */
function step({ X, Y, S, mu }: State, low: Tensor, lambda: number): { gap: number; change: number } {
  const L = view(low)
  const t = lambda / mu
  let [gap, change] = [0, 0]
  for (let i = 0; i < X.length; i++) {
    const rest = X[i]! - L[i]!
    const from = rest + Y[i]! / mu
    const to = from > t ? from - t : from < -t ? from + t : 0
    const left = rest - to
    change += (to - S[i]!) ** 2
    gap += left * left
    S[i] = to
    Y[i]! += mu * left
  }
  return { gap: Math.sqrt(gap), change: Math.sqrt(change) }
}

/** In the units of x. */
function told(
  x: Tensor,
  { X, S }: State,
  { L, values, vectors }: LowRank,
  { lambda, scale, size, done, converged }: { lambda: number; scale: number; size: number; done: number; converged: boolean }, // biome-ignore format: one line
): Pursuit {
  const low = view(L)
  let [sum, nonzeros, gap] = [0, 0, 0]
  for (let i = 0; i < X.length; i++) {
    sum += Math.abs(S[i]!)
    if (S[i] !== 0) nonzeros++
    gap += (X[i]! - low[i]! - S[i]!) ** 2
  }
  const nuclear = values.reduce((total, one) => total + one, 0)
  return {
    lowRank: mul(L, 1 / scale),
    sparse: tensor(
      S.map((one) => one / scale),
      { shape: x.shape },
    ),
    values: values.map((one) => one / scale),
    vectors,
    rank: rankOf(values),
    nonzeros,
    objective: (nuclear + lambda * sum) / scale,
    residual: size === 0 ? 0 : Math.sqrt(gap) / size,
    iterations: done,
    converged,
  }
}

/** Descending values that are above 0. */
const rankOf = (values: Float64Array): number => {
  const at = values.indexOf(0)
  return at < 0 ? values.length : at
}

const largestSize = (values: Float64Array): number => values.reduce((most, one) => Math.max(most, Math.abs(one)), 0)

const norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, one) => sum + one * one, 0))
