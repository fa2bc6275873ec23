/** All estimates of label shift side by side: shares with intervals, tests, accuracies, and what to be careful about. */
import { NumericalError, UsageError } from '../../core/index.js'
import { Generator } from '../../tensor/index.js'
import { uniforms } from '../draw.js'
import { fromWeights, type LabelShiftEstimate } from './blackBox.js'
import { type Calibration, calibrate } from './calibrate.js'
import { type Conditioning, type Moments, momentsOf, outputsOf, solveWeights } from './confusion.js'
import { type OutputTests, testsOf } from './detect.js'
import { checkPrior, type EmResult, emOf } from './em.js'
import { countsOf, type Labelled, type LabelledScores, labelledOf, type Probabilities, predictionsOf, type Scores, scoresOf } from './scores.js' // biome-ignore format: one line

export const labelShiftMethods = ['bbse', 'bbseSoft', 'rlls', 'rllsSoft', 'em', 'emCalibrated'] as const
export type LabelShiftMethod = (typeof labelShiftMethods)[number]

export interface Interval {
  readonly low: Float64Array
  readonly high: Float64Array
}

export interface LabelShiftRow extends LabelShiftEstimate {
  /** Of the shares and of the weights; null without resamples. */
  readonly intervals: { readonly priors: Interval; readonly weights: Interval } | null
  /** Accuracy that the classifier as it is has on the current rows, as validation rows with these weights have it. */
  readonly accuracy: number
}

export interface EstimateLabelShiftOptions {
  /** Class shares of the rows that the classifier was trained on: the prior of `em`. Default those of validation. */
  trainPrior?: ArrayLike<number>
  /** Weight of the penalty of RLLS. Default 0.001. */
  lambda?: number
  /** Bootstrap resamples of validation and of current rows; 0 for no intervals. Default 200. */
  resamples?: number
  /** Of the intervals. Default 0.95. */
  level?: number
  seed?: number
}

export interface LabelShiftReport {
  readonly classes: number
  /** Label shares of validation. */
  readonly prior: Float64Array
  readonly trainPrior: Float64Array
  readonly estimates: Readonly<Record<Exclude<LabelShiftMethod, 'emCalibrated'>, LabelShiftRow>> & {
    /** EM on probabilities calibrated by BCTS; null where calibration has no solution. */
    readonly emCalibrated: LabelShiftRow | null
  }
  /** Row-major [classes, classes], and how well it can be inverted: of the likeliest classes, and of probabilities. */
  readonly confusion: { readonly hard: Conditioning & { readonly C: Float64Array; readonly predicted: Float64Array }; readonly soft: Conditioning & { readonly C: Float64Array; readonly predicted: Float64Array } } // biome-ignore format: one line
  readonly em: Pick<EmResult, 'iterations' | 'converged'>
  readonly calibration: (Calibration & Pick<EmResult, 'iterations' | 'converged'>) | null
  readonly tests: OutputTests
  /** Share of validation rows that are right, and the mean of the largest probability on current rows (which claims the accuracy there). */
  readonly accuracy: { readonly validation: number; readonly claimed: number }
  /** The estimate to use: calibrated EM where it exists (Alexandari et al. find it best), else RLLS. */
  readonly recommended: LabelShiftMethod
  readonly warnings: readonly string[]
}

/**
 * Estimates the class shares of current rows, whose labels are not known, from a classifier's outputs there and on validation rows, by all methods.
 * All assume that p(x | y) holds.
 *
 * Intervals are percentiles of the bootstrap: validation and current rows are drawn anew, independently; the calibration is held. The same seed
 * gives the same intervals. Of more than 100,000 probabilities (and 1000 rows) a resample draws a part of the rows, and deviations are scaled to all. Warnings tell of classes without validation rows, of confusion matrices that are close to singular (smallest singular
 * value under 1 / sqrt(n), the size of their own noise, or condition above 100), of many clipped weights and of estimates that disagree.
 *
 * Throws UsageError for probabilities or labels that are none, with their row.
 *
 * @example
 * const validation = { probabilities: [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], labels: [0, 1, 0] }
 * estimateLabelShift(validation, [[0.9, 0.1], [0.8, 0.2]]).estimates.bbseSoft.priors
 */
export function estimateLabelShift(
  validation: Labelled,
  current: Probabilities,
  options: EstimateLabelShiftOptions = {},
): LabelShiftReport {
  const op = 'estimateLabelShift'
  const { lambda = 0.001, resamples = 200, level = 0.95, seed = 0 } = options
  const known = labelledOf(op, validation)
  const scores = scoresOf(op, 'current', current)
  const { K, labels } = known
  const tests = testsOf(op, known, scores)
  const prior = countsOf(labels, K).map((one) => one / known.n)
  const trainPrior = Float64Array.from(options.trainPrior ?? prior)
  checkPrior(op, trainPrior, K)
  if (!(Number.isInteger(resamples) && resamples >= 0))
    throw new UsageError(`${op}: resamples ${resamples}; expected a whole number from 0 on.`)
  if (!(level > 0 && level < 1)) throw new UsageError(`${op}: level ${level}; expected a number between 0 and 1.`)

  const hard = momentsOf(known, outputsOf(known, false), outputsOf(scores, false))
  const soft = momentsOf(known, known, scores)
  const solved = { hard: solveWeights(hard, 0), soft: solveWeights(soft, 0) }
  const em = emOf(scores.p, scores.n, K, trainPrior, { tol: 1e-12, maxIterations: 100_000 })
  const calibration = calibrationOf(known)
  const calibrated = calibration?.applyTo(scores.p) ?? null
  const emCalibrated = calibrated && emOf(calibrated, scores.n, K, prior, { tol: 1e-12, maxIterations: 100_000 })

  const weightsOf: Weights = {
    bbse: solved.hard.weights,
    bbseSoft: solved.soft.weights,
    rlls: solveWeights(hard, lambda).weights,
    rllsSoft: solveWeights(soft, lambda).weights,
    em: ratios(em.priors, prior),
    emCalibrated: emCalibrated && ratios(emCalibrated.priors, prior),
  }
  const found = Object.fromEntries(
    labelShiftMethods.map((method) => {
      const weights = weightsOf[method]
      if (weights === null) return [method, null]
      const estimate = { ...fromWeights(weights, prior), ...(method === 'em' ? { priors: em.priors } : {}) }
      if (method === 'emCalibrated') Object.assign(estimate, { priors: emCalibrated!.priors })
      return [method, estimate]
    }),
  ) as Record<LabelShiftMethod, LabelShiftEstimate | null>
  const draw = { known, scores, trainPrior, lambda, calibrated, em, emCalibrated, found, resamples, level, seed }
  const intervals = resamples > 0 ? bootstrap(draw) : null
  const predictions = predictionsOf(known)
  const estimates = Object.fromEntries(
    labelShiftMethods.map((method) => {
      const estimate = found[method]
      if (estimate === null) return [method, null]
      return [
        method,
        {
          ...estimate,
          intervals: intervals?.[method] ?? null,
          accuracy: accuracyOf(predictions, labels, estimate.weights),
        },
      ]
    }),
  ) as unknown as LabelShiftReport['estimates']
  const confusion = {
    hard: { C: hard.C, predicted: hard.mu, condition: solved.hard.condition, sigmaMin: solved.hard.sigmaMin },
    soft: { C: soft.C, predicted: soft.mu, condition: solved.soft.condition, sigmaMin: solved.soft.sigmaMin },
  }
  const { iterations, converged } = em
  return {
    classes: K,
    prior,
    trainPrior,
    estimates,
    confusion,
    em: { iterations, converged },
    calibration: calibration && {
      ...calibration,
      iterations: emCalibrated!.iterations,
      converged: emCalibrated!.converged,
    },
    tests,
    accuracy: { validation: accuracyOf(predictions, labels, new Float64Array(K).fill(1)), claimed: claimedOf(scores) },
    recommended: emCalibrated ? 'emCalibrated' : 'rlls',
    warnings: warningsOf(prior, confusion, known.n, estimates, emCalibrated !== null),
  }
}

type Weights = Record<LabelShiftMethod, Float64Array | null>

/** Where labels are predicted without error there is no calibration. */
function calibrationOf(known: LabelledScores): Calibration | null {
  try {
    return calibrate(known, true)
  } catch (error) {
    if (error instanceof NumericalError) return null
    throw error
  }
}

/** q / prior; 0 for a class that validation does not have. */
const ratios = (q: Float64Array, prior: Float64Array): Float64Array =>
  q.map((one, k) => (prior[k]! > 0 ? one / prior[k]! : 0))

function accuracyOf(predictions: Int32Array, labels: Int32Array, weights: Float64Array): number {
  let [right, all] = [0, 0]
  predictions.forEach((one, i) => {
    all += weights[labels[i]!]!
    if (one === labels[i]) right += weights[labels[i]!]!
  })
  return right / all
}

function claimedOf({ n, K, p }: Scores): number {
  let sum = 0
  for (let i = 0; i < n; i++) sum += p.subarray(i * K, (i + 1) * K).reduce((a, b) => Math.max(a, b), 0)
  return sum / n
}

interface Draw {
  readonly known: LabelledScores
  readonly scores: Scores
  readonly trainPrior: Float64Array
  readonly lambda: number
  readonly calibrated: Float64Array | null
  readonly em: EmResult
  readonly emCalibrated: EmResult | null
  readonly found: Readonly<Record<LabelShiftMethod, LabelShiftEstimate | null>>
  readonly resamples: number
  readonly level: number
  readonly seed: number
}

/** Percentile intervals of all methods. */
function bootstrap(draw: Draw): Record<LabelShiftMethod, { priors: Interval; weights: Interval } | null> {
  const { known, scores, trainPrior, lambda, calibrated, em, emCalibrated, resamples, level, seed } = draw
  const { K } = known
  const generator = new Generator(seed)
  const outputs = { known: outputsOf(known, false), scores: outputsOf(scores, false) }
  const found = Object.fromEntries(labelShiftMethods.map((one) => [one, [] as LabelShiftEstimate[]])) as Record<LabelShiftMethod, LabelShiftEstimate[]> // biome-ignore format: one line
  const loose = { tol: 1e-6, maxIterations: 2000 }
  const part = partOf(known, scores)
  for (let b = 0; b < resamples; b++) {
    const rows = { validation: drawRows(known.n, part, generator), current: drawRows(scores.n, part, generator) }
    const hard = momentsOf(known, outputs.known, outputs.scores, rows)
    const soft = momentsOf(known, known, scores, rows)
    const add = (method: LabelShiftMethod, moments: Moments, penalty: number): void => {
      found[method].push(fromWeights(solveWeights(moments, penalty).weights, moments.prior))
    }
    add('bbse', hard, 0)
    add('bbseSoft', soft, 0)
    add('rlls', hard, lambda)
    add('rllsSoft', soft, lambda)
    const drawn = countsOf(rows.current, scores.n)
    const distinct = part < 1 ? Int32Array.from(drawn.keys()).filter((row) => drawn[row]! > 0) : null
    const counts = distinct ? Float64Array.from(distinct, (row) => drawn[row]!) : drawn
    const emAt = (p: Float64Array, prior: Float64Array, at: Float64Array): Float64Array =>
      emOf(distinct ? rowsOf(p, K, distinct) : p, counts.length, K, prior, { ...loose, counts, start: inside(at) }).priors // biome-ignore format: one line
    const q = emAt(scores.p, trainPrior, em.priors)
    found.em.push({ ...fromWeights(ratios(q, hard.prior), hard.prior), priors: q })
    if (!calibrated || !emCalibrated) continue
    const qc = emAt(calibrated, hard.prior, emCalibrated.priors)
    found.emCalibrated.push({ ...fromWeights(ratios(qc, hard.prior), hard.prior), priors: qc })
  }
  const intervalOf = (method: LabelShiftMethod, what: 'priors' | 'weights'): Interval => {
    const own = draw.found[method]![what]
    const brought = (one: number, k: number): number => (part === 1 ? one : Math.max(0, own[k]! + Math.sqrt(part) * (one - own[k]!))) // biome-ignore format: one line
    const at = (tail: number): Float64Array =>
      Float64Array.from({ length: K }, (_, k) =>
        quantile(
          found[method].map((one) => brought(one[what][k]!, k)),
          tail,
        ),
      )
    return { low: at((1 - level) / 2), high: at((1 + level) / 2) }
  }
  return Object.fromEntries(
    labelShiftMethods.map((method) => [
      method,
      found[method].length === 0
        ? null
        : { priors: intervalOf(method, 'priors'), weights: intervalOf(method, 'weights') },
    ]),
  ) as Record<LabelShiftMethod, { priors: Interval; weights: Interval } | null>
}

/** A start from which EM can still reach every class. */
const inside = (q: Float64Array): Float64Array => q.map((one) => 0.99 * one + 0.01 / q.length)

/** Probabilities of a resample, of the larger of both sets of rows. */
const mostDrawn = 100_000

/**
 * The share of rows that a resample draws, so that it has no more than `mostDrawn` probabilities (and 1000 rows): deviations of m of n rows are
 * (n / m)^1/2 times as large (Bickel, Goetze & van Zwet 1997), and are brought back.
 */
function partOf({ n, K }: Scores, current: Scores): number {
  const rows = Math.max(n, current.n)
  return Math.min(1, Math.max(1000, mostDrawn / K) / rows)
}

function drawRows(n: number, part: number, generator: Generator): Int32Array {
  return Int32Array.from(uniforms(Math.ceil(part * n), generator), (u) => Math.floor(u * n))
}

function rowsOf(p: Float64Array, K: number, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length * K)
  rows.forEach((row, i) => {
    out.set(p.subarray(row * K, row * K + K), i * K)
  })
  return out
}

/** Linear between order statistics, as NumPy's `quantile`. */
function quantile(values: number[], q: number): number {
  values.sort((a, b) => a - b)
  const place = q * (values.length - 1)
  const low = Math.floor(place)
  return values[low]! + (place - low) * ((values[low + 1] ?? values[low]!) - values[low]!)
}

function warningsOf(
  prior: Float64Array,
  confusion: LabelShiftReport['confusion'],
  n: number,
  estimates: LabelShiftReport['estimates'],
  isCalibrated: boolean,
): string[] {
  const out: string[] = []
  const absent = Array.from(prior.keys()).filter((k) => prior[k] === 0)
  if (absent.length > 0)
    out.push(
      `No validation row has class ${absent.join(', ')}: its current share cannot be estimated, and counts as 0.`,
    )
  for (const [name, { condition, sigmaMin }] of Object.entries(confusion)) {
    const what = name === 'hard' ? 'The confusion matrix' : 'The confusion matrix of probabilities'
    if (condition === Number.POSITIVE_INFINITY)
      out.push(
        `${what} is singular: predictions do not tell some classes apart, and of the shares that fit, BBSE gives those nearest to no shift.`,
      )
    else if (condition > 100 || sigmaMin < 1 / Math.sqrt(n))
      out.push(
        `${what} is ill-conditioned (condition number ${condition.toPrecision(3)}, smallest singular value ${sigmaMin.toPrecision(2)}, ${n} validation rows): BBSE multiplies noise, RLLS and EM are safer.`,
      )
  }
  const clipped = Array.from(estimates.bbse.rawWeights.keys()).filter((k) => estimates.bbse.rawWeights[k]! < 0)
  if (clipped.length > 0)
    out.push(
      `BBSE gives class ${clipped.join(', ')} a negative weight, set to 0: its share is near 0, or p(x | y) does not hold.`,
    )
  if (!isCalibrated) out.push('Validation labels are predicted without error, so probabilities cannot be calibrated.')
  const best = estimates.emCalibrated ?? estimates.rlls
  const gap = best.priors.reduce((sum, one, k) => sum + Math.abs(one - estimates.bbseSoft.priors[k]!) / 2, 0)
  if (gap > 0.1)
    out.push(
      `Estimates disagree by ${gap.toPrecision(2)} (total variation of calibrated EM and BBSE): p(x | y) may not hold.`,
    )
  return out
}
