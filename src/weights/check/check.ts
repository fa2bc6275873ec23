/** `check`: measures a checkpoint and holds rules against it. */
import type { ReadOptions } from '../../checkpoint/index.js'
import { UsageError, version } from '../../core/index.js'
import type { LipschitzReport } from '../chain/types.js'
import { type Environment, inspectWith, nameOf } from '../inspect.js'
import { lipschitzWith } from '../lipschitz.js'
import type { FileReport, InspectOptions, SpectraMode } from '../types.js'
import { defaultRules } from './defaults.js'
import { type Changes, evaluate } from './evaluate.js'
import { needsSpectrum } from './figures.js'
import { requireRules } from './parse.js'
import type { CheckOptions, CheckReport, CheckRule, RulesFile } from './types.js'

/** What `check` needs of `diff`. */
export interface Difference {
  readonly tensors: readonly { readonly name: string; readonly nameB: string }[]
  readonly onlyA: readonly string[]
  readonly onlyB: readonly string[]
  readonly shapeChanged: readonly {
    readonly name: string
    readonly nameB: string
    readonly shapeA: readonly number[]
    readonly shapeB: readonly number[]
  }[]
}

export interface CheckEnvironment<Input> extends Environment<Input> {
  diff(
    a: Input,
    b: Input,
    options: Pick<InspectOptions, 'spectra' | 'workers' | 'backend' | 'seed' | 'signal'>,
  ): Promise<Difference>
}

/**
 * Holds the rules against one checkpoint. An input that cannot be read stands in `errors`; wrong rules, a baseline that cannot be read and an aborted
 * `signal` throw.
 */
export async function checkWith<Input>(
  environment: CheckEnvironment<Input>,
  input: Input,
  options: CheckOptions<Input>,
  reading: ReadOptions = {},
): Promise<CheckReport> {
  const given = options.rules
  const file: RulesFile = given === undefined ? { rules: defaultRules } : await requireRules(given)
  const rules = file.defaults && given !== undefined ? [...defaultRules, ...file.rules] : file.rules
  const baseline = options.baseline ?? null
  const change = rules.find((rule) => rule.change !== undefined)
  if (change && baseline === null)
    throw new UsageError(
      `check: the rule '${change.name}' is about a change, and there is no baseline. Give one with --baseline.`,
    )
  const { workers, backend, seed, signal, onProgress } = options
  const common = { workers, backend, seed, signal }
  const report = await inspectWith(environment, [input], {
    ...common,
    onProgress,
    spectra: options.spectra ?? spectraFor(rules),
    convNorms: rules.some(({ limits = {} }) => 'conv.operatorNorm' in limits),
    thresholds: file.thresholds,
  })
  if (report.files.length > 1)
    throw new UsageError(
      `check: '${nameOf(input)}' stands for ${report.files.length} checkpoints; name one of them: ${report.files
        .slice(0, 5)
        .map(({ path }) => path)
        .join(', ')}.`,
    )
  const checked = report.files[0] ?? null
  const outcome = checked === null ? [] : await outcomes(environment, input, baseline, rules, checked, common, reading)
  const failed = outcome.filter(({ passed }) => !passed)
  const failedErrors = failed.filter(({ severity }) => severity === 'error').length
  return {
    normball: version,
    command: 'check',
    path: checked?.path ?? null,
    baseline: baseline === null ? null : nameOf(baseline),
    rulesFrom: given === undefined ? null : 'text' in given ? (given.name ?? 'rules') : 'an object',
    passed: report.errors.length === 0 && failedErrors === 0,
    counts: {
      rules: outcome.length,
      failedErrors,
      failedWarnings: failed.length - failedErrors,
      failures: failed.reduce((sum, { failures }) => sum + failures.length, 0),
    },
    rules: outcome,
    errors: report.errors,
    skipped: checked?.skipped ?? [],
    warnings: checked?.warnings ?? [],
  }
}

async function outcomes<Input>(
  environment: CheckEnvironment<Input>,
  input: Input,
  baseline: Input | null,
  rules: readonly CheckRule[],
  file: FileReport,
  common: Pick<InspectOptions, 'workers' | 'backend' | 'seed' | 'signal'>,
  reading: ReadOptions,
) {
  const bounds = new Map<CheckRule, LipschitzReport>()
  for (const rule of rules)
    if (rule.lipschitz) {
      const { chain, norm } = rule.lipschitz
      bounds.set(rule, await lipschitzWith(environment, input, chain, { ...common, norm }, reading))
    }
  const limits = rules.flatMap(({ change = {} }) => Object.keys(change))
  const spectra = limits.some((figure) => ['deltaSpectral', 'deltaNuclear', 'deltaStableRank'].includes(figure))
    ? 'auto'
    : 'none'
  const changes =
    baseline === null || limits.length === 0
      ? null
      : changesOf(await environment.diff(baseline, input, { ...common, spectra }))
  return rules.map((rule) => evaluate(rule, { file, changes, bounds }))
}

/** Singular values only where a rule is about them. */
function spectraFor(rules: readonly CheckRule[]): SpectraMode {
  const ofFlags = ({ flags }: CheckRule): boolean =>
    flags !== undefined &&
    ['rank-deficient', 'dominant-direction'].some(
      (code) => (flags.codes?.includes(code) ?? true) && !flags.except?.includes(code),
    )
  const needed = rules.some((rule) => Object.keys(rule.limits ?? {}).some(needsSpectrum) || ofFlags(rule))
  return needed ? 'auto' : 'none'
}

function changesOf({ tensors, onlyA, onlyB, shapeChanged }: Difference): Changes {
  const shape = (sizes: readonly number[]): string => `[${sizes.join(', ')}]`
  return {
    tensors: new Map(tensors.map((one) => [one.nameB, one as unknown as Record<string, unknown>])),
    broken: new Map([
      ...onlyA.map((name) => [name, 'it is in the baseline only.'] as const),
      ...onlyB.map((name) => [name, 'it is not in the baseline.'] as const),
      ...shapeChanged.map(
        ({ nameB, shapeA, shapeB }) =>
          [nameB, `its shape is ${shape(shapeB)}, and ${shape(shapeA)} in the baseline.`] as const,
      ),
    ]),
  }
}
