/** What `normball shift` computes, apart from what it prints and writes: reads the tables, asks the model, compares. */
import { UsageError, version } from '../core/index.js'
import { type OverTime, overTime, type ShiftReport, shift } from '../shift/index.node.js'
import type { Table } from '../table/index.js'
import { openTable, selectTable } from '../table/index.node.js'
import { setAside } from '../table/internal.node.js'
import { setBackend } from '../tensor/index.node.js'
import { sqlOptions } from './options.js'
import type { ShiftCliOptions } from './shift.js'
import { posteriorsCsv, weightsCsv } from './shiftFiles.js'
import { withLabels } from './shiftLabels.js'
import { type Asked, askModel } from './shiftModel.js'
import { type ProfileSaved, profileJob } from './shiftProfile.js'
import { splitBy } from './shiftTables.js'

/** Plain data: it is posted to the thread. */
export interface ShiftJob {
  readonly reference: string
  readonly current: string | undefined
  readonly options: ShiftCliOptions
}

/** A file that is written once the job is done. */
export interface ShiftFile {
  readonly path: string
  readonly text: string
}

/** What `--json` prints, besides an error. */
export interface ShiftJson extends ShiftReport {
  /** Figures over windows of time; null without `--time`. */
  readonly time: OverTime | null
  readonly normball: string
  readonly command: 'shift'
}

export interface ShiftOutcome {
  readonly report: ShiftJson | ProfileSaved
  readonly files: readonly ShiftFile[]
}

export async function runShiftJob(job: ShiftJob): Promise<ShiftOutcome> {
  const { reference, current, options } = job
  const { weights, posteriors, model } = options
  if (options.backend !== undefined) setBackend(options.backend)
  const byProfile = await profileJob(job)
  if (byProfile !== null) return byProfile
  const found = await tablesOf(reference, current, options)
  const asked = model === undefined ? null : await askModel(model, found.tables, options.target)
  const all: ShiftCliOptions = asked === null ? options : withModel(options, asked)
  const [a, b] = (asked?.tables ?? found.tables).map((table) => selected(table, all)) as [Table, Table]
  const { target, task, scores, prediction, time, ordered, alpha, permutations, seed } = all
  const exclude = options.key === undefined ? undefined : [options.key]
  const made = await shift(a, b, {
    ...Object.fromEntries(Object.entries({ target, task, scores, prediction, time, ordered, alpha, permutations, seed, exclude }).filter(([, value]) => value !== undefined)), // biome-ignore format: one line
  })
  const notes = [...found.notes, ...(asked?.notes ?? []), ...made.notes]
  const windows =
    time === undefined
      ? null
      : overTime(a, b, {
          time,
          columns: made.columns
            .map(({ name }) => name)
            .filter((name) => name !== target && !scores?.includes(name) && name !== prediction),
          target: made.target?.name ?? null,
          classes: made.label?.classes ?? null,
          scores: scores ?? [],
          prediction: prediction ?? null,
          seed: seed ?? 0,
        })
  const report: ShiftJson = { normball: version, command: 'shift', ...made, notes, time: windows }
  const files: ShiftFile[] = []
  if (weights !== undefined) {
    const made = weightsCsv(a, b, { ...all, method: options.weightsMethod ?? 'logistic' })
    notes.push(...made.notes)
    files.push({ path: weights, text: made.text })
  }
  if (posteriors !== undefined) files.push({ path: posteriors, text: posteriorsCsv(report, b, scores ?? []) })
  return { report, files }
}

/** The options with what the model's columns are. */
function withModel(options: ShiftCliOptions, { target, task, scores, prediction }: Asked): ShiftCliOptions {
  return {
    ...options,
    ...(target === undefined ? {} : { target }),
    ...(options.task === undefined ? { task } : {}),
    ...(scores ? { scores } : {}),
    ...(prediction === undefined ? {} : { prediction }),
  }
}

/** The two tables, with labels that stand in a file of their own. */
async function tablesOf(
  reference: string,
  current: string | undefined,
  options: ShiftCliOptions,
): Promise<{ tables: [Table, Table]; notes: readonly string[] }> {
  const { by, labels, key, target } = options
  const read = sqlOptions(options)
  if (current === undefined) {
    if (by === undefined)
      throw new UsageError(
        'shift: one table, and no --by COLUMN to split it. Name the current table too, or the column.',
      )
    if (labels !== undefined) throw new UsageError('--labels: is for two tables; --by splits one.')
    return { tables: splitBy(await openTable(reference, read), by), notes: [] }
  }
  if (by !== undefined)
    throw new UsageError('shift: two tables and --by; --by splits one table. Leave one of them out.')
  const a = await referenceOf(reference, options)
  const b = await openTable(current, read)
  if (labels === undefined) return { tables: [a, b], notes: [] }
  const { table, notes } = withLabels(b, await openTable(labels), key!, target!)
  return { tables: [a, table], notes }
}

/**
 * The reference, whose numbers wait on disk while the current table is read; in memory where an option goes through it row by row, for which columns
 * would be read again and again. A function of its own, so that nothing holds the table that was set aside.
 */
async function referenceOf(path: string, options: ShiftCliOptions): Promise<Table> {
  const { weights, model, time, where } = options
  const table = await openTable(path, sqlOptions(options))
  return [weights, model, time, where].every((one) => one === undefined) ? setAside(table) : table
}

/** What `--columns`, `--except`, `--where` and `--sample` leave; columns with a role stay. */
function selected(table: Table, options: ShiftCliOptions): Table {
  const { columns, except, where, sample, seed, target, scores = [], prediction, time, key } = options
  const roles = [target, prediction, time, key, ...scores].filter((name) => name !== undefined && table.columns.some((column) => column.name === name)) as string[] // biome-ignore format: one line
  return selectTable(table, {
    ...(columns ? { columns: [...columns, ...roles] } : {}),
    ...(except ? { except } : {}),
    ...(where === undefined ? {} : { where }),
    ...(sample === undefined ? {} : { sample }),
    ...(seed === undefined ? {} : { seed }),
  })
}
