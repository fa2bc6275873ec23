/** The report of `shift`: plain JSON, as the command prints it. What does not apply is null. */
import type { ColumnType } from '../table/index.js'

export type Mechanism = 'covariate' | 'label' | 'concept'

/** What is said of one mechanism. `detected` is null where the data cannot tell; `why` is one sentence in plain words. */
export interface Finding {
  readonly detected: boolean | null
  readonly p: number | null
  /** Size of the change, in the unit that `why` names. */
  readonly effect: number | null
  readonly why: string
}

export interface Tested {
  readonly statistic: number
  readonly p: number
}

/** One column in the reference and in the current table. */
export interface ColumnShift {
  readonly name: string
  readonly type: ColumnType
  /** Values that are not missing: reference, current. */
  readonly n: readonly [number, number]
  readonly missing: readonly [number, number]
  /** Two-sided p-value of the change in the rate of missing values. */
  readonly missingP: number | null
  readonly ks: Tested | null
  readonly chi2: (Tested & { readonly df: number }) | null
  readonly wasserstein: number | null
  readonly psi: number | null
  /** Population stability index over bins of equal width. */
  readonly psiEqualWidth: number | null
  readonly js: number | null
  readonly hellinger: number | null
  /** The p-value that decides for this type, and after correction for the number of columns. */
  readonly p: number | null
  readonly pHolm: number | null
  readonly pBenjaminiHochberg: number | null
  /** Size of the change in one unit for all types, 0 to 1, and its name. */
  readonly effect: number | null
  readonly effectName: string | null
  /** What two samples of one population of these sizes stay below, 95 times of 100. */
  readonly thresholds: { readonly psi: number | null; readonly js: number | null; readonly effect: number | null }
  readonly detected: boolean | null
  /** Categories of the current table that the reference does not have: the first few, and how many rows have one. */
  readonly newCategories: { readonly names: readonly string[]; readonly rows: number } | null
  readonly histogram: ColumnHistogram | null
  readonly notes: readonly string[]
}

/** Shares of values by bin, for overlaid pictures. */
export interface ColumnHistogram {
  /** Edges of bins (numbers), or words. */
  readonly edges: readonly number[] | null
  readonly categories: readonly string[] | null
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

export interface TableShift {
  /** Unbiased squared maximum mean discrepancy with a Gaussian kernel; `bandwidth` is the median distance. */
  readonly mmd: {
    readonly squared: number
    readonly p: number
    readonly bandwidth: number
    readonly permutations: number
  } | null
  readonly energy: { readonly statistic: number; readonly p: number } | null
  /** Classifier two-sample test: out-of-fold AUC, and the columns that drive it. */
  readonly c2st: {
    readonly auc: number
    readonly p: number
    readonly columns: readonly { readonly name: string; readonly importance: number }[]
  } | null
}
