/** Metrics of classifiers, batch by batch. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { type ClassReport, classReport, rocAuc, rocAucOneVsRest, topKAccuracy } from './functions.js'
import type { Accumulator, Metric } from './metric.js'
import { logProbabilities, type Scores, scoresOf, toldClasses } from './scores.js'

/** The mean over examples of a number that each batch has. */
function meanMetric(
  name: string,
  better: Metric['better'],
  of: (scores: Scores) => number,
  last: (mean: number) => number = (mean) => mean,
): Metric {
  const start = (): Accumulator => {
    let [sum, n] = [0, 0]
    return {
      add(output, target) {
        const scores = scoresOf(name, output, target)
        sum += scores.rows * of(scores)
        n += scores.rows
      },
      value: () => last(sum / n),
      state: () => [sum, n],
      restore: (state) => {
        ;[sum, n] = state as [number, number]
      },
    }
  }
  return { name, better, isSmall: true, start }
}

/** Share of examples told rightly: the largest score, the lower class on ties; of one logit, whether it is above 0. */
export function accuracyMetric(): Metric {
  return meanMetric('accuracy', 'higher', (scores) => {
    const told = toldClasses(scores)
    let right = 0
    for (let i = 0; i < told.length; i++) if (told[i] === scores.truth[i]) right++
    return right / told.length
  })
}

/** Share of examples whose class is among the k largest scores. */
export function topKMetric(k: number): Metric {
  return meanMetric(`top${k}`, 'higher', ({ truth, values, classes }) => topKAccuracy(truth, values, classes, k))
}

/** Mean of -log p(true class), p from the scores by softmax. */
const nll = (scores: Scores): number => {
  const log = logProbabilities(scores)
  const width = Math.max(2, scores.classes)
  let sum = 0
  for (let row = 0; row < scores.rows; row++) sum -= log[row * width + scores.truth[row]!]!
  return sum / scores.rows
}

export const logLossMetric = (): Metric => meanMetric('logLoss', 'lower', nll)
/** exp of the log loss: among how many equally likely tokens the model chooses. */
export const perplexityMetric = (): Metric => meanMetric('perplexity', 'lower', nll, Math.exp)

/** Counts [classes, classes]: rows are true, columns told. */
export interface Confusion extends Accumulator {
  counts(): number[][]
}

/** Counts batch by batch. `classes`: how many; as many as there are scores where absent. Throws UsageError for a class out of range. */
export function confusion(classes?: number): Confusion {
  let width = classes ?? 0
  let memory = new Float64Array(width * width)
  return {
    add(output: Tensor, target: Tensor): void {
      const scores = scoresOf('confusion', output, target)
      if (width === 0) {
        width = Math.max(2, scores.classes)
        memory = new Float64Array(width * width)
      }
      const told = toldClasses(scores)
      for (let i = 0; i < told.length; i++) {
        const row = scores.truth[i]!
        if (!(row >= 0 && row < width && Number.isInteger(row)) || told[i]! >= width)
          throw new UsageError(`confusion: class ${Math.max(row, told[i]!)}; expected 0 to ${width - 1}.`)
        memory[row * width + told[i]!]!++
      }
    },
    value: () => memory.reduce((a, b) => a + b, 0),
    state: () => Array.from(memory),
    restore: (state) => {
      memory = Float64Array.from(state)
      width = Math.sqrt(state.length)
    },
    counts: () => Array.from({ length: width }, (_, i) => Array.from(memory.subarray(i * width, (i + 1) * width))),
  }
}

/** A figure of the confusion matrix. */
export function reportMetric(name: string, of: (report: ClassReport) => number): Metric {
  const start = (): Accumulator => {
    const counts = confusion()
    return { ...counts, value: () => of(classReport(counts.counts())) }
  }
  return { name, better: 'higher', isSmall: true, start }
}

/** Area under the ROC curve: of two classes, or the mean of each against the others. Keeps all scores until it is asked. */
export function aucMetric(): Metric {
  const start = (): Accumulator => {
    const truth: number[] = []
    const kept: number[] = []
    let width = 0
    return {
      add(output, target) {
        const scores = scoresOf('auc', output, target)
        width = Math.max(2, scores.classes)
        const log = logProbabilities(scores)
        for (let i = 0; i < scores.rows; i++) truth.push(scores.truth[i]!)
        // Logarithms of probabilities, so that scores of different examples compare; for two classes the logit, which orders alike and does not
        // saturate. As f32, which outputs are: what is equal but for the order of a sum stays equal.
        if (width === 2) for (let i = 0; i < scores.rows; i++) kept.push(Math.fround(log[2 * i + 1]! - log[2 * i]!))
        else for (const one of log) kept.push(Math.fround(one))
      },
      value: () => (width === 2 ? rocAuc(truth, kept) : rocAucOneVsRest(truth, kept, width).macro),
      state: () => [],
      restore: () => {},
    }
  }
  return { name: 'auc', better: 'higher', isSmall: false, start }
}
