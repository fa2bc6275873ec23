/** What `normball factor` does in its thread: reads, factorizes or applies, and says what to write. */
import { readFile } from 'node:fs/promises'
import { inert, UsageError, version } from '../core/index.js'
import { type OpenTableOptions, openTable, readTable, type Table } from '../table/index.node.js'
import { type BackendChoice, backend, setBackend } from '../tensor/index.node.js'
import type { Estimator, Method } from './estimator.js'
import { encodeEstimator, loadEstimator } from './files.node.js'
import { applyModel } from './jobs/apply.node.js'
import { applyToRatings, applyToText } from './jobs/applyOthers.node.js'
import { factorRatings } from './jobs/ratings.js'
import type { FactorReport } from './jobs/reports.js'
import { scoresCsv } from './jobs/scores.js'
import { factorText } from './jobs/words.node.js'
import { factorTable } from './table/factorTable.js'
import type { FactorTableOptions } from './table/options.js'
import type { FactorTableReport } from './table/types.js'

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
    ...{ ratings: null, words: null, topics: null },
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
  const model = job.apply === undefined ? null : await loadEstimator(job.apply)
  if (model !== null) refuseForeign(job, model.estimator.method)
  if (model !== null && (model.estimator.method === 'embeddings' || model.estimator.method === 'topics')) {
    const { report, nearest, topics, scores } = await applyToText(job, model.estimator, onProgress)
    if (job.scores !== undefined) files.push({ path: job.scores, bytes: scores })
    return end(report, { words: nearest, topics })
  }
  onProgress(`reading ${job.path}`)
  const table = await tableOf(job)
  if (model !== null && (model.estimator.method === 'als' || model.estimator.method === 'implicit-als')) {
    const { report, figures, scores } = applyToRatings(job, model.estimator, table)
    if (job.scores !== undefined) files.push({ path: job.scores, bytes: scores })
    return end(report, { ratings: figures })
  }
  if (method === 'als' && job.apply === undefined) {
    refuseScores(job)
    const columns = Object.fromEntries(Object.entries(job.ratings ?? {}).filter(([, name]) => name !== undefined))
    const { report, figures, estimator } = factorRatings(table, columns, job.users ?? [], job.factor, onProgress)
    await keepModel(job, estimator, files)
    return end(report, { ratings: figures })
  }
  const other = job.with === undefined ? {} : { with: await openTable(job.with, job.read) }
  if (job.apply !== undefined && model !== null) {
    const { report, scores, rows } = await applyModel(job.apply, model, table, { ...job.factor, ...other }, onProgress)
    if (job.scores !== undefined) files.push({ path: job.scores, bytes: scoresCsv(scores, rows, table, report) })
    return end(report)
  }
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
  if (method !== 'als') {
    if (users.length > 0) refuse('for', 'als')
    for (const name of ['user', 'item', 'rating'] as const) if (ratings[name] !== undefined) refuse(name, 'als')
  }
  if (words.length > 0 && method !== 'embeddings') refuse('words', 'embeddings')
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

/** A mark of several characters (`::` of MovieLens and its kin) becomes a tab, which readers take. */
async function tableOf({ path, read }: FactorJob): Promise<Table> {
  const { delimiter } = read
  if (delimiter === undefined || delimiter.length < 2) return openTable(path, read)
  const text = new TextDecoder().decode(await readFile(path))
  if (text.includes('\t')) throw new UsageError(`--delimiter: '${inert(path)}' has tabs beside '${inert(delimiter, 20)}'; expected a single character.`) // biome-ignore format: one line
  return readTable({ text: text.replaceAll(delimiter, '\t') }, { ...read, delimiter: '\t', name: path })
}
