/** The confusion matrix that carries class shares to predictions, and its inversion. */
import { svd } from '../../linalg/index.js'
import { reshape, tensor } from '../../tensor/index.js'
import { tidy, together, view } from '../../tensor/internal.js'
import { countsOf, type LabelledScores, predictionsOf, type Scores } from './scores.js'

/** What the system of BBSE and RLLS is made of. */
export interface Moments {
  readonly K: number
  /** Row-major [K, K]: C[i, j] = share of validation rows that are predicted i and labelled j (soft: mean of p[i] 1[y = j]). */
  readonly C: Float64Array
  /** Share of current rows that are predicted i (soft: mean of p[i]). */
  readonly mu: Float64Array
  /** Label shares of the validation rows. */
  readonly prior: Float64Array
}

/** What a classifier says of rows: probabilities, row-major [n, K], or the likeliest class of each. */
export type Outputs = { readonly p: Float64Array } | { readonly codes: Int32Array }

/** Rows as their likeliest classes, or as they are. */
export function outputsOf(scores: Scores, soft: boolean): Outputs {
  return soft ? scores : { codes: predictionsOf(scores) }
}

/** Adds what is said of a row to sums that lie `stride` apart. */
function add(sums: Float64Array, from: number, stride: number, K: number, outputs: Outputs, row: number): void {
  if ('codes' in outputs) sums[from + outputs.codes[row]! * stride]!++
  else for (let k = 0; k < K; k++) sums[from + k * stride]! += outputs.p[row * K + k]!
}

/** Moments of rows; `rows` choose some (with repetition). */
export function momentsOf(
  validation: LabelledScores,
  validationOutputs: Outputs,
  currentOutputs: Outputs,
  rows?: { readonly validation: Int32Array; readonly current: Int32Array },
): Moments {
  const { K, labels } = validation
  const n = rows ? rows.validation.length : validation.n
  const C = new Float64Array(K * K)
  for (let r = 0; r < n; r++) {
    const row = rows ? rows.validation[r]! : r
    add(C, labels[row]!, K, K, validationOutputs, row)
  }
  const m = rows ? rows.current.length : 'codes' in currentOutputs ? currentOutputs.codes.length : currentOutputs.p.length / K // biome-ignore format: one line
  const mu = new Float64Array(K)
  for (let r = 0; r < m; r++) add(mu, 0, 1, K, currentOutputs, rows ? rows.current[r]! : r)
  const prior = countsOf(labels, K, rows?.validation)
  return { K, C: C.map((one) => one / n), mu: mu.map((one) => one / m), prior: prior.map((one) => one / n) }
}

/** How well the matrix can be inverted. */
export interface Conditioning {
  /** Largest over smallest singular value, over classes that validation has; Infinity where singular. */
  readonly condition: number
  readonly sigmaMin: number
}

/**
 * theta = argmin ||C theta - (mu - C 1)||^2 + lambda ||theta||^2, of least norm where that leaves a choice; weights are 1 + theta. Columns of classes
 * that validation does not have are left out: their weight is 0.
 */
export function solveWeights({ K, C, mu, prior }: Moments, lambda: number): { weights: Float64Array } & Conditioning {
  const present = Array.from(prior.keys()).filter((k) => prior[k]! > 0)
  const P = present.length
  const A = new Float64Array(K * P)
  const rest = Float64Array.from(mu)
  for (let i = 0; i < K; i++)
    present.forEach((j, at) => {
      A[i * P + at] = C[i * K + j]!
      rest[i]! -= C[i * K + j]!
    })
  return tidy(() => {
    const { U, S, Vh } = svd(reshape(tensor(A, { dtype: 'f64' }), [K, P]), { fullMatrices: false })
    const [u, s, v] = [U, S, Vh].map((one) => view(together(one)) as Float64Array) as [Float64Array, Float64Array, Float64Array] // biome-ignore format: one line
    const weights = new Float64Array(K)
    for (const j of present) weights[j] = 1
    const zero = K * Number.EPSILON * s[0]!
    for (let r = 0; r < P; r++) {
      if (s[r]! <= zero) continue
      let projected = 0
      for (let i = 0; i < K; i++) projected += u[i * P + r]! * rest[i]!
      const factor = (projected * s[r]!) / (s[r]! * s[r]! + lambda)
      present.forEach((j, at) => {
        weights[j]! += factor * v[r * P + at]!
      })
    }
    const sigmaMin = s[P - 1]!
    return { weights, sigmaMin, condition: sigmaMin <= zero ? Number.POSITIVE_INFINITY : s[0]! / sigmaMin }
  })
}
