/** What a search takes along and tells. */
import type { Figures } from '../types.js'
import type { Better } from './rank.js'
import type { Settings } from './space.js'

/** What one training run (a trial's fold) came to. */
export interface RunResult {
  /** Of the part that was left out; empty where the run failed. */
  readonly figures: Figures
  /** Parameters, and those that are not zero at the end. */
  readonly parameters: number
  readonly nonzeros: number
  readonly epochs: number
  readonly steps: number
  readonly seconds: number
  /** Why it failed (a loss that is not finite, sizes that do not fit), else null. */
  readonly error: string | null
}

/** One choice of settings and its scores. */
export interface TrialReport {
  /** From 1 on, in the order of the space. */
  readonly number: number
  readonly settings: Settings
  /** The metric of each fold; null where the fold failed. */
  readonly values: readonly (number | null)[]
  readonly mean: number | null
  readonly standardError: number | null
  readonly nonzeros: number | null
  readonly parameters: number | null
  /** Epochs that it was trained for: fewer than others where halving left it out. */
  readonly epochs: number | null
  readonly seconds: number
  readonly error: string | null
}

/** A lambda of a path. */
export interface PathPoint {
  readonly lambda: number
  readonly mean: number | null
  readonly standardError: number | null
  /** Effective degrees of freedom of a linear model; parameters that are not zero of others. */
  readonly df: number | null
  /** Generalized cross-validation, of ridge alone. */
  readonly gcv: number | null
}

export interface PathReport {
  /** As it is written: `l1`, `elasticNet(0.5)`. */
  readonly penalty: string
  /** Descending. */
  readonly points: readonly PathPoint[]
  /** Place of the least error, of the simplest within one standard error of it, and of the least generalized cross-validation. */
  readonly best: number
  readonly oneStandardError: number | null
  readonly gcv: number | null
  /** Features (or groups) in the order in which they enter; null for networks. */
  readonly enters: readonly { readonly name: string; readonly lambda: number }[] | null
  /** Coefficients at `best` and `oneStandardError`, of features that have any; null for networks. */
  readonly coefficients: readonly { readonly name: string; readonly best: readonly number[]; readonly oneStandardError: readonly number[] | null }[] | null // biome-ignore format: one line
}

/** What `search` gives and `normball search --json` prints. */
export interface SearchReport {
  readonly normball: string
  readonly command: 'search'
  readonly method: 'grid' | 'random' | 'halving' | 'path'
  readonly outcome: 'done' | 'interrupted'
  readonly metric: string
  readonly better: Better
  readonly folds: number
  readonly seed: number
  /** Best first. Empty for paths. */
  readonly trials: readonly TrialReport[]
  /** Numbers of trials; null where none has a score. */
  readonly best: number | null
  /** The simplest within one standard error of the best; null for one fold. */
  readonly oneStandardError: number | null
  readonly path: PathReport | null
  /** Training runs: all, those taken from the journal, and those that failed. */
  readonly runs: { readonly total: number; readonly resumed: number; readonly failed: number }
  readonly journal: string | null
  readonly seconds: number
  readonly warnings: readonly string[]
}
