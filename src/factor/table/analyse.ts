/** What is told of a fitted estimator: loadings, errors against k, outliers, clusters, the plane of the first two components. */
import { slice, type Tensor, tensor, transpose } from '../../tensor/index.js'
import { castOf, tidy, together, view } from '../../tensor/internal.js'
import type { Estimator, Second } from '../estimator.js'
import type { Chosen } from './choose.js'
import { clusterFigures } from './clusters.js'
import type { PreparedTable } from './factorTable.js'
import type { TableMethod } from './makers.js'
import type { FactorTableOptions } from './options.js'
import { outliersOf, rowErrors } from './outliers.js'
import { groupsOf, scatterOf } from './scatter.js'
import { curveOf } from './spectrum.js'
import { secondFigures, secondVariates } from './two.js'
import type { FactorTableReport, Scatter } from './types.js'

type Analysis = Pick<
  FactorTableReport,
  | 'effect'
  | 'loadings'
  | 'spectrum'
  | 'curve'
  | 'stop'
  | 'suggestion'
  | 'outliers'
  | 'clusters'
  | 'second'
  | 'silhouette'
  | 'scatter'
  | 'score'
  | 'warnings'
  | 'skipped'
>

/** Singular values that are told. */
const mostValues = 512

/** Called inside a scope. `scores`: [rows, k] of the rows of x. */
export async function analyse(
  ready: PreparedTable,
  estimator: Estimator,
  method: TableMethod,
  scores: Float64Array,
  chosen: Chosen,
  options: FactorTableOptions,
  second: Second | null = null,
): Promise<Analysis> {
  const { x, rows } = ready.prepared
  const skipped: { what: string; why: string }[] = []
  const warnings = [...ready.warnings]
  if ((estimator as { converged?: boolean }).converged === false)
    warnings.push(`${estimator.method} did not come to rest before the limit of iterations.`)
  const { spectrum, stop, suggestion } = chosen
  if (spectrum === null && method.needs !== 'second')
    skipped.push({ what: 'spectrum, curve', why: 'the table has too many columns for all singular values' })
  const outliers = outliersIn(ready, estimator, method, scores, skipped)
  const found = method.finds === 'clusters' ? await clusterFigures(x, scores, estimator, ready.preprocess) : null
  return {
    effect: effectOf(ready, options),
    loadings: loadingsOf(estimator, ready.prepared.names.length),
    spectrum: spectrum === null ? null : { centred: method.centres, singularValues: Array.from(spectrum.values.subarray(0, mostValues)), total: spectrum.values.length }, // biome-ignore format: one line
    curve: spectrum === null ? null : curveOf(x, method.centres, chosen.k),
    stop,
    suggestion,
    outliers,
    clusters: found?.clusters ?? null,
    second: secondFigures(estimator, ready.second?.names ?? []),
    silhouette: found?.silhouette ?? null,
    scatter:
      pairOf(ready, estimator, scores, second) ??
      planeOf(ready, method, scores, found?.labels ?? null, spectrum?.vectors ?? null, estimator, rows),
    score: scoreOf(estimator, ready, second, skipped),
    warnings,
    skipped,
  }
}

function effectOf({ table, preprocess, target }: PreparedTable, _options: FactorTableOptions): Analysis['effect'] {
  if (preprocess.learned.columns.every((one) => one.scale === 'none')) return null
  const features = target === null ? table : { ...table, columns: table.columns.filter(({ name }) => name !== target.name) } // biome-ignore format: one line
  return preprocess.effect(features)
}

/** Rows of what the method calls components, over the columns of x. */
function loadingsOf(estimator: Estimator, columns: number): number[][] | null {
  return tidy(() => {
    const components = estimator.stateDict().get('components')
    if (components === undefined || components.rank !== 2 || components.shape[1]! < columns) return null
    // Those of a joint factorization go on with the second table's columns.
    return (castOf(components, 'f64').toNested() as number[][]).map((row) => row.slice(0, columns))
  })
}

function outliersIn(
  { prepared, table }: PreparedTable,
  estimator: Estimator,
  method: TableMethod,
  scores: Float64Array,
  skipped: { what: string; why: string }[],
): Analysis['outliers'] {
  const { x, rows } = prepared
  if (method.needs !== 'nothing') {
    skipped.push({ what: 'outliers', why: `${estimator.method} does not aim at giving rows back` })
    return null
  }
  const n = x.shape[0]!
  const errors = tidy(() =>
    rowErrors(x, estimator.inverseTransform(tensor(scores, { shape: [n, scores.length / Math.max(1, n)] }))),
  )
  const what =
    method.finds === 'clusters'
      ? 'distance from the centre of its cluster'
      : 'distance of a row from its reconstruction'
  return outliersOf(errors, rows, (row) => table.lineOf(row), what)
}

function scoreOf(
  estimator: Estimator,
  ready: PreparedTable,
  second: Second | null,
  skipped: { what: string; why: string }[],
): number | null {
  if (estimator.method === 'lda' || (estimator.method === 'cca' && second === null)) return null
  try {
    return estimator.score(ready.prepared.x, ...(second === null ? [] : [second]))
  } catch (error) {
    skipped.push({ what: 'score', why: error instanceof Error ? error.message : String(error) })
    return null
  }
}

/** Canonical variates of the first pair against each other: the nearer to a line, the larger the correlation. */
function pairOf(
  { table, target, prepared: { rows } }: PreparedTable,
  estimator: Estimator,
  scores: Float64Array,
  second: Second | null,
): Scatter | null {
  const others = secondVariates(estimator, second)
  if (others === null) return null
  const { k } = estimator.toJSON()
  const column = target === null ? null : table.columns.find((one) => one.name === target.name)!
  const groups = column === null ? null : groupsOf(column, rows)
  const axes = ['first pair, this table', 'the second table'] as const
  return scatterOf((i) => scores[i * k]!, (i) => others[i]!, axes, rows, groups, target?.name ?? null) // biome-ignore format: one line
}

function planeOf(
  { table, target, prepared: { x } }: PreparedTable,
  method: TableMethod,
  scores: Float64Array,
  labels: Int32Array | null,
  vectors: Tensor | null,
  estimator: Estimator,
  rows: Int32Array,
): Scatter | null {
  const column = target === null ? null : table.columns.find((one) => one.name === target.name)!
  const groups = column === null ? null : groupsOf(column, rows)
  const k = rows.length === 0 ? 0 : scores.length / rows.length
  if (method.finds === 'components') {
    const ratio = estimator.toJSON().explainedVarianceRatio
    const axis = (i: number): string => `component ${i + 1}${ratio?.[i] === undefined ? '' : ` (${(100 * ratio[i]).toFixed(1)} %)`}` // biome-ignore format: one line
    const of = (j: number) => (i: number) => scores[i * k + j]!
    if (k >= 2) return scatterOf(of(0), of(1), [axis(0), axis(1)], rows, groups, target?.name ?? null)
  }
  if (vectors === null || vectors.shape[0]! < 2) return null
  // Clusters, and rows with one score, are shown in the plane of the first two principal components.
  const plane = tidy(() =>
    (view(together(x.matmul(transpose(slice(vectors, { start: 0, stop: 2 }))))) as Float64Array).slice(),
  )
  const of = (j: number) => (i: number) => plane[2 * i + j]!
  const axes = ['first principal component', 'second'] as const
  const clusters = labels === null ? groups : Array.from(labels, (label) => `cluster ${label + 1}`)
  return scatterOf(of(0), of(1), axes, rows, clusters, labels === null ? (target?.name ?? null) : 'clusters')
}
