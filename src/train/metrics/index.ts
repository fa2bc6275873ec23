/** Figures of what a model puts out. */
export { metricNames, metricsOf } from './byName.js'
export {
  accuracy,
  type ClassFigures,
  type ClassReport,
  classReport,
  confusionMatrix,
  logLoss,
  type RegressionFigures,
  regressionReport,
  rocAuc,
  rocAucOneVsRest,
  topKAccuracy,
} from './functions.js'
export type { Accumulator, Metric } from './metric.js'
export { normMetric } from './numbers.js'
