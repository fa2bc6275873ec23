import { describe, expect, it } from 'vitest'
import {
  bbse,
  bcts,
  correctPosteriors,
  estimateLabelShift,
  labelWeights,
  outputTests,
  priorChange,
  rlls,
  saerens,
  temperatureScaling,
  weightedAccuracy,
} from '../../src/shift/index.node.js'
import { Generator, memory, rand, tensor, toArray } from '../../src/tensor/index.node.js'
import { hasShared, isLong, sharedJson } from '../shared.js'

interface Weighted {
  w_raw: number[]
  w_clipped: number[]
  q_hat: number[]
  C: number[][]
  mu: number[]
  cond: number
  sigma_min: number
  iterations: number
  T: number
  b: number[]
  val_nll_before: number
  val_nll_after: number
}
interface Model {
  [method: string]: unknown
  detect_bbsdh_chi2: { stat: number; dof: number; p: number }
  detect_bbsds_ks: { D: number[]; p: number[]; min_p_bonferroni: number }
  target_accuracy: Record<string, number>
  estimated_target_accuracy: Record<string, number>
}
interface Oracle {
  train_prior: number[]
  val_prior: number[]
  models: Record<string, { val_acc: number }>
  scenarios: Record<string, { true_w: number[]; models: Record<string, Model> }>
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  expect(a.length).toBe(b.length)
  return Array.from(a).reduce((top, one, i) => Math.max(top, Math.abs(one - b[i]!)), 0)
}
/** Relative, for p-values far out. */
const ratio = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((top, one, i) => Math.max(top, Math.abs(one / b[i]! - 1)), 0)

describe.skipIf(!hasShared)('digits under label shift, all figures', () => {
  const folder = ['oracle', 'labelshift'] as const
  const oracle = hasShared ? sharedJson<Oracle>(...folder, 'bbse_em_digits.json') : { scenarios: {}, models: {} as Oracle['models'], train_prior: [], val_prior: [] } // biome-ignore format: one line
  const outputs = hasShared ? sharedJson<Record<string, Record<string, number[][]>>>(...folder, 'probabilities.json') : {} // biome-ignore format: one line
  const { val_labels: labels, target_labels: targets } = hasShared
    ? sharedJson<{ val_labels: number[]; target_labels: Record<string, number[]> }>(...folder, 'labels.json')
    : { val_labels: [], target_labels: {} as Record<string, number[]> }
  const cases = Object.keys(oracle.scenarios).flatMap((scenario) => ['logreg', 'gaussian_nb'].map((model) => [scenario, model] as const)) // biome-ignore format: one line

  describe.each(cases)('%s, %s', (scenario, model) => {
    const figures = oracle.scenarios[scenario]!.models[model]!
    const validation = { probabilities: outputs[model]!['val']!, labels }
    const current = outputs[model]![scenario]!
    const weighted = (name: string): Weighted => figures[name] as Weighted

    it.each(['hard', 'soft'] as const)('BBSE and RLLS, %s', (kind) => {
      const soft = kind === 'soft'
      const found = bbse(validation, current, { soft })
      const expected = weighted(`bbse_${kind}`)
      expect(worst(found.rawWeights, expected.w_raw)).toBeLessThan(1e-8)
      expect(worst(found.weights, expected.w_clipped)).toBeLessThan(1e-8)
      expect(worst(found.priors, expected.q_hat)).toBeLessThan(1e-8)
      expect(worst(found.confusion, expected.C.flat())).toBeLessThan(1e-12)
      expect(worst(found.predicted, expected.mu)).toBeLessThan(1e-12)
      expect(found.condition).toBeCloseTo(expected.cond, 8)
      expect(found.sigmaMin).toBeCloseTo(expected.sigma_min, 10)
      const regularized = rlls(validation, current, { soft })
      const ridge = weighted(`rlls_ridge_${kind}`)
      expect(worst(regularized.rawWeights, ridge.w_raw)).toBeLessThan(1e-8)
      expect(worst(regularized.priors, ridge.q_hat)).toBeLessThan(1e-8)
    })

    it('EM', () => {
      const found = saerens(current, { prior: oracle.train_prior })
      const expected = weighted('em_raw')
      expect(worst(found.priors, expected.q_hat)).toBeLessThan(1e-8)
      expect(found.iterations).toBe(expected.iterations)
    })

    it('EM after bias-corrected temperature scaling', () => {
      const calibration = bcts(validation)
      const expected = weighted('em_bcts')
      expect(calibration.temperature).toBeCloseTo(expected.T, 6)
      expect(worst(calibration.bias, expected.b)).toBeLessThan(2e-6)
      expect(calibration.nllBefore).toBeCloseTo(expected.val_nll_before, 10)
      expect(calibration.nllAfter).toBeCloseTo(expected.val_nll_after, 10)
      const found = saerens(calibration.apply(current), { prior: oracle.val_prior })
      expect(worst(found.priors, expected.q_hat)).toBeLessThan(1e-6)
      expect(Math.abs(found.iterations - expected.iterations)).toBeLessThanOrEqual(1)
    })

    it('tests of outputs', () => {
      const { predictions, scores } = outputTests(validation.probabilities, current)
      const { stat, dof, p } = figures.detect_bbsdh_chi2
      expect(predictions.statistic / stat).toBeCloseTo(1, 10)
      expect(predictions.df).toBe(dof)
      expect(predictions.p / p).toBeCloseTo(1, 8)
      expect(worst(scores.statistics, figures.detect_bbsds_ks.D)).toBeLessThan(1e-12)
      expect(ratio(scores.ps, figures.detect_bbsds_ks.p)).toBeLessThan(1e-8)
      expect(scores.p / figures.detect_bbsds_ks.min_p_bonferroni).toBeCloseTo(1, 8)
    })

    it('accuracies: of corrected posteriors, and as estimated', () => {
      const truth = targets[scenario]!
      const accuracy = (to: ArrayLike<number>): number => {
        const p = correctPosteriors(current, { from: oracle.train_prior, to })
        return truth.filter((label, i) => {
          const row = Array.from(p.subarray(10 * i, 10 * i + 10))
          return row.indexOf(Math.max(...row)) === label
        }).length / truth.length // biome-ignore format: one line
      }
      const { target_accuracy: expected, estimated_target_accuracy: estimated } = figures
      expect(accuracy(oracle.train_prior)).toBeCloseTo(expected['unadjusted']!, 12)
      const all = estimateLabelShift(validation, current, { trainPrior: oracle.train_prior, resamples: 0 })
      for (const [name, method] of [
        ['bbse_hard', 'bbse'],
        ['bbse_soft', 'bbseSoft'],
        ['em_raw', 'em'],
      ] as const) {
        // biome-ignore format: one line
        expect(accuracy(all.estimates[method].priors)).toBeCloseTo(expected[name]!, 12)
        expect(all.estimates[method].accuracy).toBeCloseTo(estimated[`iw_val_${name}`]!, 8)
        expect(weightedAccuracy(validation, all.estimates[method].weights)).toBeCloseTo(estimated[`iw_val_${name}`]!, 8)
        const { w_clipped, w_raw, q_hat } = weighted(name)
        expect(worst(all.estimates[method].weights, w_clipped)).toBeLessThan(1e-8)
        expect(worst(all.estimates[method].rawWeights, w_raw)).toBeLessThan(1e-8)
        expect(worst(all.estimates[method].priors, q_hat)).toBeLessThan(1e-8)
      }
      expect(all.accuracy.validation).toBeCloseTo(oracle.models[model]!.val_acc, 12)
      expect(all.accuracy.claimed).toBeCloseTo(estimated['mean_max_prob']!, 12)
      expect(worst(all.estimates.emCalibrated!.weights, weighted('em_bcts').w_clipped)).toBeLessThan(1e-5)
    })
  })
})

/** Two well-told classes: rows of class k have probability 0.9 for it, three of four times. */
const two = {
  probabilities: [[0.9, 0.1], [0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9], [0.1, 0.9], [0.9, 0.1]], // biome-ignore format: one line
  labels: [0, 0, 0, 0, 1, 1, 1, 1],
}

describe('two classes by hand', () => {
  it('BBSE inverts the confusion matrix', () => {
    // C = [[3, 1], [1, 3]] / 8, condition 2. Of current predictions 5 of 8 are 0: w = C^-1 mu = [3/2 * 5/4 ... ] solves 3a + b = 5, a + 3b = 3.
    const current = [0.9, 0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1].map((p) => [p, 1 - p])
    const found = bbse(two, current)
    expect(Array.from(found.rawWeights)).toEqual([expect.closeTo(1.5, 12), expect.closeTo(0.5, 12)])
    expect(Array.from(found.priors)).toEqual([expect.closeTo(0.75, 12), expect.closeTo(0.25, 12)])
    expect(found.condition).toBeCloseTo(2, 12)
  })

  it('a negative weight is clipped', () => {
    // All predicted 0: 3a + b = 8, a + 3b = 0 has b = -1.
    const found = bbse(two, [[1, 0]])
    expect(found.rawWeights[1]).toBeCloseTo(-1, 12)
    expect(Array.from(found.weights)).toEqual([expect.closeTo(3, 12), 0])
    expect(Array.from(found.priors)).toEqual([1, 0])
  })

  it('EM of probabilities that are certain counts them', () => {
    const found = saerens([[1, 0], [1, 0], [0, 1], [1, 0]], { prior: [0.5, 0.5] }) // biome-ignore format: one line
    expect(Array.from(found.priors)).toEqual([0.75, 0.25])
    expect(found.iterations).toBe(2)
  })

  it('corrected posteriors', () => {
    // 0.9 * 0.2 / 0.5 : 0.1 * 0.8 / 0.5 = 9 : 4.
    const p = correctPosteriors([[0.9, 0.1]], { from: [0.5, 0.5], to: [0.2, 0.8] })
    expect(p[0]).toBeCloseTo(9 / 13, 14)
    expect(Array.from(labelWeights([1, 0, 1], [0.5, 2]))).toEqual([2, 0.5, 2])
  })

  it('a change of priors is tested with its effect', () => {
    const found = priorChange([0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1], 2)
    // 3 : 3 against 5 : 1, chi-squared 12 (3 * 1 - 3 * 5)^2 / (8 * 4 * 6 * 6) = 1.5.
    expect(found.statistic).toBeCloseTo(1.5, 12)
    expect(found.totalVariation).toBeCloseTo(1 / 3, 12)
    expect(found.cramersV).toBeCloseTo(Math.sqrt(1.5 / 12), 12)
    expect(() => priorChange([], [0], 2)).toThrow('the first sample has no values')
    expect(() => priorChange([0], [2], 2)).toThrow('priorChange: label 2 of row 0; expected 0 to 1.')
  })
})

/** A classifier that is right about p(y | x) for `prior`: x = class mean + noise in the plane; rows with labels in shares q. */
function sample(n: number, q: readonly number[], seed: number, sharp = 1) {
  const K = q.length
  const u = toArray(rand([3 * n], { dtype: 'f64', generator: new Generator(seed) })) as unknown as number[]
  const labels: number[] = []
  const probabilities: number[][] = []
  for (let i = 0; i < n; i++) {
    let [k, sum] = [0, q[0]!]
    while (u[3 * i]! > sum && k < K - 1) sum += q[++k]!
    labels.push(k)
    const radius = Math.sqrt(-2 * Math.log(1 - u[3 * i + 1]!))
    const [a, b] = [radius * Math.cos(2 * Math.PI * u[3 * i + 2]!), radius * Math.sin(2 * Math.PI * u[3 * i + 2]!)]
    const at = (j: number) => [1.7 * Math.cos((2 * Math.PI * j) / K), 1.7 * Math.sin((2 * Math.PI * j) / K)] as const
    const [x, y] = [at(k)[0] + a, at(k)[1] + b]
    const logits = q.map((_, j) => -sharp * 0.5 * ((x - at(j)[0]) ** 2 + (y - at(j)[1]) ** 2))
    const top = Math.max(...logits)
    const e = logits.map((one) => Math.exp(one - top))
    const all = e.reduce((s, one) => s + one, 0)
    probabilities.push(e.map((one) => one / all))
  }
  return { probabilities, labels }
}

describe('laws', () => {
  const validation = sample(2000, [0.34, 0.33, 0.33], 1)
  const q = [0.7, 0.2, 0.1]
  const current = sample(2000, q, 2)
  const before = memory().tensors
  const report = estimateLabelShift(validation, current.probabilities, { seed: 3 })

  it('every estimate is near the shares, inside its interval, and leaves no tensor behind', () => {
    expect(memory().tensors).toBe(before)
    for (const [name, row] of Object.entries(report.estimates)) {
      expect(worst(row!.priors, q), name).toBeLessThan(0.06)
      const { low, high } = row!.intervals!.priors
      for (const k of [0, 1, 2]) {
        expect(low[k]!).toBeLessThan(row!.priors[k]!)
        expect(high[k]!).toBeGreaterThan(row!.priors[k]!)
        expect(high[k]! - low[k]!).toBeLessThan(0.15)
      }
      expect(row!.priors.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
    }
    expect(report.recommended).toBe('emCalibrated')
    expect(report.warnings).toEqual([])
    expect(report.tests.predictions.p).toBeLessThan(1e-10)
  })

  it('the same seed gives the same intervals', () => {
    const again = estimateLabelShift(validation, current.probabilities, { seed: 3 })
    expect(again.estimates.bbse.intervals).toEqual(report.estimates.bbse.intervals)
    expect(estimateLabelShift(validation, current.probabilities, { seed: 4 }).estimates.bbse.intervals).not.toEqual(
      report.estimates.bbse.intervals,
    )
  })

  it('classes in another order, rows in another order: the same figures', () => {
    const order = [2, 0, 1]
    const turn = (rows: readonly number[][]) => rows.map((row) => order.map((k) => row[k]!)).reverse()
    const relabelled = { probabilities: turn(validation.probabilities), labels: validation.labels.map((k) => order.indexOf(k)).reverse() } // biome-ignore format: one line
    const found = estimateLabelShift(relabelled, turn(current.probabilities), { resamples: 0 })
    for (const method of ['bbse', 'bbseSoft', 'rlls', 'rllsSoft', 'em', 'emCalibrated'] as const)
      expect(worst(order.map((k) => report.estimates[method]!.priors[k]!), found.estimates[method]!.priors), method).toBeLessThan(1e-8) // biome-ignore format: one line
    expect(found.confusion.hard.condition).toBeCloseTo(report.confusion.hard.condition, 8)
  })

  it('EM ends at the maximum of the likelihood, from wherever it starts', () => {
    const { priors, logLikelihood } = saerens(current.probabilities, { prior: [1 / 3, 1 / 3, 1 / 3] })
    const at = (shares: readonly number[]) => {
      const total = shares.reduce((a, b) => a + b)
      return current.probabilities.reduce((sum, row) => sum + Math.log(row.reduce((s, p, k) => s + (p * shares[k]!) / total * 3, 0)), 0) / 2000 // biome-ignore format: one line
    }
    expect(logLikelihood).toBeCloseTo(at(Array.from(priors)), 12)
    for (const k of [0, 1, 2])
      for (const off of [-0.01, 0.01])
        expect(at(Array.from(priors, (one, j) => one + (j === k ? off : 0)))).toBeLessThan(logLikelihood)
  })

  it('temperature scaling finds how much too sure a classifier is', () => {
    const sure = sample(4000, [0.34, 0.33, 0.33], 5, 3)
    expect(temperatureScaling(sure).temperature).toBeCloseTo(1 / 3, 1)
    const { temperature, bias, nllAfter } = bcts(sure)
    expect(temperature).toBeCloseTo(1 / 3, 1)
    expect(bias.reduce((a, b) => a + b)).toBeCloseTo(0, 12)
    expect(nllAfter).toBeLessThanOrEqual(temperatureScaling(sure).nllAfter)
    // A minimum: the mean residual of each class is 0.
    const p = bcts(sure).apply(sure.probabilities)
    for (const k of [0, 1, 2])
      expect(p.reduce((sum, row, i) => sum + row[k]! - Number(sure.labels[i] === k), 0) / 4000).toBeCloseTo(0, 9)
  })

  it('tensors and lists are the same', () => {
    const x = tensor(current.probabilities, { dtype: 'f64' })
    expect(saerens(x, { prior: [0.4, 0.3, 0.3] })).toEqual(saerens(current.probabilities, { prior: [0.4, 0.3, 0.3] }))
    x.dispose()
  })
})

describe('edges', () => {
  it('predictions that tell nothing: singular, said so, and no shift is assumed', () => {
    const blind = { probabilities: [[0.6, 0.4], [0.6, 0.4], [0.6, 0.4]], labels: [0, 1, 0] } // biome-ignore format: one line
    const found = bbse(blind, [[0.6, 0.4]])
    expect(found.condition).toBe(Number.POSITIVE_INFINITY)
    expect(worst(found.weights, [1, 1])).toBeLessThan(1e-12)
    const { warnings } = estimateLabelShift(blind, [[0.6, 0.4]], { resamples: 0 })
    expect(warnings[0]).toBe(
      'The confusion matrix is singular: predictions do not tell some classes apart, and of the shares that fit, BBSE gives those nearest to no shift.',
    )
  })

  it('few rows and a poor classifier: ill-conditioned, with both figures', () => {
    const poor = {
      probabilities: [[0.6, 0.4], [0.4, 0.6], [0.6, 0.4], [0.4, 0.6], [0.6, 0.4], [0.4, 0.6], [0.4, 0.6]], // biome-ignore format: one line
      labels: [0, 0, 0, 1, 1, 1, 0],
    }
    const { warnings, confusion } = estimateLabelShift(poor, [[0.6, 0.4]], { resamples: 0 })
    expect(confusion.hard.condition).toBeGreaterThan(3)
    expect(warnings[0]).toContain(`ill-conditioned (condition number ${confusion.hard.condition.toPrecision(3)}, smallest singular value`) // biome-ignore format: one line
  })

  it('a class that validation does not have counts as 0, and that is said', () => {
    const known = { probabilities: [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.3, 0.6, 0.1], [0.7, 0.2, 0.1]], labels: [0, 1, 1, 1] } // biome-ignore format: one line
    const report = estimateLabelShift(known, [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1]], { resamples: 20 }) // biome-ignore format: one line
    expect(report.warnings[0]).toBe(
      'No validation row has class 2: its current share cannot be estimated, and counts as 0.',
    )
    expect(report.estimates.bbse.priors[2]).toBe(0)
    expect(report.estimates.em.priors[2]).toBe(0)
  })

  it('certain probabilities, and 0 among them', () => {
    const known = { probabilities: [[1, 0], [0, 1], [1, 0], [1, 0]], labels: [0, 1, 0, 1] } // biome-ignore format: one line
    const report = estimateLabelShift(known, [[1, 0], [0, 1]], { resamples: 10 }) // biome-ignore format: one line
    for (const row of Object.values(report.estimates)) for (const one of row?.priors ?? []) expect(Number.isFinite(one)).toBe(true) // biome-ignore format: one line
    const right = { probabilities: [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]], labels: [0, 1, 0] } // biome-ignore format: one line
    expect(() => bcts(right)).toThrow('bcts: the likeliest class is always the right one')
    expect(estimateLabelShift(right, [[1, 0]], { resamples: 0 })).toMatchObject({
      calibration: null,
      recommended: 'rlls',
    })
  })

  it('what is no probability is refused with its row', () => {
    const bad = (row: number[]) => () => bbse(two, [[0.5, 0.5], row])
    expect(bad([0.5, 0.4])).toThrow(
      'bbse: current probabilities of row 1 sum to 0.9; expected 1. Try a softmax of logits, or all classes.',
    )
    expect(bad([1.5, -0.5])).toThrow('bbse: current probability 1.5 in row 1, class 0; expected 0 to 1.')
    expect(bad([Number.NaN, 1])).toThrow('bbse: current probability NaN in row 1, class 0')
    expect(bad([1])).toThrow('bbse: current row 1 has 1 probabilities and row 0 has 2; expected as many.')
    expect(() => bbse({ ...two, labels: [0] }, [[1, 0]])).toThrow(
      'bbse: 8 rows of probabilities and 1 labels; expected as many.',
    )
    expect(() => bbse({ ...two, labels: [0, 0, 0, 0, 1, 1, 1, 2] }, [[1, 0]])).toThrow(
      'bbse: label 2 of row 7; expected 0 to 1.',
    )
    expect(() => bbse(two, [])).toThrow(
      'bbse: current probabilities [0, 0]; expected one row and two classes at least.',
    )
    expect(() => bbse(two, [[1, 0, 0]])).toThrow(
      'bbse: 2 classes in validation and 3 in current probabilities; expected as many.',
    )
    expect(() => saerens([[1, 0]], { prior: [1] })).toThrow('saerens: 1 prior shares for 2 classes; expected as many.')
  })
})

it.skipIf(!isLong)(
  '(long) intervals of many rows, from parts of them, are as wide as those of all: 3.92 (q (1 - q) / n)^1/2 where a classifier hardly errs',
  () => {
    const n = 150_000
    const rows = (share: number): number[][] =>
      Array.from({ length: n }, (_, i) => ((i * 7919) % n < share * n ? [0.001, 0.999] : [0.999, 0.001]))
    const known = rows(0.5)
    const labels = known.map(([, p]) => Number(p! > 0.5))
    // One label of a thousand is wrong, so that there is a calibration.
    const validation = { probabilities: known, labels: labels.map((one, i) => (i % 1000 === 0 ? 1 - one : one)) }
    const { estimates } = estimateLabelShift(validation, rows(0.2), { resamples: 100, seed: 1 })
    const width = 3.92 * Math.sqrt((0.2 * 0.8) / n)
    for (const method of ['em', 'emCalibrated'] as const) {
      const { low, high } = estimates[method]!.intervals!.priors
      expect((high[1]! - low[1]!) / width, method).toBeGreaterThan(0.75)
      expect((high[1]! - low[1]!) / width, method).toBeLessThan(1.3)
      expect(low[1]!).toBeLessThan(estimates[method]!.priors[1]!)
      expect(high[1]!).toBeGreaterThan(estimates[method]!.priors[1]!)
    }
  },
  60_000,
)
