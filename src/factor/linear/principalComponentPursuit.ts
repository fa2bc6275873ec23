/**
 * Principal component pursuit (Candes, Li, Ma & Wright 2011): min ||L||_* + lambda ||S||_1 with L + S = X, by inexact augmented Lagrange multipliers
 * (Lin, Chen & Ma 2010, algorithm 5): a proximal step of the nuclear norm for L, one of the l1 norm for S, one step of the multipliers Y.
 */
import { div, matmul, mul, type Tensor, tensor, transpose, unsqueeze, zeros } from '../../tensor/index.js'
import { empty, tidy, view } from '../../tensor/internal.js'
import { type Lowered, SingularThreshold } from './singularThreshold.js'
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
  /** Of L, descending: as many as its rank, and one at least. */
  readonly values: Float64Array
  /** Right singular vectors of L as rows, one for each value. */
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

/** How much the penalty grows and falls at a time. */
const growth = 1.5
/** Of the vectors of a step, by the gap of the step before: errors of the steps fall with the gap. */
const share = 0.01

/**
 * Of finite contiguous f64 x [n, d]. The first penalty is n d / (4 ||X||_1), from multipliers of zero (Candes, Li, Ma & Wright 2011, section 5). Its tensors
 * belong to the scope that is open.
 */
export function pursue(x: Tensor, { lambda, iterations, tol }: PursuitSettings): Pursuit {
  // Elements of about 1, so that squares stay within the range; both norms only take on the unit.
  const scale = scaleOf(largestSize(Float64Array.from(view(x))))
  const [n, d] = x.shape as readonly [number, number]
  // Both norms are the same of the transposed table, and the Gram matrix of a tall one is the smaller.
  const tall = n >= d ? x : transpose(x).contiguous()
  const X = Float64Array.from(view(tall), (one) => one * scale)
  const sizes = X.reduce((sum, one) => sum + Math.abs(one), 0)
  const size = norm(X)
  const state: State = { X, Y: new Float64Array(X.length), S: new Float64Array(X.length), mu: X.length / (4 * sizes) }
  if (size === 0) return told(x, state, nothing(tall), { lambda, scale, size, done: 0, converged: true })
  const threshold = new SingularThreshold()
  try {
    let [low, converged, done, gap, exact] = [null as Lowered | null, false, 0, 1, true]
    while (done < iterations && !converged) {
      const before = low
      low = tidy(() => lowered(state, tall.shape, threshold, Math.min(1e-3, Math.max(1e-10, share * gap)), exact))
      if (before !== null) for (const one of [before.L, before.vectors]) one.dispose()
      const moved = step(state, low.L, lambda)
      const [primal, dual] = [moved.gap / size, (state.mu * moved.change) / norm(state.Y)]
      const isThere = primal <= tol && dual <= 10 * tol
      // A value that the vectors before do not tell of would come up: the last step looks at all of them.
      converged = isThere && low.isExact
      exact = isThere
      gap = primal
      // Growing at each step, as implementations do, ends before the minimum; growing only where the dual is ahead does not.
      if (dual < primal) state.mu *= growth
      else if (dual > 100 * primal) state.mu /= growth
      done++
    }
    return told(x, state, low!, { lambda, scale, size, done, converged })
  } finally {
    threshold.dispose()
  }
}

interface State {
  /** [n, d], n >= d. */
  readonly X: Float64Array
  /** Multipliers of L + S = X. */
  readonly Y: Float64Array
  readonly S: Float64Array
  /** Penalty. */
  mu: number
}

/** `nuclear.prox` of X - S + Y / mu by 1 / mu. */
function lowered(
  { X, Y, S, mu }: State,
  shape: readonly number[],
  threshold: SingularThreshold,
  accuracy: number,
  exact: boolean,
): Lowered {
  // biome-ignore format: one line
  const A = empty('f64', shape)
  const to = view(A)
  for (let i = 0; i < to.length; i++) to[i] = X[i]! - S[i]! + Y[i]! / mu
  return threshold.lower(A, 1 / mu, accuracy, exact)
}

/** L of a table of zeros. */
function nothing(tall: Tensor): Lowered {
  const vectors = zeros([1, tall.shape[1]!], { dtype: 'f64' })
  view(vectors)[0] = 1
  return { L: mul(tall, 0), values: new Float64Array(0), vectors, isExact: true }
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

/** In the units and the orientation of x. */
function told(
  x: Tensor,
  { X, S }: State,
  { L, values, vectors }: Lowered,
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
  const isTurned = x.shape[0]! < x.shape[1]!
  const sparse = tensor(S, { shape: L.shape })
  const inUnits = (one: Tensor): Tensor => mul(isTurned ? transpose(one) : one, 1 / scale).contiguous()
  return {
    lowRank: inUnits(L),
    sparse: inUnits(sparse),
    values: values.length === 0 ? Float64Array.of(0) : values.map((one) => one / scale),
    vectors: isTurned ? leftVectors(L, values, vectors) : vectors,
    rank: values.length,
    nonzeros,
    objective: (nuclear + lambda * sum) / scale,
    residual: size === 0 ? 0 : Math.sqrt(gap) / size,
    iterations: done,
    converged,
  }
}

/** Left singular vectors of L as rows; of a table of zeros a unit vector. */
function leftVectors(L: Tensor, values: Float64Array, vectors: Tensor): Tensor {
  if (values.length > 0) return div(matmul(vectors, transpose(L)), unsqueeze(tensor(values), 1)).contiguous()
  const out = zeros([1, L.shape[0]!], { dtype: 'f64' })
  view(out)[0] = 1
  return out
}

const largestSize = (values: Float64Array): number => values.reduce((most, one) => Math.max(most, Math.abs(one)), 0)

const norm = (values: Float64Array): number => Math.sqrt(values.reduce((sum, one) => sum + one * one, 0))
