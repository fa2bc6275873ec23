/** `normball shift` with profiles: a reference that is saved without its rows, and tables compared with one. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { FormatError, inert, plural, UsageError, version } from '../core/index.js'
import type { View } from '../report/index.js'
import { compareProfiles, Profile } from '../shift/index.node.js'
import { openTable, openTableBatches, selectTable, type Table } from '../table/index.node.js'
import { sqlOptions } from './options.js'
import type { ShiftCliOptions } from './shift.js'
import type { ShiftJob, ShiftJson, ShiftOutcome } from './shiftJob.js'

/** What `--save-profile` prints with `--json`. */
export interface ProfileSaved {
  readonly normball: string
  readonly command: 'shift'
  readonly reference: string
  readonly current: null
  readonly profile: { readonly path: string; readonly rows: number; readonly bytes: number; readonly columns: readonly SavedColumn[] } // biome-ignore format: one line
}

interface SavedColumn {
  readonly name: string
  readonly type: string
  readonly missing: number
  /** Numbers or words that are kept, and whether they are all there is. */
  readonly kept: number
  readonly exact: boolean
  /** How far a share may be off: of numbers at most x, for all x; of rows with a word. */
  readonly error: number
  readonly min: number | null
  readonly max: number | null
  readonly mean: number | null
  readonly std: number | null
}

/** Larger files are no profile that this program wrote. */
const mostBytes = 1 << 28
/** What a profile begins with. */
const beginning = /^\s*\{\s*"format"\s*:\s*"normball-profile"/
/** Rows that are summed up at a time. */
const batchRows = 1 << 16
/** Errors of a batch that a table read whole does not have: types that its first rows told. */
const ofTypes = new Set(['bad-number', 'bad-value'])

/** Whether a file says that it is a profile; false where it cannot be read, which its reader tells. */
export function isProfile(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false
    const file = openSync(path, 'r')
    try {
      const head = Buffer.alloc(256)
      return beginning.test(head.subarray(0, readSync(file, head, 0, 256, 0)).toString('latin1'))
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
}

/** The outcome where profiles are asked for or given; null where there are tables alone. */
export async function profileJob({ reference, current, options }: ShiftJob): Promise<ShiftOutcome | null> {
  const { saveProfile, merge = [] } = options
  const given = [reference, current, ...merge].filter((path): path is string => path !== undefined && isProfile(path))
  if (saveProfile === undefined && given.length === 0) {
    if (merge.length > 0) throw new UsageError('--merge: adds to a profile, and the reference is a table. Try --save-profile first.') // biome-ignore format: one line
    return null
  }
  refuseRows(options, saveProfile === undefined ? `'${inert(given[0]!)}' is a profile, which has none` : 'a profile keeps none') // biome-ignore format: one line
  const own = await profileOf(reference, options)
  for (const path of merge) own.merge(await profileOf(path, options))
  if (saveProfile !== undefined) {
    if (current !== undefined) throw new UsageError('--save-profile: sums up one table, and two were given. Compare them in a run of its own.') // biome-ignore format: one line
    const text = `${JSON.stringify(own)}\n`
    return {
      report: savedReport(reference, saveProfile, own, Buffer.byteLength(text)),
      files: [{ path: saveProfile, text }],
    }
  }
  if (current === undefined) throw new UsageError('shift: a profile, and no current table to compare with it. Name one, or save what --merge adds with --save-profile.') // biome-ignore format: one line
  const other = isProfile(current)
    ? readProfile(current)
    : picked(await openTable(current, sqlOptions(options)), options)
  const { target, alpha, permutations, seed } = options
  const report: ShiftJson = {
    normball: version,
    command: 'shift',
    ...compareProfiles(own, other, {
      ...Object.fromEntries(Object.entries({ target, alpha, permutations, seed }).filter(([, value]) => value !== undefined)), // biome-ignore format: one line
      names: [reference, current],
    }),
    time: null,
  }
  return { report, files: [] }
}

/** Throws for an option that looks at rows. */
function refuseRows(options: ShiftCliOptions, why: string): void {
  const { model, scores, prediction, labels, time, ordered, weights, posteriors, by, sample } = options
  const asked = Object.entries({ model, scores, prediction, labels, time, ordered, weights, posteriors, by, sample }).find(([, value]) => value !== undefined) // biome-ignore format: one line
  if (asked) throw new UsageError(`--${asked[0]}: needs rows, and ${why}. Leave it out, or compare two tables.`)
}

/** A profile from its file, or of a table: CSV and NDJSON by so many rows at a time. */
async function profileOf(path: string, options: ShiftCliOptions): Promise<Profile> {
  if (isProfile(path)) return readProfile(path)
  const seed = options.seed ?? 0
  try {
    const profile = new Profile({ seed })
    for await (const batch of openTableBatches(path, { batchRows, ...sqlOptions(options) }))
      profile.update(picked(batch, options))
    if (profile.columns.length > 0) return profile
  } catch (error) {
    if (!(error instanceof FormatError && ofTypes.has(error.code))) throw error
  }
  return Profile.of(picked(await openTable(path, sqlOptions(options)), options), { seed })
}

function picked(table: Table, { columns, except, where }: ShiftCliOptions): Table {
  return selectTable(table, { ...(columns ? { columns } : {}), ...(except ? { except } : {}), ...(where === undefined ? {} : { where }) }) // biome-ignore format: one line
}

function readProfile(path: string): Profile {
  const { size } = statSync(path)
  if (size > mostBytes) throw new FormatError('too-large', `'${inert(path)}' has ${size} bytes, more than a profile of ${mostBytes}.`, { file: path }) // biome-ignore format: one line
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    throw new FormatError('bad-profile', `'${inert(path)}' is no profile that can be used: it is no JSON, damaged or truncated.`, { file: path }) // biome-ignore format: one line
  }
  return Profile.fromJSON(json, path)
}

function savedReport(reference: string, path: string, profile: Profile, bytes: number): ProfileSaved {
  const columns = profile.columns.map(({ name, type, missing, isNumbers, sketch, words, moments }): SavedColumn => {
    const { count, mean, m2, min, max } = moments
    const hasMoments = isNumbers && count > 0
    return {
      name,
      type,
      missing,
      kept: isNumbers ? sketch.size : words.counts.size,
      exact: isNumbers ? sketch.isExact : words.error === 0,
      error: isNumbers ? (sketch.isExact ? 0 : sketch.rankError()) : words.error / Math.max(1, words.count),
      min: hasMoments ? min : null,
      max: hasMoments ? max : null,
      mean: hasMoments ? mean : null,
      std: hasMoments ? Math.sqrt(m2 / count) : null,
    }
  })
  return { normball: version, command: 'shift', reference, current: null, profile: { path, rows: profile.rows, bytes, columns } } // biome-ignore format: one line
}

export function savedView({ reference, profile: { path, rows, bytes, columns } }: ProfileSaved): View {
  return {
    title: `${reference} → ${path}`,
    facts: [
      `${plural(rows, 'row')} summed up in ${bytes} bytes: normball shift ${path} CURRENT compares without them.`,
    ],
    sections: [
      {
        kind: 'table',
        title: 'Columns',
        noun: 'column',
        columns: [
          { key: 'name', title: 'column', meaning: 'Name in the table.', format: 'text' },
          { key: 'type', title: 'type', meaning: 'Type of the column.', format: 'text', rank: 2 },
          { key: 'kept', title: 'kept', meaning: 'Numbers or words that the profile keeps.', format: 'count', rank: 3 },
          { key: 'error', title: 'error', meaning: 'How far the share of numbers at most x, or of a word, may be off; 0 where all is kept.', format: 'number', rank: 0 },
          { key: 'missing', title: 'missing', meaning: 'Values that are missing.', format: 'count', rank: 1 },
          { key: 'min', title: 'min', meaning: 'Smallest finite number.', format: 'number', rank: 5 },
          { key: 'mean', title: 'mean', meaning: 'Mean of finite numbers.', format: 'number', rank: 4 },
          { key: 'std', title: 'std', meaning: 'Their deviation, of the population.', format: 'number', rank: 7 },
          { key: 'max', title: 'max', meaning: 'Largest finite number.', format: 'number', rank: 6 },
        ], // biome-ignore format: a line for each
        rows: columns.map((one) => ({ cells: [one.name, one.type, one.kept, one.error, one.missing, one.min, one.mean, one.std, one.max] })), // biome-ignore format: one line
      },
    ],
  }
}
