/** Importance weights by Kullback-Leibler importance estimation. */
import { UsageError } from '../../core/index.js'
import { Generator } from '../../tensor/index.js'
import { dealFolds } from '../draw.js'
import { emOf } from '../label/em.js'
import { centresOf, distancesOf, gaussian, type KernelOptions, ratiosOf, sigmasOf } from './kernels.js'
import { pairOf, type Rows } from './matrix.js'
import { type ClipOptions, finish, type ImportanceWeights } from './ratio.js'

export interface KliepOptions extends ClipOptions, KernelOptions {
  /** Folds of current rows by which the width is chosen. Default 5. */
  folds?: number
}

export interface KliepWeights extends ImportanceWeights {
  readonly sigma: number
  /** Mean of log w over current rows that were left out, of the width that was chosen; null where there was one width only. */
  readonly score: number | null
  readonly alpha: Float64Array
}

/**
 * Importance weights w(x) = sum_k alpha_k exp(-||x - c_k||^2 / (2 sigma^2)), alpha >= 0, that maximize the mean of log w over current rows while their mean over
 * reference rows is 1. With shares pi_k = alpha_k b_k (b the kernels' means over reference rows) that is a mixture whose shares are estimated by
 * EM, as those of `saerens`, until they change by less than 1e-7, at most 2000 times. The width is that of the largest likelihood of current rows left out.
 *
 * Columns are taken by their deviation over both tables. Source: Sugiyama et al. (2008), whose gradient ascent has the same maximum.
 */
export function kliep(reference: Rows, current: Rows, options: KliepOptions = {}): KliepWeights {
  const op = 'kliep'
  const { folds = 5, seed = 0 } = options
  const pair = pairOf(op, reference, current)
  const centres = centresOf(op, pair.current, options)
  const squares = [distancesOf(pair.reference, centres), distancesOf(pair.current, centres)] as const
  const sigmas = sigmasOf(op, squares, options.sigmas)
  const m = pair.current.n
  if (!Number.isInteger(folds) || folds < 2)
    throw new UsageError(`${op}: folds ${folds}; expected a whole number from 2 on.`)
  const b = centres.n
  const foldOf = sigmas.length > 1 ? dealFolds(new Uint8Array(m), Math.min(folds, m), new Generator(seed)) : null
  let best: { sigma: number; score: number } | null = null
  for (const sigma of foldOf ? sigmas : []) {
    const [de, nu] = [gaussian(squares[0], sigma), gaussian(squares[1], sigma)]
    let score = 0
    for (let fold = 0; fold < Math.min(folds, m); fold++) {
      const alpha = fit(de, nu, b, {
        tol: 1e-4,
        maxIterations: 300,
        counts: foldOf!.map((one) => Number(one !== fold)),
      })
      ratiosOf(nu, alpha).forEach((one, i) => {
        // A row that no kernel reaches ends the width's chances, but not by -Infinity in both of two.
        if (foldOf![i] === fold) score += Math.log(Math.max(one, 1e-300)) / m
      })
    }
    if (best === null || score > best.score) best = { sigma, score }
  }
  const sigma = best?.sigma ?? sigmas[0]!
  const de = gaussian(squares[0], sigma)
  const alpha = fit(de, gaussian(squares[1], sigma), b, { tol: 1e-7, maxIterations: 2000 })
  const weigh = (rows: Rows): Float64Array => ratiosOf(gaussian(distancesOf(pair.other(rows), centres), sigma), alpha)
  return { ...finish(op, ratiosOf(de, alpha), options, weigh), sigma, score: best?.score ?? null, alpha }
}

/** The weights of the kernels, from kernels at reference rows `de` [n, b] and current rows `nu` [m, b]. */
function fit(
  de: Float64Array,
  nu: Float64Array,
  b: number,
  limits: { tol: number; maxIterations: number; counts?: Uint8Array },
): Float64Array {
  const means = new Float64Array(b)
  de.forEach((one, at) => {
    means[at % b]! += one / (de.length / b)
  })
  // A kernel that no reference row reaches would make weights without bound: it is left out, as a class of prior 0.
  const reached = means.map((one) => (one > 1e-300 ? one : 0))
  const used = reached.reduce((sum, one) => sum + Number(one > 0), 0)
  const start = reached.map((one) => (one > 0 ? 1 / used : 0))
  const { priors } = emOf(nu, nu.length / b, b, reached, { ...limits, start })
  return priors.map((one, k) => (reached[k]! > 0 ? one / reached[k]! : 0))
}
