/** The report of `factor`: plain JSON, as the command prints it. What a method does not have is null. */
import type { MatrixEffect } from '../../table/internal.js'
import type { EstimatorJson, Method } from '../estimator.js'

/** Norms of X - X_k, where X_k keeps the k largest singular values: in the first three no matrix of rank k is nearer. */
export interface CurvePoint {
  readonly k: number
  readonly frobenius: number
  readonly spectral: number
  readonly nuclear: number
  /** Sum and largest of the absolute elements. */
  readonly l1: number
  readonly linf: number
  /** Of the sum of squares that is kept. */
  readonly share: number
}

/** Where a rule would stop. */
export interface StopRule {
  readonly rule: string
  /** Null where the rule does not apply. */
  readonly k: number | null
  /** The rule in a sentence, with its figures. */
  readonly why: string
}

export interface OutlierRow {
  /** From 0 on, in the table that was read. */
  readonly row: number
  /** Of the file. */
  readonly line: number
  /** Distance of the row from what the method makes of it. */
  readonly error: number
}

export interface Outliers {
  /** Largest first. */
  readonly rows: readonly OutlierRow[]
  /** Errors above it stand out: third quartile and 3 times the interquartile range (Tukey's far out values). */
  readonly threshold: number
  readonly count: number
  /** What the error of a row is. */
  readonly what: string
}

export interface ClusterFigures {
  readonly size: number
  /** Mean over its rows (or those that were looked at); null where it has one row, or there is one cluster. */
  readonly silhouette: number | null
  /** In the units of the table, feature by feature. */
  readonly center: readonly number[]
}

export interface Scatter {
  /** What the axes are. */
  readonly axes: readonly [string, string]
  /** At most 2000 rows, spread evenly. */
  readonly points: readonly {
    readonly x: number
    readonly y: number
    readonly row: number
    readonly group: string | null
  }[]
  /** What the groups are: a column, or clusters. */
  readonly groups: string | null
}

/** How the table became a matrix. */
export interface Preparation {
  readonly scale: string
  readonly missing: string
  /** Rows that were left out because a value is missing. */
  readonly dropped: number
  readonly imputed: readonly { readonly name: string; readonly count: number }[]
  readonly skipped: readonly { readonly name: string; readonly why: string }[]
  readonly constant: readonly string[]
  readonly unseen: readonly { readonly name: string; readonly words: readonly string[]; readonly rows: number }[]
  readonly ignored: readonly string[]
}

/** What methods of two tables tell of the second. */
export interface SecondFigures {
  /** Features of the second table. */
  readonly columnNames: readonly string[]
  /** `cca`: of the pairs, descending; null for others. */
  readonly correlations: readonly number[] | null
  /** `cca`: that the correlations from each on are zero (Bartlett); null with regularization or too few rows. */
  readonly tests: readonly { readonly statistic: number; readonly df: number; readonly p: number }[] | null
  /** [k, columns of the second table]: weights (`cca`) or components (`joint`). */
  readonly loadings: readonly (readonly number[])[]
  /** `joint`: share of each table's sum of squares that the components explain; null for others. */
  readonly ratios: readonly number[] | null
}

export interface FactorTableReport extends Omit<EstimatorJson, 'method'> {
  readonly method: Method
  /** Why this method and this k, where they were not asked for. */
  readonly why: readonly string[]
  /** Name of the column that was told apart. */
  readonly target: string | null
  readonly columnNames: readonly string[]
  readonly preprocess: Preparation
  /** What preparing did; null where nothing was shifted or scaled. */
  readonly effect: (MatrixEffect & { readonly rows: number }) | null
  /** [k, columns]: what each component is made of. */
  readonly loadings: readonly (readonly number[])[] | null
  /** Of X and its best approximations; `singularValues` are of X (centred where the method centres), all or the first 512. */
  readonly spectrum: {
    readonly centred: boolean
    readonly singularValues: readonly number[]
    readonly total: number
  } | null
  readonly curve: readonly CurvePoint[] | null
  readonly stop: readonly StopRule[]
  /** How many components or clusters the rules speak for. */
  readonly suggestion: { readonly k: number; readonly why: string } | null
  readonly outliers: Outliers | null
  readonly clusters: readonly ClusterFigures[] | null
  /** Of `cca` and `joint`. */
  readonly second: SecondFigures | null
  /** Mean silhouette of the clusters. */
  readonly silhouette: number | null
  readonly scatter: Scatter | null
  /** [rows, k], only where it was asked for. */
  readonly scores: readonly (readonly number[])[] | null
  /** What the method itself measures on these rows: larger is better; each method says what it is. */
  readonly score: number | null
  readonly warnings: readonly string[]
  readonly skipped: readonly { readonly what: string; readonly why: string }[]
}
