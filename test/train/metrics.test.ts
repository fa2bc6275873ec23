import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { l2, nuclear } from '../../src/norms/index.node.js'
import { scope, tensor } from '../../src/tensor/index.node.js'
import {
  accuracy,
  classReport,
  confusionMatrix,
  logLoss,
  normMetric,
  regressionReport,
  rocAuc,
  rocAucOneVsRest,
  topKAccuracy,
} from '../../src/train/index.node.js'
import { metricsOf } from '../../src/train/metrics/byName.js'
import { logProbabilities, toldClasses } from '../../src/train/metrics/scores.js'

interface Case {
  truth: number[]
  scores: number[][]
  classes: number
  accuracy: number
  confusion: number[][]
  labels: number[]
  precision: number[]
  recall: number[]
  f1: number[]
  support: number[]
  macro: number[]
  micro: number[]
  weighted: number[]
  logLoss: number
  top2?: number
  auc?: number
  aucWeighted?: number
  aucClasses?: (number | null)[]
}
interface Regression {
  truth: number[]
  told: number[]
  columns: number
  mse: number
  rmse: number
  mae: number
  r2: number
}
const oracle = JSON.parse(readFileSync(new URL('../oracle/train/metrics.json', import.meta.url), 'utf8')) as {
  cases: Case[]
  regressions: Regression[]
}
const close = (a: number, b: number | undefined): void => expect(Math.abs(a - b!)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(b!))) // biome-ignore format: one line

/** The value of a metric over batches of `size`. */
function measured(
  name: string,
  scores: number[][],
  truth: ArrayLike<number>,
  size: number,
  dtype: 'i32' | 'f64' = 'i32',
): number {
  // biome-ignore format: one line
  return scope(() => {
    const metric = metricsOf('test', [name])[0]!
    let running = metric.start()
    for (let from = 0; from < scores.length; from += size) {
      const to = Math.min(scores.length, from + size)
      const target = tensor(Float64Array.from(Array.from(truth).slice(from, to)), { dtype })
      running.add(tensor(scores.slice(from, to), { dtype: 'f64' }), target)
      if (!metric.isSmall) continue
      // As a run that is interrupted here and goes on.
      const again = metric.start()
      again.restore(JSON.parse(JSON.stringify(running.state())))
      running = again
    }
    return running.value()
  })
}

describe('metrics', () => {
  it('by hand', () => {
    const truth = [0, 0, 1, 1, 1]
    const told = [0, 1, 1, 1, 0]
    expect(accuracy(truth, told)).toBe(0.6)
    expect(confusionMatrix(truth, told, 2)).toEqual([[1, 1], [1, 2]]) // biome-ignore format: a matrix
    // Class 1: 2 of 3 told are, 2 of 3 are told. Class 0: 1 of 2, 1 of 2.
    expect(classReport(confusionMatrix(truth, told, 2))).toMatchObject({ classes: [{ precision: 0.5, recall: 0.5, f1: 0.5, support: 2 }, { precision: 2 / 3, recall: 2 / 3, support: 3 }], macro: { precision: (0.5 + 2 / 3) / 2 }, micro: { f1: 0.6 } }) // biome-ignore format: one line
    // Pairs (positive, negative): .8 > .1, .8 > .4, .4 > .1, .4 = .4: 3.5 of 4.
    expect(rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])).toBe(3.5 / 4)
    expect(regressionReport([1, 2, 3], [1, 2, 5])).toEqual({ mse: 4 / 3, rmse: Math.sqrt(4 / 3), mae: 2 / 3, r2: -1 })
    expect(logLoss([0, 1], [0.5, 0.5, 0.25, 0.75], 2)).toBeCloseTo((Math.log(2) - Math.log(0.75)) / 2, 15)
  })

  it.each(oracle.cases.map((one, i) => [i, one] as const))('classes are as in scikit-learn (case %i)', (_, one) => {
    const { truth, scores, classes } = one
    const flat = Float64Array.from(scores.flat())
    const table = { values: flat, rows: truth.length, classes, truth }
    const told = toldClasses(table)
    close(accuracy(truth, told), one.accuracy)
    const counts = confusionMatrix(truth, told, classes)
    expect(counts).toEqual(one.confusion)
    const report = classReport(counts)
    for (let c = 0; c < classes; c++) {
      const at = one.labels.indexOf(c)
      if (at < 0) expect(report.classes[c]).toBeNull()
      else for (const key of ['precision', 'recall', 'f1', 'support'] as const) close(report.classes[c]![key], one[key][at]) // biome-ignore format: one line
    }
    for (const average of ['macro', 'micro', 'weighted'] as const)
      for (const [i, key] of (['precision', 'recall', 'f1'] as const).entries()) close(report[average][key], one[average][i]) // biome-ignore format: one line
    const p = logProbabilities(table).map(Math.exp)
    close(logLoss(truth, p, classes), one.logLoss)
    if (one.top2 !== undefined) close(topKAccuracy(truth, flat, classes, 2), one.top2)
    if (one.aucClasses) {
      const auc = rocAucOneVsRest(truth, logProbabilities(table).map(Math.fround), classes)
      for (const [c, value] of one.aucClasses.entries()) {
        if (value === null) expect(auc.classes[c]).toBeNull()
        else close(auc.classes[c]!, value)
      }
      if (one.aucWeighted !== undefined) close(auc.weighted, one.aucWeighted)
    }
  })

  it.each(oracle.cases.map((one, i) => [i, one] as const))('are the same batch by batch (case %i)', (_, one) => {
    for (const size of [1, 7, one.truth.length]) {
      const value = (name: string): number => measured(name, one.scores, one.truth, size)
      close(value('accuracy'), one.accuracy)
      close(value('f1'), one.macro[2])
      close(value('f1Micro'), one.micro[2])
      close(value('f1Weighted'), one.weighted[2])
      close(value('precision'), one.macro[0])
      close(value('recall'), one.macro[1])
      close(value('logLoss'), one.logLoss)
      close(value('perplexity'), Math.exp(one.logLoss))
      if (one.auc !== undefined) close(value('auc'), one.auc)
      if (one.top2 !== undefined) close(value('top2'), one.top2)
    }
  })

  it.each(oracle.regressions.map((one, i) => [i, one] as const))(
    'regressions are as in scikit-learn (case %i)',
    (_, one) => {
      const found = regressionReport(one.truth, one.told, one.columns)
      for (const key of ['mse', 'rmse', 'mae', 'r2'] as const) close(found[key], one[key])
      if (one.columns > 1) return
      for (const key of ['mse', 'rmse', 'mae', 'r2'] as const)
      close(measured(key, one.told.map((x) => [x]), one.truth, 4, 'f64'), one[key]) // biome-ignore format: one line
    },
  )

  it('one logit is a class, scores may have their classes before other axes, and norms of residuals count', () => {
    expect(measured('accuracy', [[0.3], [-2], [0], [5]], [1, 0, 0, 0], 2)).toBe(0.75)
    expect(measured('auc', [[0.3], [-2], [0], [5]], [1, 0, 0, 0], 3)).toBeCloseTo(2 / 3, 15)
    scope(() => {
      // [n = 1, classes = 3, tokens = 2]
      const running = metricsOf('test', ['accuracy'])[0]!.start()
      running.add(tensor([[[1, 0], [3, 0], [2, 9]]]), tensor(Int32Array.of(1, 0), { shape: [1, 2] })) // biome-ignore format: one line
      expect(running.value()).toBe(0.5)
      const residual = normMetric(l2).start()
      const relative = normMetric(nuclear, { relative: true }).start()
      for (const one of [residual, relative]) one.add(tensor([[3, 0], [0, 0]]), tensor([[0, 0], [0, -4]])) // biome-ignore format: one line
      expect(residual.value()).toBeCloseTo(5, 6)
      expect(relative.value()).toBeCloseTo(7 / 4, 6)
    })
    close(measured('frobenius', [[3], [0]], [0, -4], 1, 'f64'), 5)
    close(measured('relativeFrobenius', [[3], [0]], [0, -4], 1, 'f64'), 5 / 4)
  })

  it('what is not defined is NaN, and what cannot be says so', () => {
    expect(rocAuc([1, 1], [0, 1])).toBeNaN()
    expect(measured('accuracy', [], [], 1)).toBeNaN()
    expect(regressionReport([1], [1]).r2).toBeNaN()
    expect(() => metricsOf('fit', ['acuracy'])).toThrow(/^fit: there is no metric 'acuracy'; expected accuracy, .*, top<k>\. Did you mean accuracy\?$/) // biome-ignore format: one line
    expect(() => scope(() => metricsOf('fit', ['accuracy'])[0]!.start().add(tensor([[1, 2]]), tensor(Int32Array.of(1, 1))))).toThrow('accuracy: outputs f32[1, 2] for targets i32[2]; expected one more axis, of classes.') // biome-ignore format: one line
    expect(() => confusionMatrix([0, 3], [0, 0], 2)).toThrow('confusionMatrix: class 3 of example 1; expected 0 to 1.')
  })
})
