/** Metrics by the names that options and configurations use. */
import { closest, inert, UsageError } from '../../core/index.js'
import { accuracyMetric, aucMetric, logLossMetric, perplexityMetric, reportMetric, topKMetric } from './classes.js'
import type { Metric } from './metric.js'
import { frobeniusMetric, residualMetric } from './numbers.js'

const makers: Readonly<Record<string, () => Metric>> = {
  accuracy: accuracyMetric,
  // Means over classes, each counting the same.
  precision: () => reportMetric('precision', ({ macro }) => macro.precision),
  recall: () => reportMetric('recall', ({ macro }) => macro.recall),
  f1: () => reportMetric('f1', ({ macro }) => macro.f1),
  f1Micro: () => reportMetric('f1Micro', ({ micro }) => micro.f1),
  f1Weighted: () => reportMetric('f1Weighted', ({ weighted }) => weighted.f1),
  auc: aucMetric,
  logLoss: logLossMetric,
  perplexity: perplexityMetric,
  mse: () => residualMetric('mse', 'lower', 'mse'),
  rmse: () => residualMetric('rmse', 'lower', 'rmse'),
  mae: () => residualMetric('mae', 'lower', 'mae'),
  r2: () => residualMetric('r2', 'higher', 'r2'),
  frobenius: () => frobeniusMetric(false),
  relativeFrobenius: () => frobeniusMetric(true),
}

/** Names that `metrics` takes, beside `top<k>`. */
export const metricNames: readonly string[] = Object.keys(makers)

/** Metrics named or given. Throws UsageError for an unknown name, with the nearest. */
export function metricsOf(op: string, list: readonly (string | Metric)[]): readonly Metric[] {
  return list.map((one) => {
    if (typeof one !== 'string') return one
    const make = Object.hasOwn(makers, one) ? makers[one] : undefined
    if (make) return make()
    const top = /^top([1-9]\d{0,5})$/.exec(one)
    if (top) return topKMetric(Number(top[1]))
    const near = closest(one, metricNames)[0]
    throw new UsageError(
      `${op}: there is no metric '${inert(one)}'; expected ${metricNames.join(', ')}, top<k>.${near ? ` Did you mean ${near}?` : ''}`,
    )
  })
}
