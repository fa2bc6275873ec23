/** What `normball factor` does in its thread: reads, factorizes or applies, and says what to write. */
import { readFile } from 'node:fs/promises'
import { inert, UsageError, version } from '../core/index.js'
import { type Column, type OpenTableOptions, openTable, readTable, type Table } from '../table/index.node.js'
import { promisedFormat } from '../table/internal.js'
import { type BackendChoice, backend, setBackend } from '../tensor/index.node.js'
import type { Estimator, Method } from './estimator.js'
import { encodeEstimator, loadEstimator } from './files.node.js'
import { applyModel } from './jobs/apply.node.js'
import { applyRatings } from './jobs/applyRatings.js'
import { applyText } from './jobs/applyWords.node.js'
import { factorRatings } from './jobs/ratings.js'
import type { FactorReport } from './jobs/reports.js'
import { scoresCsv } from './jobs/scores.js'
import { factorText } from './jobs/words.node.js'
import { ImplicitALS, interactionsOf, MatrixFactorization, type RatingColumns, ratingsOf } from './ratings/index.js'
import { factorTable } from './table/factorTable.js'
import type { FactorTableOptions } from './table/options.js'
import type { FactorTableReport } from './table/types.js'
import { Topics, WordVectors } from './words/index.js'

/** Plain data: it is posted to the thread. */
export interface FactorJob {
  readonly path: string
  readonly read: OpenTableOptions
  readonly factor: Omit<FactorTableOptions, 'with' | 'onProgress'>
  /** The second table. */
  readonly with?: string | undefined
  readonly save?: string | undefined
  readonly apply?: string | undefined
  readonly scores?: string | undefined
  readonly backend?: BackendChoice | undefined
  /** Users whose recommendations are told. */
  readonly users?: readonly string[]
  /** Columns of a table of ratings. */
  readonly ratings?: {
    readonly user?: string | undefined
    readonly item?: string | undefined
    readonly rating?: string | undefined
    readonly time?: string | undefined
  }
  /** Whose nearest words are told. */
  readonly words?: readonly string[]
}

/** A file that is written once the job is done: whole, by the program itself. */
export interface FactorFile {
  readonly path: string
  readonly bytes: Uint8Array
}

export interface FactorOutcome {
  readonly report: FactorReport
  readonly files: readonly FactorFile[]
}

export async function runFactorJob(job: FactorJob, onProgress: (phase: string) => void): Promise<FactorOutcome> {
  const start = performance.now()
  if (job.backend !== undefined) setBackend(job.backend)
  const files: FactorFile[] = []
  const head = {
    normball: version,
    command: 'factor' as const,
    backend: backend(),
    path: job.path,
    with: job.with ?? null,
    model: job.apply ?? null,
    saved: job.save ?? null,
    ...{ ratings: null, interactions: null, words: null, topics: null },
  }
  const end = (report: FactorTableReport, more: Partial<FactorReport> = {}): FactorOutcome => ({
    report: { ...head, ...report, ...more, seconds: (performance.now() - start) / 1000 },
    files,
  })
  const { method } = job.factor
  if ((method === 'embeddings' || method === 'topics') && job.apply === undefined) {
    refuseScores(job)
    const { report, nearest, topics, estimator } = await factorText(
      job.path,
      job.words ?? [],
      job.factor,
      job.read,
      onProgress,
    )
    await keepModel(job, estimator, files)
    return end(report, { words: nearest, topics })
  }
  onProgress(`reading ${job.path}`)
  if ((method === 'als' || method === 'implicit-als') && job.apply === undefined) {
    refuseScores(job)
    const { table, columns } = await ratingTable(job, method === 'als')
    const { report, figures, interactions, estimator } = factorRatings(table, columns, job.users ?? [], job.factor, onProgress) // biome-ignore format: one line
    await keepModel(job, estimator, files)
    return end(report, { ratings: figures, interactions })
  }
  if (job.apply !== undefined) {
    const { report, scores, more } = await apply(job, job.apply, onProgress)
    if (job.scores !== undefined) files.push({ path: job.scores, bytes: scores })
    return end(report, more)
  }
  const table = await tableOf(job)
  const other = job.with === undefined ? {} : { with: await openTable(job.with, job.read) }
  const { report, estimator, preprocess, second, scores, rows } = await factorTable(table, { ...job.factor, ...other, onProgress }) // biome-ignore format: one line
  try {
    if (job.save !== undefined)
      files.push({
        path: job.save,
        bytes: await encodeEstimator(estimator, {
          preprocess,
          second,
          columns: preprocess.names,
          more: { target: report.target },
        }),
      })
  } finally {
    estimator.dispose()
  }
  if (job.scores !== undefined) files.push({ path: job.scores, bytes: scoresCsv(scores, rows, table, report) })
  return end(report)
}

/** Options of ratings and texts where the model is of neither. */
function refuseForeign({ users = [], ratings = {}, words = [] }: FactorJob, method: Method): void {
  const refuse = (name: string, of: string): never => {
    throw new UsageError(`--${name}: is for models of ${of}; this one is of ${method}.`)
  }
  if (method !== 'als' && method !== 'implicit-als') {
    if (users.length > 0) refuse('for', 'als and implicit-als')
    for (const name of ['user', 'item', 'rating', 'time'] as const)
      if (ratings[name] !== undefined) refuse(name, 'als and implicit-als')
  }
  if (words.length > 0 && method !== 'embeddings') refuse('words', 'embeddings')
}

interface Applied {
  readonly report: FactorTableReport
  /** CSV. */
  readonly scores: Uint8Array
  readonly more?: Partial<FactorReport>
}

/** A saved model on a table, ratings or a text, as it is one of those. */
async function apply(job: FactorJob, path: string, onProgress: (phase: string) => void): Promise<Applied> {
  onProgress(`reading ${path}`)
  const loaded = await loadEstimator(path)
  const { estimator } = loaded
  refuseForeign(job, estimator.method)
  onProgress(`reading ${job.path}`)
  if (estimator instanceof WordVectors || estimator instanceof Topics) {
    const { report, scores, nearest, topics } = await applyText(
      estimator,
      job.path,
      job.words ?? [],
      job.factor,
      job.read,
    )
    return { report, scores, more: { words: nearest, topics } }
  }
  if (estimator instanceof MatrixFactorization || estimator instanceof ImplicitALS) {
    const { table, columns } = await ratingTable(job, estimator instanceof MatrixFactorization)
    const { report, scores, figures, interactions } = applyRatings(
      estimator,
      table,
      columns,
      job.users ?? [],
      job.factor,
    )
    return { report, scores, more: { ratings: figures, interactions } }
  }
  const table = await tableOf(job)
  const other = job.with === undefined ? {} : { with: await openTable(job.with, job.read) }
  const { report, scores, rows } = await applyModel(path, loaded, table, { ...job.factor, ...other }, onProgress)
  return { report, scores: scoresCsv(scores, rows, table, report) }
}

function refuseScores({ scores, factor: { method } }: FactorJob): void {
  if (scores !== undefined)
    throw new UsageError(`--scores: ${method} has none of rows of a table. Try --save, or --json.`)
}

async function keepModel({ save }: FactorJob, estimator: Estimator, files: FactorFile[]): Promise<void> {
  try {
    if (save !== undefined) files.push({ path: save, bytes: await encodeEstimator(estimator) })
  } finally {
    estimator.dispose()
  }
}

/**
 * The table of ratings, ids as the file has them: 007 and 7 are two. Columns of a CSV file that were read as numbers, truth values or times are read again
 * as words.
 */
async function ratingTable(job: FactorJob, isRated: boolean): Promise<{ table: Table; columns: RatingColumns }> {
  const columns = Object.fromEntries(Object.entries(job.ratings ?? {}).filter(([, name]) => name !== undefined))
  const table = await tableOf(job)
  const { user, item } = (isRated ? ratingsOf : interactionsOf)(table, columns).columns
  const isWord = ({ type }: Column): boolean => type === 'categorical' || type === 'text'
  const ids = table.columns.filter((column) => (column.name === user || column.name === item) && !isWord(column))
  const isCsv =
    job.read.sql === undefined && (job.read.delimiter !== undefined || (promisedFormat(job.path) ?? 'csv') === 'csv')
  if (ids.length === 0 || !isCsv) return { table, columns }
  const types = Object.fromEntries(ids.map(({ name }) => [name, 'categorical' as const]))
  return { table: await tableOf({ ...job, read: { ...job.read, types } }), columns: { ...columns, user, item } }
}

/** A mark of several characters (`::` of MovieLens and its kin) becomes a tab, which readers take. */
async function tableOf({ path, read }: Pick<FactorJob, 'path' | 'read'>): Promise<Table> {
  const { delimiter } = read
  if (delimiter === undefined || delimiter.length < 2) return openTable(path, read)
  const text = new TextDecoder().decode(await readFile(path))
  if (text.includes('\t')) throw new UsageError(`--delimiter: '${inert(path)}' has tabs beside '${inert(delimiter, 20)}'; expected a single character.`) // biome-ignore format: one line
  return readTable({ text: text.replaceAll(delimiter, '\t') }, { ...read, delimiter: '\t', name: path })
}
