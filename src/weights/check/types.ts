/** Rules that a checkpoint must keep, and what came of them: the typed form of a rules file and of `check --json`. */
import type { Kind, Skipped } from '../../checkpoint/index.js'
import type { Chain, LipschitzNorm } from '../chain/types.js'
import type { InspectOptions, ReportError, Severity } from '../types.js'

/** What a figure may be; bounds are included. */
export interface Limit {
  min?: number
  max?: number
  equals?: number
}

export type Limits = Readonly<Record<string, Limit>>

/** One rule; it has a name, and at least one thing to check. docs/check.md tells each. */
export interface CheckRule {
  name: string
  /** A failed error makes `check` fail; a warning is told. `error` by default. */
  severity?: 'error' | 'warning'
  /** Told instead of the figures' own sentence. */
  message?: string
  /** Globs over tensor names, or modules; all by default. */
  tensors?: string | readonly string[]
  kinds?: readonly Kind[]
  /** A rule that matches no tensor fails unless it is optional. */
  optional?: boolean
  /** Limits on figures of each tensor: `l2`, `matrix.stableRank`, `sparsity`. */
  limits?: Limits
  /** Flags of `inspect` that must not be there: of these codes, at least this severe. */
  flags?: { codes?: readonly string[]; severity?: Severity; except?: readonly string[] }
  /** Limits on the change of each tensor against the baseline: `relative`, `cosine`, `changed`. */
  change?: Limits
  /** Limits on totals of the model. */
  totals?: Limits
  /** Globs that must each match a tensor. */
  required?: string | readonly string[]
  /** Globs that must match none. */
  forbidden?: string | readonly string[]
  /** The bound of a declared chain of layers. */
  lipschitz?: { chain: Chain; norm?: LipschitzNorm; max: number }
}

export interface RulesFile {
  rules: readonly CheckRule[]
  /** Keep the default rules too. */
  defaults?: boolean
  /** Thresholds of the flags, by name. */
  thresholds?: Readonly<Record<string, number>>
}

export interface CheckFailure {
  /** Null for what is about the whole file. */
  tensor: string | null
  /** Figure, flag code, or pattern; null where there is none. */
  figure: string | null
  value: number | null
  /** `at most 10`. */
  expected: string | null
  /** One sentence. */
  message: string
}

export interface CheckedRule {
  name: string
  severity: 'error' | 'warning'
  passed: boolean
  /** Tensors that were looked at. */
  checked: string[]
  failures: CheckFailure[]
}

export interface CheckReport {
  /** Our version. */
  normball: string
  command: 'check'
  path: string | null
  baseline: string | null
  /** Where the rules are from; null for the default ones. */
  rulesFrom: string | null
  /** Whether every rule of severity error passed; false too where the input could not be read. */
  passed: boolean
  counts: { rules: number; failedErrors: number; failedWarnings: number; failures: number }
  rules: CheckedRule[]
  errors: ReportError[]
  skipped: Skipped[]
  warnings: string[]
}

/** Everything has a default. */
export interface CheckOptions<Input = unknown>
  extends Pick<InspectOptions, 'spectra' | 'workers' | 'backend' | 'seed' | 'signal' | 'onProgress'> {
  /** The rules, or the text of a rules file (JSON or YAML) with its name for messages; the default rules when absent. */
  rules?: RulesFile | { readonly text: string; readonly name?: string } | undefined
  /** A checkpoint that changes are measured from. */
  baseline?: Input | undefined
}
