/** A report with the figures of an estimator and nothing of a prepared table: ratings and texts have none. */
import type { EstimatorJson } from '../estimator.js'
import type { FactorTableReport } from '../table/types.js'

export function plainReport(
  json: EstimatorJson,
  why: readonly string[],
  warnings: readonly string[],
): FactorTableReport {
  const { method, k, rows, columns, options } = json
  const { explainedVarianceRatio, singularValues, reconstructionError, inertia, logLikelihood, iterations } = json
  return {
    ...{ method, k, rows, columns, options, explainedVarianceRatio, singularValues, reconstructionError, inertia },
    ...{ logLikelihood, iterations, why, target: null, columnNames: [], effect: null, loadings: null, spectrum: null },
    preprocess: {
      ...{
        scale: 'none',
        missing: 'error',
        dropped: 0,
        imputed: [],
        skipped: [],
        constant: [],
        unseen: [],
        ignored: [],
      },
    },
    ...{
      curve: null,
      stop: [],
      suggestion: null,
      outliers: null,
      clusters: null,
      second: null,
      silhouette: null,
      scatter: null,
    },
    ...{ scores: null, score: null, warnings, skipped: [] },
  }
}
