/** The whole report of `shift`: the verdict with what it rests on. */
import type { NestedModels } from '../concept/nested.js'
import type { Looks } from '../concept/residual.js'
import type { ColumnShift, Finding, Mechanism, TableShift } from '../types.js'

/** One of the laws that a shift may move. `p` is not corrected; `moved` where it is under the level of one question. */
export interface LawTest {
  readonly law: 'p(x)' | 'p(y)' | 'p(y|x)' | 'p(x|y)'
  readonly p: number | null
  readonly moved: boolean | null
  /** What the p-value rests on: tests with their own p-values. */
  readonly tests: readonly { readonly name: string; readonly p: number; readonly on: string | null }[]
}

/** What to do; `why` is one sentence. */
export interface Advice {
  readonly what: 'nothing' | 'reweight' | 'correct-priors' | 'retrain' | 'get-labels' | 'look'
  readonly why: string
}

/** A figure with its standard error. */
export interface Estimate {
  readonly value: number
  readonly standardError: number
}

/** What the shift does to a model that was fitted on the reference. */
export interface ErrorEffect {
  readonly metric: 'error rate' | 'squared error'
  readonly model: string
  /** Out of sample, on the reference. */
  readonly reference: Estimate
  /** As the change of p(x) alone would have it: the reference's errors, reweighted; null where the tables hardly overlap. */
  readonly expected: Estimate | null
  /** As it is, from the current labels; null without them. */
  readonly current: Estimate | null
}

export interface LabelShift {
  readonly classes: readonly string[]
  /** Class shares of the reference. */
  readonly prior: readonly number[]
  /** Class shares of the current table where it has labels. */
  readonly observed: readonly number[] | null
  /** Class shares of the current table as a model's outputs have them, without its labels. */
  readonly estimated: {
    readonly bbse: readonly number[] | null
    readonly em: readonly number[] | null
    readonly rlls: readonly number[] | null
  }
  /** 95 % intervals of the estimates, by class. */
  readonly intervals: {
    readonly bbse: readonly (readonly [number, number])[] | null
    readonly em: readonly (readonly [number, number])[] | null
    readonly rlls: readonly (readonly [number, number])[] | null
  } | null
  /** Of the confusion matrix that BBSE inverts. */
  readonly condition: number | null
  readonly warnings: readonly string[]
}

export interface ConceptReport {
  /** Nested models with an intercept and slopes of each table's own; null where they cannot be fitted, or where rows remember. */
  readonly nested: NestedModels | null
  readonly residual: (Looks & { readonly tails: Looks | null; readonly p: number }) | null
  /** Conditional permutation test: tables drawn anew given x. */
  readonly permutation: { readonly statistic: number; readonly p: number; readonly permutations: number } | null
  /** Beyond an offset of each class's log odds (or times a function of a numeric y), as a change of priors would make; null where that question does not come up. */
  readonly beyondPriors: { readonly p: number } | null
  /** What was not computed, and why. */
  readonly skipped: readonly { readonly what: 'nested' | 'permutation'; readonly why: string }[]
  /** Average change of y given x where the tables overlap: total variation of class probabilities, or deviations of y. */
  readonly effect: number | null
  /** Of numbers: how many times as large the noise about what x tells is in the current table; null of classes. */
  readonly spread: number | null
}

export interface ShiftReport {
  readonly reference: string
  readonly current: string
  readonly rows: readonly [reference: number, current: number]
  readonly target: {
    readonly name: string
    readonly task: 'classification' | 'regression'
    /** Rows with a label: reference, current. */
    readonly labels: readonly [number, number]
  } | null
  readonly alpha: number
  readonly seed: number
  readonly verdict: Readonly<Record<Mechanism, Finding>>
  /** The verdict in one sentence. */
  readonly summary: string
  readonly advice: readonly Advice[]
  readonly evidence: readonly LawTest[]
  readonly error: ErrorEffect | null
  readonly columns: readonly ColumnShift[]
  readonly table: TableShift
  readonly label: LabelShift | null
  readonly concept: ConceptReport | null
  /** Columns that no test saw, and why. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[]
  readonly notes: readonly string[]
}

export interface ShiftOptions {
  /** Column to be predicted; without it only p(x) is compared. */
  target?: string
  /** Whether the target is classes or numbers; told by its values where absent. */
  task?: 'auto' | 'classification' | 'regression'
  /** False alarms of the whole verdict, at most; 0.05 by default. */
  alpha?: number
  /** Columns that are left out: names of rows, scores. */
  exclude?: readonly string[]
  /** Columns with a model's probabilities: one for two classes, else one for each class, in ascending order of the classes. */
  scores?: readonly string[]
  /** Column with a model's prediction. */
  prediction?: string
  /** Rows are in the order of time: tests permute or add up blocks of rows. */
  ordered?: boolean
  /** Column of times: rows are put into its order, and it is not compared. */
  time?: string
  /** Permutations of the whole-table tests; 200 by default. */
  permutations?: number
  /** Rows of each table that the tests of y given x and of the whole table look at, at most; 5000 by default. */
  sample?: number
  /** False: neither the effect on a model's error nor estimates of the priors are computed. */
  effects?: boolean
  seed?: number
}
