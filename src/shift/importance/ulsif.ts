/** Importance weights by unconstrained least-squares importance fitting. */
import { UsageError } from '../../core/index.js'
import { eigh } from '../../linalg/index.js'
import { matmul, reshape, type Tensor, tensor } from '../../tensor/index.js'
import { tidy, together, view } from '../../tensor/internal.js'
import { centresOf, distancesOf, gaussian, type KernelOptions, ratiosOf, sigmasOf } from './kernels.js'
import { pairOf, type Rows } from './matrix.js'
import { type ClipOptions, finish, type ImportanceWeights } from './ratio.js'

export interface UlsifOptions extends ClipOptions, KernelOptions {
  /** Penalties to choose from. Default 9 from 0.001 to 10, evenly in logarithms. */
  lambdas?: readonly number[]
}

export interface UlsifWeights extends ImportanceWeights {
  /** Chosen by the least score. */
  readonly sigma: number
  readonly lambda: number
  /** Leave-one-out estimate of 1/2 E_ref[w^2] - E_cur[w], the squared error of the ratio but for a constant. */
  readonly score: number
  /** Of the kernels, >= 0. */
  readonly alpha: Float64Array
}

/**
 * Importance weights w(x) = sum_k alpha_k exp(-||x - c_k||^2 / (2 sigma^2)) that fit the density ratio by least squares: alpha = max(0, (H + lambda I)^-1 h), H
 * the mean of phi phi' over reference rows, h that of phi over current rows. Width and penalty are those of the least leave-one-out score (one row of
 * each table left out, min(rows) times, in closed form).
 *
 * Columns are taken by their deviation over both tables. Draws centres by `seed`; else deterministic. With more than about ten columns that matter
 * kernels see little: prefer `logisticWeights`. Source: Kanamori, Hido & Sugiyama (2009).
 */
export function ulsif(reference: Rows, current: Rows, options: UlsifOptions = {}): UlsifWeights {
  const op = 'ulsif'
  const { lambdas = Array.from({ length: 9 }, (_, i) => 10 ** (-3 + i / 2)) } = options
  for (const one of lambdas) if (!(one > 0)) throw new UsageError(`${op}: lambda ${one}; expected a positive number.`)
  const pair = pairOf(op, reference, current)
  if (Math.min(pair.reference.n, pair.current.n) < 2) throw new UsageError(`${op}: ${pair.reference.n} reference and ${pair.current.n} current rows; expected two of each at least.`) // biome-ignore format: one line
  const centres = centresOf(op, pair.current, options)
  const squares = [distancesOf(pair.reference, centres), distancesOf(pair.current, centres)] as const
  let best: { sigma: number; lambda: number; score: number; alpha: Float64Array } | null = null
  for (const sigma of sigmasOf(op, squares, options.sigmas)) {
    const model = modelOf(gaussian(squares[0], sigma), gaussian(squares[1], sigma), centres.n)
    for (const lambda of lambdas) {
      const score = model.score(lambda)
      if (best === null || score < best.score) best = { sigma, lambda, score, alpha: model.alpha(lambda) }
    }
  }
  const { sigma, lambda, score, alpha } = best!
  const weigh = (rows: Rows): Float64Array => ratiosOf(gaussian(distancesOf(pair.other(rows), centres), sigma), alpha)
  const raw = ratiosOf(gaussian(squares[0], sigma), alpha)
  return { ...finish(op, raw, options, weigh), sigma, lambda, score, alpha }
}

/** H = Q diag(l) Q' once for all penalties. `de` [n, b] are kernels at reference rows, `nu` [m, b] at current rows. */
export function modelOf(de: Float64Array, nu: Float64Array, b: number) {
  const [n, m] = [de.length / b, nu.length / b]
  const both = Math.min(n, m)
  const matrix = (x: Float64Array, rows: number): Tensor => reshape(tensor(x, { dtype: 'f64' }), [rows, b])
  // Rotated: Y = Phi Q.
  const { l, Q, Yde, Ynu, h } = tidy(() => {
    const D = matrix(de, n)
    const { eigenvalues, eigenvectors } = eigh(matmul(D.transpose(0, 1), D).mul(1 / n))
    const out = (x: Tensor): Float64Array => (view(together(x)) as Float64Array).slice()
    const Ynu = out(matmul(matrix(nu, m), eigenvectors))
    const h = new Float64Array(b)
    for (let i = 0; i < m; i++) for (let k = 0; k < b; k++) h[k]! += Ynu[i * b + k]! / m
    return { l: out(eigenvalues).map((one) => Math.max(one, 0)), Q: out(eigenvectors), Yde: out(matmul(D, eigenvectors)), Ynu, h } // biome-ignore format: one line
  })
  /** Rows of Z back to the kernels: Z Q'. */
  const back = (Z: Float64Array, rows: number): Float64Array =>
    tidy(() => (view(together(matmul(matrix(Z, rows), matrix(Q, b).transpose(0, 1)))) as Float64Array).slice())
  const alpha = (lambda: number): Float64Array => back(h.map((one, k) => one / (l[k]! + lambda)), 1).map((one) => Math.max(one, 0)) // biome-ignore format: one line
  /** The paper's closed form, in the rotated kernels: (B0 n_nu - B1) has one column for each pair of rows left out. */
  const score = (lambda: number): number => {
    const inverse = l.map((one) => 1 / (one + (lambda * (n - 1)) / n))
    const Z = new Float64Array(both * b)
    for (let i = 0; i < both; i++) {
      const at = i * b
      let [hd, dd, nd] = [0, 0, 0]
      for (let k = 0; k < b; k++) {
        const y = Yde[at + k]! * inverse[k]!
        hd += h[k]! * y
        dd += Yde[at + k]! * y
        nd += Ynu[at + k]! * y
      }
      const factor = (m * hd - nd) / (n - dd)
      for (let k = 0; k < b; k++) Z[at + k] = inverse[k]! * (m * h[k]! + factor * Yde[at + k]! - Ynu[at + k]!)
    }
    const B = back(Z, both)
    const scale = (n - 1) / (n * (m - 1))
    let sum = 0
    for (let i = 0; i < both; i++) {
      let [rde, rnu] = [0, 0]
      for (let k = 0; k < b; k++) {
        const one = Math.max(0, scale * B[i * b + k]!)
        rde += de[i * b + k]! * one
        rnu += nu[i * b + k]! * one
      }
      sum += (rde * rde) / 2 - rnu
    }
    return sum / both
  }
  return { alpha, score }
}
