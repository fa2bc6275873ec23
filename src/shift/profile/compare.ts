/** Two tables compared where at least the reference is a profile: the report of `shift`, with what needs rows left null. */
import { inert, UsageError } from '../../core/index.js'
import type { Column, Table } from '../../table/index.js'
import type { ColumnShift, Finding } from '../types.js'
import { asWords, corrected } from '../univariate/columns.js'
import { settingsOf } from '../univariate/options.js'
import { showP } from '../verdict/conclude.js'
import type { Advice, ShiftReport } from '../verdict/types.js'
import { ColumnProfile } from './column.js'
import { compareColumnProfiles } from './columns.js'
import { Profile } from './profile.js'

export interface CompareProfilesOptions {
  /** Column to be predicted: told apart from the inputs. */
  target?: string
  /** Columns that are left out. */
  exclude?: readonly string[]
  /** False alarms of the whole verdict, at most; 0.05 by default. */
  alpha?: number
  permutations?: number
  seed?: number
  /** What the tables are called. */
  names?: readonly [reference: string, current: string]
}

/**
 * Compares a reference that is known by its profile with a current table, or with its profile, column by column: the report of `shift`. Where both keep their
 * values exactly, figures are those of the rows; else the error of the sketches is in the p-values, and told in the notes of a column. MMD, energy
 * distance and classifier need rows and are null. p(x) is judged by its columns (Holm); which mechanism moved them, and whether y given x
 * holds, a profile cannot tell.
 *
 * Throws UsageError for a target that the reference lacks, where no column is in both, and for impossible options.
 *
 * @example
 * const report = compareProfiles(Profile.of(june), july)
 * report.columns[0].ks
 */
export function compareProfiles(
  reference: Profile,
  current: Profile | Table,
  options: CompareProfilesOptions = {},
): ShiftReport {
  const { target, alpha = 0.05, seed = 0, permutations } = options
  const settings = settingsOf('compareProfiles', {
    alpha,
    seed,
    ...(permutations === undefined ? {} : { permutations }),
  })
  const excluded = new Set(options.exclude)
  const names = options.names ?? ['the reference', current instanceof Profile ? 'the current profile' : current.name]
  if (target !== undefined && !reference.columns.some(({ name }) => name === target))
    throw new UsageError(`shift: the reference '${inert(names[0])}' has no column '${inert(target)}' to be the target; it has ${reference.columns.slice(0, 8).map(({ name }) => `'${inert(name)}'`).join(', ')}.`) // biome-ignore format: one line
  const theirs = new Map<string, ColumnProfile | Column>(current.columns.map((column) => [column.name, column]))
  const known = new Set(reference.columns.map(({ name }) => name))
  const leftOut: { name: string; why: string }[] = []
  const compared: ColumnShift[] = []
  for (const own of reference.columns) {
    const { name } = own
    const found = theirs.get(name)
    if (excluded.has(name)) leftOut.push({ name, why: 'left out as asked' })
    else if (found === undefined) name !== target && leftOut.push({ name, why: 'only the reference has it' })
    else {
      const other = found instanceof ColumnProfile ? found : exactly(found, own)
      const why = name === target ? null : reasonAgainst(own, other)
      if (why === null) compared.push(compareColumnProfiles(own, other, settings))
      else leftOut.push({ name, why })
    }
  }
  for (const { name } of current.columns) if (!known.has(name)) leftOut.push({ name, why: 'only the current table has it' }) // biome-ignore format: one line
  if (compared.length === 0) throw new UsageError(`shift: '${inert(names[0])}' and '${inert(names[1])}' have no column that can be compared.`) // biome-ignore format: one line
  const columns = corrected(compared, alpha)
  return {
    reference: names[0],
    current: names[1],
    rows: [reference.rows, current.rows],
    alpha,
    seed,
    columns,
    table: { mmd: null, energy: null, c2st: null },
    leftOut,
    error: null,
    concept: null,
    notes: ['The reference is a profile, which has no rows: columns are compared one by one; MMD, energy distance, classifier and tests of y given x need rows.'], // biome-ignore format: one line
    ...verdictOf(
      columns,
      target ?? null,
      alpha,
      compared.some(({ name }) => name === target),
    ),
    target: target === undefined ? null : targetOf(columns, reference, target),
    label: null,
  }
}

/** The column of a table with all its values, as words where the reference's is. */
function exactly(column: Column, like: ColumnProfile): ColumnProfile {
  const isWords = column.type === 'text' && !like.isNumbers
  const asked: Column = isWords ? { name: column.name, missing: column.missing, absent: column.absent, type: 'categorical', codes: Int32Array.from(asWords(column).codes), categories: asWords(column).categories } : column // biome-ignore format: one line
  const made = new ColumnProfile(column.name, asked.type, { k: Number.POSITIVE_INFINITY, categories: Number.POSITIVE_INFINITY, seed: 0 }) // biome-ignore format: one line
  made.update(asked)
  return made
}

/** Rows that it takes to know a counter. */
const fewest = 20

/** Why a column says nothing about the inputs, as far as profiles tell; null where it may. */
function reasonAgainst(a: ColumnProfile, b: ColumnProfile): string | null {
  if (a.missing === a.rows && b.missing === b.rows) return 'all of it is missing'
  if (a.type === 'text' || b.type === 'text') return 'text: words that hardly repeat'
  if (a.rows + b.rows < fewest) return null
  const isNaming = ({ words }: ColumnProfile): boolean => words.error === 0 && words.counts.size > 0.9 * words.count
  if (!a.isNumbers && !b.isNumbers)
    return isNaming(a) && isNaming(b) ? 'it names rows: hardly a word comes twice' : null
  if (a.type === 'time' && b.type === 'time' && isApart(a, b)) return 'it tells the time, which always moves'
  return isCounter(a) && isCounter(b) ? 'it counts rows: whole numbers, each once' : null
}

function isApart({ moments: a }: ColumnProfile, { moments: b }: ColumnProfile): boolean {
  return a.count > 0 && b.count > 0 && (b.min > a.max || a.min > b.max)
}

/** Whole numbers, no kept one twice, that fill most of their range. */
function isCounter({ sketch, moments, nan, negInf, posInf }: ColumnProfile): boolean {
  if (sketch.count < fewest / 2 || nan + negInf + posInf > 0 || moments.max - moments.min + 1 > 2 * sketch.count)
    return false
  const { values, weights } = sketch.weighted()
  return values.every((value, i) => Number.isInteger(value) && value !== values[i - 1] && (!sketch.isExact || weights[i] === 1)) // biome-ignore format: one line
}

function targetOf(columns: readonly ColumnShift[], reference: Profile, name: string): ShiftReport['target'] {
  const found = columns.find((column) => column.name === name)
  const own = reference.columns.find((column) => column.name === name)!
  return { name, task: own.isNumbers ? 'regression' : 'classification', labels: [own.rows - own.missing, found?.n[1] ?? 0] } // biome-ignore format: one line
}

type Verdict = Pick<ShiftReport, 'verdict' | 'summary' | 'advice' | 'evidence'>

function verdictOf(columns: readonly ColumnShift[], target: string | null, alpha: number, hasLabels: boolean): Verdict {
  const y = hasLabels ? columns.find(({ name }) => name === target)! : null
  const inputs = corrected(
    columns.filter(({ name }) => name !== target),
    alpha,
  )
  const pX = inputs.reduce<number | null>((least, { pHolm }) => (pHolm === null ? least : Math.min(least ?? 1, pHolm)), null) // biome-ignore format: one line
  // Two questions share alpha.
  const level = y?.p == null ? alpha : alpha / 2
  const [movedX, movedY] = [pX !== null && pX <= level, y?.p != null && y.p <= level]
  const effect = inputs.reduce<number | null>((most, one) => (one.effect === null ? most : Math.max(most ?? 0, one.effect)), null) // biome-ignore format: one line
  const movers = inputs.filter(({ detected }) => detected).sort((a, b) => b.effect! - a.effect!).slice(0, 3).map(({ name }) => `'${name}'`) // biome-ignore format: one line
  const most = movers.length > 0 ? `, most in ${movers.join(', ')}` : ''
  const cannot = 'a profile has no rows, and cannot tell whether y given x holds'
  const unknown: Finding = { detected: null, p: null, effect: null, why: target === null ? 'Nothing is to be predicted: name the target column.' : `Cannot tell: ${cannot}.` } // biome-ignore format: one line
  const covariate: Finding = {
    detected: pX === null ? null : !movedX ? false : movedY ? null : true,
    p: pX,
    effect,
    why: pX === null ? 'There is no column to compare.' : !movedX ? `No input is distributed otherwise (${showP(pX)} of all columns).` : movedY ? `The inputs moved (${showP(pX)}${most}), and what is predicted as well (${showP(y!.p)}): which of them is the cause takes rows to tell.` : `The inputs moved (${showP(pX)}${most}); ${cannot}.`, // biome-ignore format: one line
  }
  const label: Finding = y?.p == null ? unknown : {
    detected: movedY ? null : false,
    p: y.p,
    effect: y.effect,
    why: movedY ? `What is predicted moved (${showP(y.p)}); whether x given y holds takes rows to tell.` : `What is predicted is distributed alike (${showP(y.p)}).`, // biome-ignore format: one line
  } // biome-ignore format: one object
  const summary = movedX && movedY ? 'The inputs and what is predicted moved; which of the shifts it is takes rows to tell.' : movedX ? `Covariate shift: the inputs moved${target === null ? '' : `; ${cannot}`}.` : movedY ? 'What is predicted moved, and no input: label or concept shift, which takes rows to tell.' : `The columns are distributed alike${target === null ? '' : `; ${cannot}`}.` // biome-ignore format: one line
  const advice: Advice[] = movedX || movedY ? [{ what: 'look', why: 'Compare with rows of the reference (normball shift REFERENCE CURRENT), which tell the kinds of shift apart.' }] : [{ what: 'nothing', why: 'No column is distributed otherwise.' }] // biome-ignore format: one line
  const evidence: Verdict['evidence'] = [
    { law: 'p(x)', p: pX, moved: pX === null ? null : movedX, tests: [{ name: 'the column that differs most, corrected for their number (Holm)', p: pX ?? 1, on: movers[0]?.slice(1, -1) ?? null }] }, // biome-ignore format: one line
    ...(y?.p == null ? [] : [{ law: 'p(y)' as const, p: y.p, moved: movedY, tests: [] }]),
  ]
  return { verdict: { covariate, label, concept: unknown }, summary, advice, evidence }
}
