/** A saved estimator applied to another table. */
import { inert, plural, UsageError } from '../../core/index.js'
import { type Preprocess, selectTable, type Table } from '../../table/index.js'
import { findColumn } from '../../table/internal.js'
import { scope, type Tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import type { Estimator } from '../estimator.js'
import type { LoadedEstimator } from '../files.node.js'
import { analyse } from '../table/analyse.js'
import { tableMethod } from '../table/makers.js'
import type { FactorTableOptions } from '../table/options.js'
import { scoresOf } from '../table/two.js'
import type { FactorTableReport } from '../table/types.js'

export interface Applied {
  readonly report: FactorTableReport
  /** [rows, k]. */
  readonly scores: Float64Array
  readonly rows: Int32Array
}

/**
 * Prepares the table as the model's own was, and reports scores, errors and what is new or missing. Figures of the fit (variance ratios,
 * singular values) are those of the model; `reconstructionError` is that of this table.
 */
export async function applyModel(
  path: string,
  { estimator, preprocess, second, more }: LoadedEstimator,
  table: Table,
  options: FactorTableOptions,
  onProgress: (phase: string) => void,
): Promise<Applied> {
  const method = tableMethod(estimator.method)
  if (preprocess === null)
    throw new UsageError(`'${inert(path)}' holds no preparation of tables: it was not saved by normball factor --save.`)
  if (options.columns !== undefined) throw new UsageError('--columns: is what the model of --apply says itself.')
  const { where, sample, seed } = options
  // What was told apart is so here too, where the table has it.
  const known = table.columns.find(({ name }) => name === more['target'])?.name
  const target = options.target ?? known
  const some = selectTable(table, { ...(where !== undefined && { where }), ...(sample !== undefined && { sample }), ...(seed !== undefined && { seed }) }) // biome-ignore format: one line
  return scope(async () => {
    onProgress('applying the model')
    const prepared = preprocess.transform(some)
    const labelled = target === undefined ? null : findColumn(some, target, 'factorTable')
    const json = estimator.toJSON()
    const other =
      options.with === undefined ? null : secondRows(second, options, estimator.method, prepared.rows.length)
    const scores = scoresOf(estimator, prepared.x, other)
    const warnings = prepared.unseen.map(({ name, words, rows }) => `column '${inert(name, 60)}' has categories that the model does not know in ${plural(rows, 'row')}: ${words.map((word) => `'${inert(word, 40)}'`).join(', ')}.`) // biome-ignore format: one line
    const ignored = prepared.ignored.filter((name) => name !== target)
    if (ignored.length > 0) warnings.push(`${plural(ignored.length, 'column')} that the model does not know: ${ignored.slice(0, 8).map((name) => `'${inert(name, 60)}'`).join(', ')}.`) // biome-ignore format: one line
    if (method.needs === 'second' && other === null) warnings.push('scores are those of the first table alone; --with OTHER adds the second.') // biome-ignore format: one line
    const ready = { table: some, prepared, preprocess, second, warnings, why: [], target: labelled === null ? null : { name: target!, values: [] } } // biome-ignore format: one line
    const chosen = { k: json.k, why: '', stop: [], suggestion: null, spectrum: null }
    const analysis = await analyse(ready, estimator, method, scores, chosen, options, other)
    const errors = method.needs === 'nothing' && method.finds === 'components' ? errorOf(prepared.x, estimator) : null
    const report: FactorTableReport = {
      ...json,
      rows: prepared.rows.length,
      reconstructionError: errors,
      inertia: method.finds === 'clusters' ? -(analysis.score ?? Number.NaN) : null,
      why: [`model of ${plural(json.rows, 'row')} from ${path}`],
      target: target ?? null,
      columnNames: prepared.names,
      preprocess: {
        ...{
          scale: [...new Set(preprocess.learned.columns.map((one) => one.scale))].join(', '),
          missing: 'as the model has it',
        },
        ...{
          dropped: prepared.dropped,
          imputed: prepared.imputed,
          unseen: prepared.unseen,
          ignored,
          skipped: preprocess.skipped,
          constant: [],
        },
      },
      ...analysis,
      skipped: analysis.skipped.filter(({ what }) => !what.startsWith('spectrum')),
      scores: null,
    }
    prepared.x.dispose()
    other?.dispose()
    estimator.dispose()
    return { report, scores, rows: prepared.rows }
  })
}

/** The second table as the model's own was prepared. */
function secondRows(preprocess: Preprocess | null, options: FactorTableOptions, method: string, rows: number): Tensor {
  const table = options.with!
  if (preprocess === null) throw new UsageError(`--with: the model's method is ${method}, which takes one table.`)
  if (options.where !== undefined || options.sample !== undefined)
    throw new UsageError('--with: with two tables all rows are used. Leave out --where and --sample.')
  const { x } = preprocess.transform(table)
  if (x.shape[0] !== rows)
    throw new UsageError(`--with: '${inert(table.name)}' has ${plural(x.shape[0]!, 'row')}; expected the ${rows} of the first table.`) // biome-ignore format: one line
  return x
}

/** ||X - X'||_F, and that by the norm of X around its means where the method centres (the model's own means are those of its table). */
function errorOf(x: Tensor, estimator: Estimator): { frobenius: number; relative: number } {
  return tidy(() => {
    const frobenius = x
      .sub(estimator.inverseTransform(estimator.transform(x)))
      .norm()
      .item()
    const centred = tableMethod(estimator.method).centres ? x.sub(x.mean({ axis: 0 })) : x
    return { frobenius, relative: frobenius === 0 ? 0 : frobenius / centred.norm().item() }
  })
}
