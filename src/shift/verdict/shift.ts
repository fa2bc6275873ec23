/** Whether and how two tables differ: tests of the four laws, and the mechanism that they name. */
import { inert, UsageError } from '../../core/index.js'
import type { Column, Table } from '../../table/index.js'
import { Generator, scope, tensor } from '../../tensor/index.js'
import { columnOf, type Features, featuresOf, standardized } from '../concept/features.js'
import { nestedModels } from '../concept/nested.js'
import { beyondOffsets } from '../concept/offsets.js'
import { conditionalPermutation } from '../concept/permutation.js'
import { inputsOf } from '../concept/predictor.js'
import { psOf } from '../concept/residual.js'
import { asClasses, type Target, targetOf } from '../concept/target.js'
import { compareRows } from '../multivariate/index.js'
import { serialLength } from '../permutation/serial.js'
import type { ColumnShift, TableShift } from '../types.js'
import { compareColumns, corrected } from '../univariate/index.js'
import { adviceOf, type Facts, findingsOf, summaryOf } from './conclude.js'
import { decide, type Laws } from './decide.js'
import { errorEffect } from './error.js'
import { evidenceOf, lawOfInputs } from './evidence.js'
import { type EstimatedShares, estimateShares, mixtureTest } from './labels.js'
import { predictionsOf, type ReferenceModel, referenceModel, scoresOf } from './referenceModel.js'
import { labelsOf, type Relations, relationsOf } from './relations.js'
import { roleNames } from './roleNames.js'
import { type Roles, rolesOf } from './roles.js'
import { inOrderOf, orderNote, sampleRows } from './rows.js'
import { type StratifiedTest, stratifiedTest } from './stratified.js'
import type { ConceptReport, ShiftOptions, ShiftReport } from './types.js'
import { unlabelledFindings } from './unlabelled.js'

/**
 * Compares two tables and names the mechanism of what changed.
 *
 * Columns are matched by name; what stands in one table only, counts rows or tells the time is left out and told. With a target that both tables have,
 * p(x), p(y) and p(y | x) are tested at a third of `alpha` each, so that at most `alpha` of verdicts on unchanged data are false alarms; p(x | y)
 * then helps to name the mechanism. Without labels only what x can tell is said. The same seed gives the same report.
 *
 * Throws UsageError for a target that the reference lacks, and options that cannot be.
 *
 * @example
 * const report = await shift(await openTable('june.csv'), await openTable('july.csv'), { target: 'churn' })
 * report.summary // 'Covariate shift: the inputs moved, and y given x holds.'
 */
export async function shift(
  givenReference: Table,
  givenCurrent: Table,
  options: ShiftOptions = {},
): Promise<ShiftReport> {
  const { alpha = 0.05, seed = 0, sample = 5000, time } = options
  const [reference, current] = [givenReference, givenCurrent].map((table) => time === undefined ? table : inOrderOf(table, time)) as [Table, Table] // biome-ignore format: one line
  checkOptions(reference, options)
  const generator = new Generator(seed)
  const inOrder = options.ordered === true || time !== undefined
  const roles = rolesOf(reference, current, roleNames(options))
  const notes = [...roles.notes]
  const [a, b] = [reference, current].map((table) => sampleRows(table, sample, generator)) as [Table, Table]
  if (a.rows < reference.rows || b.rows < current.rows)
    notes.push(
      `Of tables of more than ${sample} rows, that many drawn at random were looked at by tests of the whole table and of y.`,
    )
  const features = featuresOf(a, b, roles.inputs)
  const table = new Uint8Array(features.rows).fill(1, a.rows)
  const x = stratifiedTest(features.columns, table, new Int32Array(features.rows), generator, { inOrder })
  const target = labelledTarget(a, b, options)
  if (inOrder) notes.push(orderNote(features, target?.values ?? null, a.rows))
  const frame = {
    reference: reference.name,
    current: current.name,
    rows: [reference.rows, current.rows] as const,
    alpha,
    seed,
    columns: columnsOf(reference, current, roles, options),
    table: options.effects === false ? noTable : wholeTable(features, a.rows, options),
    leftOut: roles.leftOut,
    notes,
  }
  if (target === null || target.labels[1] === 0 || target.labels[0] === 0) {
    const guess = target === null || target.labels[0] === 0 ? null : guessShares(a, b, features, target.values, table, options, generator) // biome-ignore format: one line
    const found = unlabelledFindings({
      pX: x?.p ?? null,
      effect: effectOfInputs(x),
      alpha,
      movers: moversOf(frame.columns, roles),
      hasTarget: target !== null,
      mixture: guess?.mixture ?? null,
    })
    return {
      ...frame,
      ...found,
      target: target && { name: target.name, task: target.values.task, labels: target.labels },
      evidence: [lawOfInputs(x, features, alpha)],
      error: null,
      label: guess && withWarning(labelReport(guess.classes, [...guess.estimated.prior], null, guess.estimated), found.verdict.covariate.detected === true), // biome-ignore format: one line
      concept: null,
    }
  }
  const relations = relationsOf(features, target.values, table, generator, inOrder)
  const laws: Laws = {
    x: x?.p ?? null,
    y: relations.y.p,
    yGivenX: relations.yGivenX?.p ?? null,
    xGivenY: relations.xGivenY?.p ?? null,
  }
  let beyond: { p: number } | null = null
  const decision = decide(laws, alpha, () => {
    if (relations.labels && relations.residuals)
      beyond = beyondOffsets(relations.inputs, relations.labels, relations.table, generator, inOrder)
    return beyond?.p ?? null
  })
  const { effects = true } = options
  const { labels, residuals } = relations
  const model = effects && labels ? modelOf(a, b, relations, target.values, options, generator) : null
  const facts: Facts = {
    decision,
    laws,
    effects: {
      x: effectOfInputs(x),
      y: relations.y.effect,
      yGivenX: relations.yGivenX?.effect ?? null,
      spread: relations.yGivenX?.spread ?? null,
    },
    questions: [laws.x, laws.y, laws.yGivenX].filter((p) => p !== null).length,
    movers: moversOf(frame.columns, roles),
    isRegression: target.values.task === 'regression',
    isNoise: relations.yGivenX?.tails != null && 3 * Math.min(...psOf(relations.yGivenX)) > decision.level,
    error:
      model && labels && residuals ? errorEffect(model, labels, relations.table, residuals.propensity, unitOf(target.values)) : null, // biome-ignore format: one line
  }
  return {
    ...frame,
    verdict: findingsOf(facts),
    summary: summaryOf(decision),
    advice: adviceOf(facts),
    target: { name: target.name, task: target.values.task, labels: target.labels },
    evidence: evidenceOf(x, features, relations, decision.level),
    error: facts.error,
    label: labelOf(target.values, relations, model, seed),
    concept: conceptOf(relations, beyond, effects, generator),
  }
}

/** Rows of each table that the tests of the whole table look at: their cost grows with the square. */
const mostRows = 2000

/** Maximum mean discrepancy, energy distance and a classifier, on standardized features. */
function wholeTable(
  features: Features,
  split: number,
  { permutations = 199, seed = 0, ordered, time }: ShiftOptions,
): TableShift {
  const d = features.columns.length
  if (d === 0) return noTable
  const x = standardized(features)
  // Evenly over each table, so that rows in some order are all spoken for.
  const part = (from: number, to: number, count: number): Float64Array => {
    const some = new Float64Array(count * d)
    for (let i = 0; i < count; i++) {
      const row = from + Math.floor((i * (to - from)) / count)
      some.set(x.subarray(row * d, row * d + d), i * d)
    }
    return some
  }
  const [n, m] = [Math.min(mostRows, split), Math.min(mostRows, features.rows - split)]
  // As long as the columns remember; ten blocks of each table at least, which folds need.
  const blockLength =
    ordered === true || time !== undefined ? Math.max(1, Math.min(serialLength(split, features.columns), Math.floor(Math.min(n, m) / 10))) : 1 // biome-ignore format: one line
  return scope(() => {
    const A = tensor(part(0, split, n), { dtype: 'f64' }).reshape([n, d])
    const B = tensor(part(split, features.rows, m), { dtype: 'f64' }).reshape([m, d])
    return compareRows(A, B, { names: features.names, permutations, seed, blockLength })
  })
}

const noTable: TableShift = { mmd: null, energy: null, c2st: null }

/** The inputs, the target and scores, each compared over all rows; corrected for their number. */
function columnsOf(reference: Table, current: Table, roles: Roles, options: ShiftOptions): ColumnShift[] {
  const { target, scores = [], prediction, alpha = 0.05, seed = 0, ordered, time, permutations } = options
  const has = (name: string): boolean => [reference, current].every(({ columns }) => columns.some((one) => one.name === name)) // biome-ignore format: one line
  const others = [target, ...scores, prediction].filter((name) => name !== undefined && has(name)) as string[]
  const settings = { alpha, seed, timeOrder: ordered === true || time !== undefined, ...(permutations === undefined ? {} : { permutations }) } // biome-ignore format: one line
  // Classes that are written as numbers are classes.
  const isClasses = target !== undefined && has(target) && targetOf(columnOf(reference, target), columnOf(current, target), current.rows, options.task ?? 'auto').task === 'classification' // biome-ignore format: one line
  const read = (table: Table, name: string): Column => (isClasses && name === target ? asClasses(columnOf(table, name)) : columnOf(table, name)) // biome-ignore format: one line
  const compared = [...roles.inputs, ...others].map((name) => compareColumns(read(reference, name), read(current, name), settings)) // biome-ignore format: one line
  return corrected(compared, alpha)
}

function checkOptions(reference: Table, { target, alpha = 0.05, sample = 5000 }: ShiftOptions): void {
  if (!(alpha > 0 && alpha < 1)) throw new UsageError(`shift: alpha ${alpha}; expected a number between 0 and 1.`)
  if (!Number.isInteger(sample) || sample < 50)
    throw new UsageError(`shift: sample ${sample}; expected a whole number from 50 on.`)
  if (target !== undefined && !reference.columns.some(({ name }) => name === target))
    throw new UsageError(`shift: the reference '${inert(reference.name)}' has no column '${inert(target)}' to be the target; it has ${reference.columns.slice(0, 8).map(({ name }) => `'${inert(name)}'`).join(', ')}.`) // biome-ignore format: one line
}

interface LabelledTarget {
  readonly name: string
  readonly values: Target
  readonly labels: readonly [number, number]
}

function labelledTarget(a: Table, b: Table, { target, task = 'auto' }: ShiftOptions): LabelledTarget | null {
  if (target === undefined) return null
  const own = b.columns.some(({ name }) => name === target) ? columnOf(b, target) : null
  const values = targetOf(columnOf(a, target), own, b.rows, task)
  const has = (row: number): boolean => (values.task === 'classification' ? values.codes[row]! >= 0 : Number.isFinite(values.values[row]!)) // biome-ignore format: one line
  const count = (from: number, to: number): number => Array.from({ length: to - from }, (_, i) => Number(has(from + i))).reduce((sum, one) => sum + one, 0) // biome-ignore format: one line
  return { name: target, values, labels: [count(0, a.rows), count(a.rows, a.rows + b.rows)] }
}

/** Deviation of numbers; 1 of classes. */
function unitOf(target: Target): number {
  if (target.task === 'classification') return 1
  const known = target.values.filter(Number.isFinite)
  const mean = known.reduce((sum, value) => sum + value / known.length, 0)
  return Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2 / known.length, 0))
}

/** 0 where trees cannot tell the tables apart, 1 where they always can. */
const effectOfInputs = (x: StratifiedTest | null): number | null => (x?.trees ? Math.max(0, 2 * x.trees.auc - 1) : null)

/** The inputs that moved, by the size of it. */
function moversOf(columns: readonly ColumnShift[], { inputs }: Roles): string[] {
  return columns
    .filter(({ name, detected }) => detected && inputs.includes(name))
    .sort((a, b) => (b.effect ?? 0) - (a.effect ?? 0))
    .slice(0, 3)
    .map(({ name }) => name)
}

/** Scores that the tables have, or what a model fitted on the reference says. */
function modelOf(
  a: Table,
  b: Table,
  { inputs, labels, table, rows }: Relations,
  target: Target,
  { scores, prediction }: ShiftOptions,
  generator: Generator,
): ReferenceModel {
  if (target.task === 'regression' && prediction !== undefined) {
    const { name, values } = predictionsOf(a, b, prediction)
    // In the unit of the labels, which are standardized.
    const unit = unitOf(target)
    const mean = rows.reduce((sum, row) => sum + target.values[row]! / rows.length, 0)
    return { name, said: [Float64Array.from(rows, (row) => (values[row]! - mean) / unit)] }
  }
  if (scores === undefined || scores.length === 0 || labels!.classes === null) return referenceModel(inputs, labels!, table, generator) // biome-ignore format: one line
  const { name, said } = scoresOf(a, b, scores, labels!.classes)
  return { name: `the model of ${name}`, said: said.map((p) => Float64Array.from(rows, (row) => p[row]!)) }
}

/** Shares of the classes in a table without labels, and whether they explain its inputs; null where the target is numbers or has one class. */
function guessShares(
  a: Table,
  b: Table,
  features: Features,
  target: Target,
  table: Uint8Array,
  options: ShiftOptions,
  generator: Generator,
) {
  // biome-ignore format: one line
  if (target.task === 'regression') return null
  // Rows of the reference that have a label, and all current ones, whose labels nobody looks at.
  const rows = Int32Array.from(table.keys()).filter((row) => table[row] === 1 || target.codes[row]! >= 0)
  const known = rows.filter((row) => table[row] === 0)
  const labels = labelsOf(target, known)
  if (labels?.codes == null || features.columns.length === 0 || known.length < 50) return null
  const own = Uint8Array.from(rows, (row) => table[row]!)
  const codes = new Int32Array(rows.length)
  codes.set(labels.codes)
  const columns = features.columns.map((values) => Float64Array.from(rows, (row) => values[row]!))
  const given = options.scores?.length ? scoresOf(a, b, options.scores, labels.classes!) : null
  const model: ReferenceModel = given
    ? { name: given.name, said: given.said.map((p) => Float64Array.from(rows, (row) => p[row]!)) }
    : referenceModel(inputsOf(columns, rows.length), { ...labels, codes }, own, generator)
  const estimated = estimateShares(model, codes, own, options.seed ?? 0)
  return {
    estimated,
    mixture: mixtureTest(
      columns,
      codes,
      own,
      estimated,
      generator,
      options.ordered === true || options.time !== undefined,
    ),
    classes: labels.names!,
  }
}

function labelOf(
  target: Target,
  { y, labels, table }: Relations,
  model: ReferenceModel | null,
  seed: number,
): ShiftReport['label'] {
  // biome-ignore format: one line
  if (target.task === 'regression' || y.shares === null) return null
  const estimated = model && labels?.codes ? estimateShares(model, labels.codes, table, seed) : null
  // Estimates speak of the classes that are there.
  const places = labels?.names?.map((name) => target.classes.indexOf(name)) ?? target.classes.map((_, k) => k)
  return labelReport(
    places.map((k) => target.classes[k]!),
    places.map((k) => y.shares![0][k]!),
    places.map((k) => y.shares![1][k]!),
    estimated,
  )
}

function labelReport(
  classes: readonly string[],
  prior: readonly number[],
  observed: readonly number[] | null,
  estimated: EstimatedShares | null,
): NonNullable<ShiftReport['label']> {
  const of = (method: 'bbse' | 'em' | 'rlls'): number[] | null => estimated && [...estimated.report.estimates[method].priors] // biome-ignore format: one line
  return {
    classes,
    prior,
    observed,
    estimated: { bbse: of('bbse'), em: of('em'), rlls: of('rlls') },
    intervals: estimated && intervalsOf(estimated),
    condition: estimated?.report.confusion.hard.condition ?? null,
    warnings: estimated?.report.warnings ?? [],
  }
}

/** Estimates of shares rest on x given y holding, which inputs that no shares explain contradict. */
function withWarning(label: NonNullable<ShiftReport['label']>, isContradicted: boolean): ShiftReport['label'] {
  const warning = 'The estimates hold if x given y does; but no shares of the classes explain how the inputs moved.'
  return isContradicted ? { ...label, warnings: [warning, ...label.warnings] } : label
}

function intervalsOf({ report }: EstimatedShares): NonNullable<NonNullable<ShiftReport['label']>['intervals']> {
  const of = (method: 'bbse' | 'em' | 'rlls'): (readonly [number, number])[] | null => {
    const found = report.estimates[method].intervals?.priors
    return found ? Array.from(found.low, (low, k) => [low, found.high[k]!] as const) : null
  }
  return { bbse: of('bbse'), em: of('em'), rlls: of('rlls') }
}

/** Draws of the conditional permutation test. */
const permutations = 199

function conceptOf(
  { inputs, labels, table, residuals, yGivenX }: Relations,
  beyond: { p: number } | null,
  effects: boolean,
  generator: Generator,
): ConceptReport | null {
  if (labels === null || residuals === null || yGivenX === null) return null
  const { mean, slopes, learned, tails, p, change, effect, spread } = yGivenX
  const isApart = inputs.order === null
  const why = `rows resemble their neighbours in time (blocks of ${inputs.order?.length} rows), and it takes rows as independent`
  const skipped = isApart || !effects ? [] : (['nested', 'permutation'] as const).map((what) => ({ what, why }))
  // Rows without gaps, as a linear model needs them.
  const whole = Int32Array.from(table.keys()).filter((row) =>
    inputs.columns.every((values) => Number.isFinite(values[row]!)),
  )
  const take = (values: Float64Array): Float64Array => Float64Array.from(whole, (row) => values[row]!)
  const y = labels.codes
    ? { codes: Int32Array.from(whole, (row) => labels.codes![row]!), classes: labels.classes! }
    : { values: take(labels.values!) }
  return {
    nested:
      effects && isApart
        ? nestedModels(
            inputs.columns.map(take),
            Uint8Array.from(whole, (row) => table[row]!),
            y,
          )
        : null,
    residual: { mean, slopes, learned, tails, p },
    permutation: effects && isApart ? conditionalPermutation(residuals, change, table, permutations, generator) : null,
    beyondPriors: beyond,
    skipped,
    effect,
    spread,
  }
}
