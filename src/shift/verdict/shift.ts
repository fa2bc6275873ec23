/** Whether and how two tables differ: tests of the four laws, and the mechanism that they name. */
import { inert, UsageError } from '../../core/index.js'
import type { Column, Table } from '../../table/index.js'
import { Generator } from '../../tensor/index.js'
import { columnOf, type Features, featuresOf } from '../concept/features.js'
import { nestedModels } from '../concept/nested.js'
import { beyondOffsets } from '../concept/offsets.js'
import { conditionalPermutation } from '../concept/permutation.js'
import { asClasses, type Target, targetOf } from '../concept/target.js'
import type { ColumnShift, TableShift } from '../types.js'
import { compareColumns, corrected } from '../univariate/index.js'
import { adviceOf, type Facts, findingsOf, summaryOf } from './conclude.js'
import { decide, type Laws } from './decide.js'
import { errorEffect } from './error.js'
import { type Relations, relationsOf } from './relations.js'
import { known, type Roles, rolesOf } from './roles.js'
import { sampleRows } from './rows.js'
import { type StratifiedTest, stratifiedTest } from './stratified.js'
import type { ConceptReport, LawTest, ShiftOptions, ShiftReport } from './types.js'
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
export async function shift(reference: Table, current: Table, options: ShiftOptions = {}): Promise<ShiftReport> {
  const { alpha = 0.05, seed = 0, sample = 5000 } = options
  checkOptions(reference, options)
  const generator = new Generator(seed)
  const roles = rolesOf(reference, current, roleNames(options))
  const notes = [...roles.notes]
  const [a, b] = [reference, current].map((table) => sampleRows(table, sample, generator)) as [Table, Table]
  if (a.rows < reference.rows || b.rows < current.rows)
    notes.push(
      `Of tables of more than ${sample} rows, that many drawn at random were looked at by tests of the whole table and of y.`,
    )
  const features = featuresOf(a, b, roles.inputs)
  const table = new Uint8Array(features.rows).fill(1, a.rows)
  const x = stratifiedTest(features.columns, table, new Int32Array(features.rows), generator)
  const frame = {
    reference: reference.name,
    current: current.name,
    rows: [reference.rows, current.rows] as const,
    alpha,
    seed,
    columns: columnsOf(reference, current, roles, options),
    table: noTable,
    leftOut: roles.leftOut,
    notes,
  }
  const target = labelledTarget(a, b, options)
  if (target === null || target.labels[1] === 0 || target.labels[0] === 0) {
    const found = unlabelledFindings({
      pX: x?.p ?? null,
      effect: effectOfInputs(x),
      alpha,
      movers: moversOf(frame.columns, roles),
      hasTarget: target !== null,
      mixture: null,
    })
    return {
      ...frame,
      ...found,
      target: target && { name: target.name, task: target.values.task, labels: target.labels },
      evidence: [lawOfInputs(x, features, alpha)],
      error: null,
      label: null,
      concept: null,
    }
  }
  const relations = relationsOf(features, target.values, table, generator)
  const laws: Laws = {
    x: x?.p ?? null,
    y: relations.y.p,
    yGivenX: relations.yGivenX?.p ?? null,
    xGivenY: relations.xGivenY?.p ?? null,
  }
  let beyond: { p: number } | null = null
  const decision = decide(laws, alpha, () => {
    if (relations.labels) beyond = beyondOffsets(relations.inputs, relations.labels, relations.table, generator)
    return beyond?.p ?? null
  })
  const { effects = true } = options
  const { labels, residuals } = relations
  const facts: Facts = {
    decision,
    laws,
    effects: { x: effectOfInputs(x), y: relations.y.effect, yGivenX: relations.yGivenX?.effect ?? null },
    questions: [laws.x, laws.y, laws.yGivenX].filter((p) => p !== null).length,
    movers: moversOf(frame.columns, roles),
    isRegression: target.values.task === 'regression',
    error:
      effects && labels && residuals
        ? errorEffect(relations.inputs, labels, relations.table, residuals.propensity, unitOf(target.values), generator)
        : null,
  }
  return {
    ...frame,
    verdict: findingsOf(facts),
    summary: summaryOf(decision),
    advice: adviceOf(facts),
    target: { name: target.name, task: target.values.task, labels: target.labels },
    evidence: evidenceOf(x, features, relations, decision.level),
    error: facts.error,
    label: labelOf(target.values, relations),
    concept: conceptOf(relations, beyond, effects, generator),
  }
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

function roleNames({ target, exclude = [], scores = [], prediction, time }: ShiftOptions): Map<string, string> {
  return new Map([
    ...exclude.map((name) => [name, 'left out as asked'] as const),
    ...scores.map((name) => [name, known] as const),
    ...(prediction === undefined ? [] : [[prediction, known] as const]),
    ...(time === undefined ? [] : [[time, 'the order of time'] as const]),
    ...(target === undefined ? [] : [[target, known] as const]),
  ])
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
  const has = (row: number): boolean => values.task === 'classification' ? values.codes[row]! >= 0 : Number.isFinite(values.values[row]!) // biome-ignore format: one line
  let [inA, inB] = [0, 0]
  for (let row = 0; row < a.rows; row++) if (has(row)) inA++
  for (let row = a.rows; row < a.rows + b.rows; row++) if (has(row)) inB++
  return { name: target, values, labels: [inA, inB] }
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

function lawOfInputs(x: StratifiedTest | null, features: Features, level: number): LawTest {
  return { law: 'p(x)', p: x?.p ?? null, moved: x && x.p <= level, tests: x ? testsOf(x, features) : [] }
}

function testsOf(test: StratifiedTest, features: Features): LawTest['tests'] {
  return [
    { name: 'the feature that differs most', p: test.columns.p, on: features.names[test.columns.feature] ?? null },
    { name: 'rank sums of all features', p: test.ranks.p, on: null },
    ...(test.trees ? [{ name: 'boosted trees that tell the tables apart', p: test.trees.p, on: null }] : []),
  ]
}

function evidenceOf(
  x: StratifiedTest | null,
  features: Features,
  { y, yGivenX, xGivenY }: Relations,
  level: number,
): LawTest[] {
  const law = (name: LawTest['law'], p: number | null, tests: LawTest['tests']): LawTest => ({
    law: name,
    p,
    moved: p === null ? null : p <= level,
    tests,
  })
  return [
    lawOfInputs(x, features, level),
    law('p(y)', y.p, [{ name: y.test, p: y.p, on: null }]),
    law('p(y|x)', yGivenX?.p ?? null, yGivenX ? [
      { name: 'mean of products of residuals', p: yGivenX.mean.p, on: null },
      ...(yGivenX.slopes ? [{ name: 'products of residuals along the features', p: yGivenX.slopes.p, on: null }] : []),
      { name: 'products of residuals along the change that trees found', p: yGivenX.learned.p, on: null },
    ] : []), // biome-ignore format: three tests
    law('p(x|y)', xGivenY?.p ?? null, xGivenY ? testsOf(xGivenY, features) : []),
  ]
}

function labelOf(target: Target, { y }: Relations): ShiftReport['label'] {
  if (target.task === 'regression' || y.shares === null) return null
  return {
    classes: target.classes,
    prior: y.shares[0],
    observed: y.shares[1],
    estimated: { bbse: null, em: null, rlls: null },
    condition: null,
    warnings: [],
  }
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
  const { mean, slopes, learned, p, change, effect } = yGivenX
  // Rows without gaps, as a linear model needs them.
  const whole = Int32Array.from(table.keys()).filter((row) =>
    inputs.columns.every((values) => Number.isFinite(values[row]!)),
  )
  const take = (values: Float64Array): Float64Array => Float64Array.from(whole, (row) => values[row]!)
  const y = labels.codes
    ? { codes: Int32Array.from(whole, (row) => labels.codes![row]!), classes: labels.classes! }
    : { values: take(labels.values!) }
  return {
    nested: effects
      ? nestedModels(
          inputs.columns.map(take),
          Uint8Array.from(whole, (row) => table[row]!),
          y,
        )
      : null,
    residual: { mean, slopes, learned, p },
    permutation: effects ? conditionalPermutation(residuals, change, table, permutations, generator) : null,
    beyondPriors: beyond,
    effect,
  }
}
