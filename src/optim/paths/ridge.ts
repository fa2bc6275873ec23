/** The path of ridge regression, all of it from one singular value decomposition, with the scores that choose lambda. */
import { UsageError } from '../../core/index.js'
import { svd } from '../../linalg/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { dot } from '../vector.js'
import { type Design, designOf, gridOf, inUnits, settingsOf, targetsOf } from './data.js'
import { PathRecorder } from './record.js'
import type { Path, PathOptions } from './types.js'

export interface RidgePath extends Path {
  /** Mean over outputs of the generalized cross-validation score, ||rest||^2 / n / (1 - (df + 1) / n)^2 (df without intercept). */
  readonly gcv: readonly number[]
  /** Mean of the squared errors of each example predicted without it. */
  readonly leaveOneOut: readonly number[]
  /** Places in `lambdas` of the least scores; the larger lambda of equal ones. */
  readonly best: { readonly gcv: number; readonly leaveOneOut: number }
  /** Singular values of the centred and scaled X. */
  readonly singularValues: readonly number[]
}

/** What does not change with lambda: X = U S Vᵀ of the scaled columns, and Uᵀ y. */
interface Spectrum {
  readonly k: number
  /** Rows of Uᵀ [k][n] and of Vᵀ [k][p]. */
  readonly left: readonly Float64Array[]
  readonly right: readonly Float64Array[]
  readonly S: Float64Array
}

function spectrumOf({ n, p, columns }: Design): Spectrum {
  const k = Math.min(n, p)
  const transposed = new Float64Array(n * p)
  for (const [j, column] of columns.entries()) transposed.set(column, j * n)
  // Of Xᵀ [p, n]: its left vectors are V, its right ones Uᵀ.
  return tidy(() => {
    const { U, S, Vh } = svd(tensor(transposed, { dtype: 'f64' }).reshape([p, n]))
    const [v, u] = [Float64Array.from(U.toArray()), Float64Array.from(Vh.toArray())]
    const left = Array.from({ length: k }, (_, i) => u.slice(i * n, (i + 1) * n))
    const right = Array.from({ length: k }, (_, i) => Float64Array.from({ length: p }, (_, j) => v[j * k + i]!))
    return { k, left, right, S: Float64Array.from(S.toArray()) }
  })
}

/**
 * Minimizers of 1/(2n) ||y - Xw - b||^2 + lambda/2 ||w||^2, the elastic net's with l1Ratio 0 (scikit-learn's `Ridge` with alpha = n lambda), by
 * one SVD; with them generalized cross-validation (Golub, Heath & Wahba 1979), exact leave-one-out errors, and effective degrees of freedom
 * sum s^2 / (s^2 + n lambda).
 *
 * Shapes: X [n, p], y [n] or [n, outputs]. Dtypes: any number, computed in f64. Default lambdas: from s_1^2 / n down to `eps` of it (1e-6 by
 * default). With lambda 0, the least-squares solution of minimum norm. Throws UsageError for elements that are not finite.
 *
 * @example
 * const path = ridgePath(X, y)
 * const lambda = path.lambdas[path.best.gcv]
 */
export function ridgePath(X: Tensor, y: Tensor, options: PathOptions = {}): RidgePath {
  const { count, eps } = settingsOf('ridgePath', { eps: 1e-6, ...options })
  const design = designOf('ridgePath', X, options)
  const { n, p } = design
  const hasIntercept = options.intercept ?? true
  if (n < 2 && hasIntercept)
    throw new UsageError('ridgePath: there is 1 example; expected at least two. Try intercept: false.')
  const targets = targetsOf('ridgePath', y, n, options)
  const { outputs } = targets
  const spectrum = spectrumOf(design)
  const { k, left, right, S } = spectrum
  const projected = targets.columns.map((column) => Float64Array.from(left, (u) => dot(u, column)))
  const lambdas = gridOf((S[0] ?? 0) ** 2 / n, options.lambdas, count, eps)
  const recorder = new PathRecorder(lambdas, p, outputs, 'squared', false)
  const [gcv, leaveOneOut]: [number[], number[]] = [[], []]
  const active = Array.from(design.squares.keys()).filter((j) => design.squares[j]! > 0)
  for (const [at, lambda] of lambdas.entries()) {
    // Of each direction the part that is kept, s^2 / (s^2 + n lambda), and what y is multiplied by, s / (s^2 + n lambda).
    const rankTolerance = Math.max(n, p) * Number.EPSILON * S[0]!
    const isKept = (s: number): boolean => lambda > 0 ? s > 0 : s > rankTolerance // biome-ignore format: one line
    const share = S.map((s) => (isKept(s) ? 1 / (1 + (n * lambda) / s / s) : 0))
    const factor = S.map((s, i) => (isKept(s) ? share[i]! / s : 0))
    const w = new Float64Array(p * outputs)
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < k; i++) {
        const part = factor[i]! * projected[o]![i]!
        for (let j = 0; j < p; j++) w[j * outputs + o]! += part * right[i]![j]!
      }
    const df = share.reduce((sum, value) => sum + value, 0)
    const scores = scoresOf(n, hasIntercept, spectrum, share, df, targets.columns, projected)
    gcv.push(scores.gcv)
    leaveOneOut.push(scores.leaveOneOut)
    recorder.add(inUnits(design, targets, w), df, active, 0, 0)
    options.onIteration?.({ iteration: at + 1, lambda, df })
  }
  const least = (scores: readonly number[]): number => scores.reduce((best, score, i) => (score < scores[best]! ? i : best), 0) // biome-ignore format: one line
  const best = { gcv: least(gcv), leaveOneOut: least(leaveOneOut) }
  return { ...recorder.path, gcv, leaveOneOut, best, singularValues: Array.from(S) }
}

/** Scores from the residuals and the diagonal of the smoother H = U diag(share) Uᵀ + 1/n. */
function scoresOf(
  n: number,
  hasIntercept: boolean,
  { left }: Spectrum,
  share: Float64Array,
  df: number,
  ys: readonly Float64Array[],
  projected: readonly Float64Array[],
): { gcv: number; leaveOneOut: number } {
  const constant = hasIntercept ? 1 : 0
  const leverage = new Float64Array(n).fill(constant / n)
  for (const [i, u] of left.entries()) for (let e = 0; e < n; e++) leverage[e]! += share[i]! * u[e]! ** 2
  let [squares, left1] = [0, 0]
  for (const [o, y] of ys.entries()) {
    const rest = y.slice()
    for (const [i, u] of left.entries()) {
      const part = share[i]! * projected[o]![i]!
      for (let e = 0; e < n; e++) rest[e]! -= part * u[e]!
    }
    squares += dot(rest, rest)
    for (let e = 0; e < n; e++) left1 += (rest[e]! / (1 - leverage[e]!)) ** 2
  }
  const count = n * ys.length
  return { gcv: squares / count / (1 - (df + constant) / n) ** 2, leaveOneOut: left1 / count }
}
