/** What each rule says about a measured checkpoint. */
import { closest, inert, isFloating } from '../../core/index.js'
import type { LipschitzReport } from '../chain/types.js'
import { nameMatcher } from '../select.js'
import type { FileReport, Flag, Severity, TensorFigures } from '../types.js'
import { figures, totals } from './figures.js'
import type { CheckedRule, CheckFailure, CheckRule, Limit, Limits } from './types.js'

/** The change of one tensor; figures that were not computed are null. */
export type Change = Readonly<Record<string, unknown>>

/** What changed since the baseline, by names of the checkpoint that is checked. */
export interface Changes {
  readonly tensors: ReadonlyMap<string, Change>
  /** Tensors with no counterpart, or none of their shape, and why. */
  readonly broken: ReadonlyMap<string, string>
}

export interface Evidence {
  readonly file: FileReport
  readonly changes: Changes | null
  /** By rule. */
  readonly bounds: ReadonlyMap<CheckRule, LipschitzReport>
}

/** Fails at the first sight of what a rule forbids; every failure is listed. */
export function evaluate(rule: CheckRule, evidence: Evidence): CheckedRule {
  const { name, severity = 'error' } = rule
  const failures: CheckFailure[] = []
  const perTensor = rule.limits !== undefined || rule.flags !== undefined || rule.change !== undefined
  const selected = perTensor ? select(rule, evidence.file.tensors) : []
  const names = evidence.file.tensors.map((tensor) => tensor.name)
  if (perTensor && selected.length === 0 && rule.optional !== true) failures.push(nothingMatched(rule, names))
  const applied = new Set<string>()
  for (const tensor of selected) {
    if (rule.flags) {
      applied.add(tensor.name)
      for (const flag of tensor.flags) if (forbids(rule.flags, flag)) failures.push(ofFlag(tensor, flag))
    }
    if (rule.limits && checkLimits(rule.limits, tensor, evidence.file, failures)) applied.add(tensor.name)
  }
  if (rule.limits && selected.length > 0 && applied.size === 0 && rule.optional !== true)
    failures.push({
      ...nowhere,
      message: `none of the ${selected.length} tensors has the figure${Object.keys(rule.limits).length > 1 ? 's' : ''} ${Object.keys(rule.limits).join(', ')}.`,
    })
  if (rule.change) checkChanges(rule, rule.change, selected, evidence.changes, applied, failures)
  if (rule.totals) checkTotals(rule.totals, evidence.file, failures)
  checkNames(rule, names, failures)
  if (rule.lipschitz) checkBound(rule.lipschitz, evidence.bounds.get(rule)!, failures)
  const told =
    rule.message === undefined
      ? failures
      : failures.map((one) => ({ ...one, message: `${rule.message} (${one.message})` }))
  return { name, severity, passed: failures.length === 0, checked: [...applied], failures: told }
}

const nowhere = { tensor: null, figure: null, value: null, expected: null }
const listOf = (globs: string | readonly string[] | undefined): readonly string[] =>
  globs === undefined ? [] : typeof globs === 'string' ? [globs] : globs

/** Counters and index tables are no weights: whole numbers are looked at only where the rule names their kind. */
function select({ tensors, kinds }: CheckRule, all: readonly TensorFigures[]): TensorFigures[] {
  const matches = nameMatcher(listOf(tensors))
  return all.filter(
    ({ name, kind, storage }) => matches(name) && (kinds === undefined ? isFloating(storage) : kinds.includes(kind)),
  )
}

function nothingMatched({ tensors, kinds }: CheckRule, names: readonly string[]): CheckFailure {
  const globs = listOf(tensors)
  const what = [
    globs.length > 0 ? globs.map((glob) => `'${inert(glob, 80)}'`).join(', ') : '',
    kinds === undefined ? '' : `kind ${kinds.join(', ')}`,
  ].filter((part) => part !== '')
  const near = globs.length === 0 ? [] : closest(globs[0]!.replaceAll('*', ''), names, 2)
  const hint = near.length > 0 ? ` Did you mean ${near.map((name) => `'${inert(name, 80)}'`).join(' or ')}?` : ''
  return {
    ...nowhere,
    message: `the rule matches none of the ${names.length} tensors${what.length > 0 ? ` (${what.join('; ')})` : ''}.${hint}`,
  }
}

const ranks: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

function forbids({ codes, severity = 'info', except = [] }: NonNullable<CheckRule['flags']>, flag: Flag): boolean {
  return (codes?.includes(flag.code) ?? true) && !except.includes(flag.code) && ranks[flag.severity] <= ranks[severity]
}

function ofFlag({ name }: TensorFigures, { code, message }: Flag): CheckFailure {
  return { tensor: name, figure: code, value: null, expected: 'no such flag', message: `${code}: ${message}` }
}

/** Whether the tensor has one of the figures. */
function checkLimits(limits: Limits, tensor: TensorFigures, file: FileReport, failures: CheckFailure[]): boolean {
  let has = false
  for (const [figure, limit] of Object.entries(limits)) {
    const value = figures[figure]!(tensor)
    if (value === undefined) continue
    has = true
    const why = value === null ? (whySkipped(file, tensor.name) ?? 'it could not be computed') : undefined
    compare(tensor.name, figure, value, limit, failures, why)
  }
  return has
}

function whySkipped({ skipped }: FileReport, name: string): string | undefined {
  return skipped.find((one) => one.name === name && one.what !== 'alpha')?.why
}

function compare(
  tensor: string | null,
  figure: string,
  value: number | null,
  limit: Limit,
  failures: CheckFailure[],
  why?: string,
): void {
  const fail = (expected: string, message: string): void =>
    void failures.push({ tensor, figure, value, expected, message })
  if (value === null) {
    fail(expectation(limit), `${figure} is not known: ${why ?? 'it could not be computed'}.`)
    return
  }
  const { min, max, equals } = limit
  // Written so that NaN fails.
  if (max !== undefined && !(value <= max))
    fail(`at most ${max}`, `${figure} is ${show(value)}; expected at most ${max}.`)
  if (min !== undefined && !(value >= min))
    fail(`at least ${min}`, `${figure} is ${show(value)}; expected at least ${min}.`)
  if (equals !== undefined && value !== equals) fail(`${equals}`, `${figure} is ${show(value)}; expected ${equals}.`)
}

function expectation({ min, max, equals }: Limit): string {
  const parts = [
    max === undefined ? '' : `at most ${max}`,
    min === undefined ? '' : `at least ${min}`,
    equals === undefined ? '' : `${equals}`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

/** Six significant digits: enough to see on which side of a limit a value is. */
function show(value: number): string {
  return String(Number(value.toPrecision(6)))
}

function checkChanges(
  rule: CheckRule,
  limits: Limits,
  selected: readonly TensorFigures[],
  changes: Changes | null,
  applied: Set<string>,
  failures: CheckFailure[],
): void {
  if (changes === null) {
    failures.push({
      ...nowhere,
      message: 'the rule is about a change, and there is no baseline. Give one with --baseline.',
    })
    return
  }
  for (const { name } of selected) {
    applied.add(name)
    const broken = changes.broken.get(name)
    const change = changes.tensors.get(name)
    if (broken !== undefined || change === undefined) {
      failures.push({ ...nowhere, tensor: name, message: broken ?? 'the baseline has no such tensor.' })
      continue
    }
    for (const [figure, limit] of Object.entries(limits)) {
      const value = change[figure]
      compare(name, figure, typeof value === 'number' ? value : null, limit, failures)
    }
  }
  const matches = nameMatcher(listOf(rule.tensors))
  const names = new Set(selected.map(({ name }) => name))
  for (const [name, why] of changes.broken)
    if (!names.has(name) && rule.kinds === undefined && matches(name))
      failures.push({ ...nowhere, tensor: name, message: why })
}

function checkTotals(limits: Limits, file: FileReport, failures: CheckFailure[]): void {
  for (const [figure, limit] of Object.entries(limits))
    compare(null, figure, totals[figure]!(file.totals) ?? null, limit, failures)
}

function checkNames({ required, forbidden }: CheckRule, names: readonly string[], failures: CheckFailure[]): void {
  for (const glob of listOf(required)) {
    if (names.some(nameMatcher([glob]))) continue
    const near = closest(glob.replaceAll('*', ''), names)[0]
    failures.push({
      ...nowhere,
      figure: glob,
      message: `no tensor matches '${inert(glob, 80)}'.${near ? ` The nearest is '${inert(near, 80)}'.` : ''}`,
    })
  }
  for (const glob of listOf(forbidden))
    for (const name of names.filter(nameMatcher([glob])))
      failures.push({
        ...nowhere,
        tensor: name,
        figure: glob,
        message: `'${inert(name, 80)}' must not be there (it matches '${inert(glob, 80)}').`,
      })
}

function checkBound(
  { max }: NonNullable<CheckRule['lipschitz']>,
  report: LipschitzReport,
  failures: CheckFailure[],
): void {
  const { bound, why } = report
  if (bound === null)
    failures.push({
      ...nowhere,
      figure: 'lipschitz',
      expected: `at most ${max}`,
      message: `the Lipschitz bound is unknown (${why}).`,
    })
  else compare(null, 'lipschitz', bound, { max }, failures)
}
