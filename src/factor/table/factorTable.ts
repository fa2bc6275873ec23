/** A table factorized: prepared, fitted, and looked at from all sides. */
import { inert, plural, UsageError } from '../../core/index.js'
import { type Prepared, Preprocess, type PreprocessOptions, type Scaling, selectTable, type Table } from '../../table/index.js' // biome-ignore format: one line
import { cellText, findColumn, quantilesOf } from '../../table/internal.js'
import { scope, type Tensor } from '../../tensor/index.js'
import { view } from '../../tensor/internal.js'
import type { Estimator, Method, Second } from '../estimator.js'
import { analyse } from './analyse.js'
import { chooseK } from './choose.js'
import { type TableMethod, tableMethod } from './makers.js'
import type { FactorTableOptions } from './options.js'
import { scoresOf } from './two.js'
import type { FactorTableReport, Preparation } from './types.js'

/** What a factorization of a table gives. */
export interface FactoredTable {
  readonly report: FactorTableReport
  /** Fitted; dispose of it when it is done with. */
  readonly estimator: Estimator
  readonly preprocess: Preprocess
  /** Of the second table, where the method takes two. */
  readonly second: Preprocess | null
  /** [rows, k] row by row: scores, codes or distances. */
  readonly scores: Float64Array
  /** Rows of the table that the scores are of. */
  readonly rows: Int32Array
}

/** A table and what was made of it. */
export interface PreparedTable {
  readonly table: Table
  readonly prepared: Prepared
  readonly preprocess: Preprocess
  /** Classes or numbers of the rows of x, by the target column; null without one. */
  readonly target: { readonly name: string; readonly values: readonly (string | null)[] } | null
  /** Prepares the second table of a method of two. */
  readonly second: Preprocess | null
  readonly warnings: string[]
  /** What was chosen, and why. */
  readonly why: readonly string[]
}

/**
 * Factorizes a table: selects columns and rows, prepares a matrix, fits the method, and reports loadings, errors, rules for k, outliers, clusters.
 *
 * Without `k` the rules choose: see `suggestion` and `why` in the report. Throws UsageError for options that do not fit the method or the table,
 * FormatError for values that are missing and nothing was said about.
 *
 * @example
 * const table = await readCsv({ text: 'a,b\n1,2\n2,4.1\n3,5.9\n4,8\n' })
 * const { report, estimator } = await factorTable(table, { method: 'pca', k: 1 })
 * report.explainedVarianceRatio // [0.999...]
 * estimator.dispose()
 */
export async function factorTable(table: Table, options: FactorTableOptions = {}): Promise<FactoredTable> {
  const { seed = 0, onProgress = () => {} } = options
  const name: Method = options.method ?? 'pca'
  const method = tableMethod(name)
  const why = options.method === undefined ? ['method pca: the general look at a table of numbers'] : []
  onProgress('preparing the table')
  const ready = prepareTable(table, name, method, options)
  why.push(...ready.why)
  const { second, preprocess: other } = secondOf(ready, name, method, options)
  return scope(async () => {
    const { x } = ready.prepared
    onProgress('looking for how many')
    const chosen = await chooseK(x, method, second, options)
    onProgress(`fitting ${method.title}`)
    const estimator = await method.make(chosen.k, seed, options.options ?? {})
    estimator.fit(x, ...(second === null ? [] : [second]))
    const { k } = estimator.toJSON()
    if (options.k === undefined || options.k < 1) why.push(`k ${k}: ${chosen.why}`)
    onProgress('looking at the result')
    const scores = scoresOf(estimator, x, second)
    const analysis = await analyse(
      { ...ready, second: other },
      estimator,
      method,
      scores,
      { ...chosen, k },
      options,
      second,
    )
    const report: FactorTableReport = {
      ...estimator.toJSON(),
      why,
      target: ready.target?.name ?? null,
      columnNames: ready.prepared.names,
      preprocess: preparationOf(ready, options),
      ...analysis,
      scores: null,
    }
    x.dispose()
    if (other !== null) (second as Tensor).dispose()
    return { report, estimator, preprocess: ready.preprocess, second: other, scores, rows: ready.prepared.rows }
  })
}

/** Selects, tells the target apart, and makes the matrix. */
export function prepareTable(
  table: Table,
  name: Method,
  method: TableMethod,
  options: FactorTableOptions,
): PreparedTable {
  const { target, columns, except = [], where, sample, seed } = options
  const warnings: string[] = []
  if (target !== undefined) findColumn(table, target, 'factorTable')
  const wanted = target === undefined || columns === undefined ? columns : [...columns, target]
  const select = { ...(wanted && { columns: wanted }), except, ...(where !== undefined && { where }), ...(sample !== undefined && { sample }), ...(seed !== undefined && { seed }) } // biome-ignore format: one line
  const some = selectTable(table, select)
  if (some.rows === 0) throw new UsageError(`factorTable: no row of '${inert(table.name)}' is left; the condition holds for none.`) // biome-ignore format: one line
  const labelled = target === undefined ? null : findColumn(some, target, 'factorTable')
  const features = labelled === null ? some : { ...some, columns: some.columns.filter((one) => one !== labelled), lineOf: (row: number) => some.lineOf(row) } // biome-ignore format: one line
  if (features.columns.length === 0)
    throw new UsageError(`factorTable: '${inert(table.name)}' has no column beside the target '${inert(target ?? '')}'.`) // biome-ignore format: one line
  const { preprocess, prepared, why } = fitted(features, name, method, options)
  const values = labelled === null ? null : Array.from(prepared.rows, (row) => cellText(labelled, row))
  return {
    table: some,
    prepared,
    preprocess,
    target: values === null ? null : { name: target!, values },
    second: null,
    warnings,
    why,
  }
}

function fitted(
  features: Table,
  name: Method,
  method: TableMethod,
  options: FactorTableOptions,
): { preprocess: Preprocess; prepared: Prepared; why: string[] } {
  const { scale = method.scale, missing = 'error', nonFinite = 'error', prepare = {} } = options
  const made = (wanted: Scaling): { preprocess: Preprocess; prepared: Prepared } => {
    const settings: PreprocessOptions = { scale: wanted, missing, nonFinite, columns: prepare }
    const preprocess = new Preprocess(settings)
    return { preprocess, prepared: preprocess.fitTransform(features) }
  }
  const first = made(scale)
  const why = name === 'nmf' && options.scale === undefined ? whyMinmax(first.prepared) : null
  if (why === null) return { ...first, why: [] }
  first.prepared.x.dispose()
  return { ...made('minmax'), why: [`scale minmax: ${why}`] }
}

/** Columns of one unit do not differ by more. */
const widest = 20

/**
 * Why columns should be brought to 0 to 1 before parts are added up; null where they need not. Negative numbers have no parts; and where the largest
 * number of a column is more than 20 times the lower quartile of all columns' (of those that are not all 0), units differ, and the one column rules.
 */
function whyMinmax({ x, names }: Prepared): string | null {
  const values = view(x)
  const d = names.length
  const largest = new Float64Array(d)
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < 0) return `'${inert(names[i % d]!, 60)}' has negative numbers, which nmf does not take`
    if (values[i]! > largest[i % d]!) largest[i % d] = values[i]!
  }
  const some = largest.filter((one) => one > 0)
  if (some.length < 2) return null
  const [quartile] = quantilesOf(some, [0.25])
  const most = largest.indexOf(largest.reduce((a, b) => Math.max(a, b), 0))
  const show = (one: number): string => String(Number(one.toPrecision(4)))
  return largest[most]! > widest * quartile! ? `units differ: '${inert(names[most]!, 60)}' goes up to ${show(largest[most]!)}, a quarter of the columns at most to ${show(quartile!)}` : null // biome-ignore format: one line
}

/** Targets or the matrix of the second table, where the method needs them. */
function secondOf(
  ready: PreparedTable,
  name: Method,
  method: TableMethod,
  options: FactorTableOptions,
): { second: Second | null; preprocess: Preprocess | null } {
  if (method.needs === 'target') {
    if (ready.target === null) throw new UsageError(`factorTable: ${name} needs a column of classes. Try target: a column's name.`) // biome-ignore format: one line
    const gap = ready.target.values.indexOf(null)
    if (gap >= 0)
      throw new UsageError(
        `factorTable: '${inert(ready.table.name)}' line ${ready.table.lineOf(ready.prepared.rows[gap]!)}: the target '${inert(ready.target.name)}' has no value. Try where: "${ready.target.name} is not missing".`,
      )
    return { second: ready.target.values as string[], preprocess: null }
  }
  if (method.needs === 'second') {
    if (options.with === undefined) throw new UsageError(`factorTable: ${name} needs a second table with the same rows. Try with: another table.`) // biome-ignore format: one line
    return secondMatrix(ready, options.with, options)
  }
  if (options.with !== undefined) throw new UsageError(`factorTable: ${name} takes one table. A second one is for cca and joint.`) // biome-ignore format: one line
  return { second: null, preprocess: null }
}

function secondMatrix(
  ready: PreparedTable,
  table: Table,
  options: FactorTableOptions,
): { second: Tensor; preprocess: Preprocess } {
  const { rows, dropped } = ready.prepared
  if (options.where !== undefined || options.sample !== undefined)
    throw new UsageError('factorTable: with two tables all rows are used. Leave out where and sample.')
  const { scale = 'standardize', nonFinite = 'error' } = options
  const { missing = 'error' } = options
  if (missing === 'drop') throw new UsageError("factorTable: with two tables no row is left out. Try missing: 'mean'.")
  const preprocess = new Preprocess({ scale, missing, nonFinite })
  const other = preprocess.fitTransform(table)
  if (dropped > 0 || other.rows.length !== rows.length)
    throw new UsageError(
      `factorTable: '${inert(ready.table.name)}' has ${plural(rows.length, 'row')}, '${inert(table.name)}' has ${other.rows.length}; expected the same rows in both.`,
    )
  return { second: other.x, preprocess }
}

function preparationOf({ prepared, preprocess }: PreparedTable, options: FactorTableOptions): Preparation {
  const { missing = 'error' } = options
  const scales = new Set(preprocess.learned.columns.filter((one) => one.categories === null && one.type !== 'boolean').map((one) => one.scale)) // biome-ignore format: one line
  const { dropped, imputed, unseen, ignored } = prepared
  return {
    scale: [...scales].join(', ') || 'none',
    missing: typeof missing === 'object' ? String(missing.constant) : missing,
    ...{ dropped, imputed, unseen, ignored, skipped: preprocess.skipped, constant: preprocess.constant },
  }
}
