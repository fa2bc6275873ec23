/** Class shares of largest likelihood, by expectation and maximization. */
import { NumericalError, UsageError } from '../../core/index.js'
import { type Probabilities, scoresOf } from './scores.js'

export interface EmOptions {
  /** Class shares for which the probabilities were right: of the training rows, or of the rows that they were calibrated on. */
  prior: ArrayLike<number>
  /** Ends where shares change by less, all classes together. Default 1e-12. */
  tol?: number
  /** Default 100000. */
  maxIterations?: number
  /** False: does not throw where it has not converged. Default true. */
  check?: boolean
}

export interface EmResult {
  /** Class shares of the current rows. */
  readonly priors: Float64Array
  readonly iterations: number
  readonly converged: boolean
  /** Mean over rows of log (sum over classes of p[k] priors[k] / prior[k]), which is 0 for the old shares. */
  readonly logLikelihood: number
}

/**
 * The current shares of classes that make a classifier's outputs likeliest, where p(x | y) holds: repeats posteriors ~ p[k] q[k] / prior[k], q = their mean.
 * The likelihood is concave, so the start (the prior) does not matter. Needs calibrated probabilities: see `bcts`.
 *
 * A class with prior 0 keeps share 0. Throws UsageError for what is no probability, NumericalError where it has not converged.
 * Source: Saerens, Latinne & Decaestecker (2002).
 *
 * @example
 * saerens([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]], { prior: [0.5, 0.5] }).priors
 */
export function saerens(current: Probabilities, options: EmOptions): EmResult {
  const op = 'saerens'
  const { n, K, p } = scoresOf(op, 'current', current)
  const { prior, tol = 1e-12, maxIterations = 100_000, check = true } = options
  checkPrior(op, prior, K)
  const found = emOf(p, n, K, prior, { tol, maxIterations })
  if (check && !found.converged)
    throw new NumericalError(
      'iteration-limit',
      `${op}: shares still change after ${maxIterations} iterations. Try a larger tol.`,
    )
  return found
}

export function checkPrior(op: string, prior: ArrayLike<number>, K: number): void {
  if (prior.length !== K)
    throw new UsageError(`${op}: ${prior.length} prior shares for ${K} classes; expected as many.`)
  let sum = 0
  for (let k = 0; k < K; k++) {
    if (!(prior[k]! >= 0)) throw new UsageError(`${op}: prior share ${prior[k]} of class ${k}; expected 0 to 1.`)
    sum += prior[k]!
  }
  if (Math.abs(sum - 1) > 1e-3)
    throw new UsageError(`${op}: prior shares sum to ${Number(sum.toPrecision(6))}; expected 1.`)
}

/** The iteration on checked numbers; `counts` says how often each row counts, `start` where it starts. */
export function emOf(
  p: Float64Array,
  n: number,
  K: number,
  prior: ArrayLike<number>,
  { tol, maxIterations, counts, start }: { tol: number; maxIterations: number; counts?: ArrayLike<number>; start?: Float64Array }, // biome-ignore format: one line
): EmResult {
  let q = start ? start.slice() : Float64Array.from(prior)
  const ratio = new Float64Array(K)
  const row = new Float64Array(K)
  const total = counts ? Array.from(counts).reduce((a, b) => a + b, 0) : n
  /** One step: the mean posterior, and the mean log-likelihood of q. */
  const step = (next: Float64Array): number => {
    for (let k = 0; k < K; k++) ratio[k] = prior[k]! > 0 ? q[k]! / prior[k]! : 0
    let likelihood = 0
    next.fill(0)
    for (let i = 0; i < n; i++) {
      const count = counts ? counts[i]! : 1
      if (count === 0) continue
      let sum = 0
      for (let k = 0; k < K; k++) {
        row[k] = p[i * K + k]! * ratio[k]!
        sum += row[k]!
      }
      // A row that only classes of no share explain says nothing.
      if (!(sum > 0)) continue
      likelihood += count * Math.log(sum)
      const share = count / sum
      for (let k = 0; k < K; k++) next[k]! += share * row[k]!
    }
    let used = 0
    for (let k = 0; k < K; k++) used += next[k]!
    if (used === 0) next.set(q)
    // All rows say something but where probabilities are 0; dividing by their number keeps the sum at 1 to rounding.
    else for (let k = 0; k < K; k++) next[k]! /= Math.abs(used - total) < 0.5 ? total : used
    return likelihood / total
  }
  let next = new Float64Array(K)
  for (let iterations = 1; iterations <= maxIterations; iterations++) {
    step(next)
    let change = 0
    for (let k = 0; k < K; k++) change += Math.abs(next[k]! - q[k]!)
    ;[q, next] = [next, q]
    if (change < tol) return { priors: q, iterations, converged: true, logLikelihood: step(next) }
  }
  return { priors: q, iterations: maxIterations, converged: false, logLikelihood: step(next) }
}
