/** How columns become numbers: what is asked for, and what was learned. */
import type { Tensor } from '../tensor/index.js'
import type { MatrixEffect } from './effect.js'

/**
 * x becomes (x - shift) / scale. `standardize`: mean and standard deviation (ddof 0). `centre`: mean and 1. `minmax`: smallest value and range, so that
 * values are from 0 to 1. `robust`: median and interquartile range (quantiles by linear interpolation). `none`: 0 and 1.
 */
export type Scaling = 'standardize' | 'centre' | 'minmax' | 'robust' | 'none'

export const scalings: readonly Scaling[] = ['standardize', 'centre', 'minmax', 'robust', 'none']

/**
 * What becomes of a missing value: an error, its row left out, or something in its place, learned from the values that are there. Of categories and
 * booleans `mean` and `median` are the mode; of several modes the smallest.
 */
export type MissingPolicy = 'error' | 'drop' | 'mean' | 'median' | 'mode' | { readonly constant: number | string }

export interface ColumnPreparation {
  /** Of numbers; of indicators (categories, booleans) where a column asks for it itself. `standardize` by default. */
  scale?: Scaling
  /** `error` by default. */
  missing?: MissingPolicy
  /** Categories that were not there when it was fitted: zeros in all indicators and counted (the default), or an error. */
  unseen?: 'zeros' | 'error'
  /** Indicators that are left out: none (the default), that of the first category, or that where there are two. */
  drop?: 'none' | 'first' | 'ifBinary'
  /** Columns of more categories are left out, and told; 100 by default. */
  maxCategories?: number
}

export interface PreprocessOptions extends ColumnPreparation {
  /** What is different for some columns, by name. A time column is used (milliseconds since 1970) where it is named here. */
  columns?: Readonly<Record<string, ColumnPreparation>>
  /** NaN and infinite numbers: an error (the default), or treated as missing. */
  nonFinite?: 'error' | 'missing'
}

/** What was learned of one column; plain JSON. */
export interface PreparedColumn {
  readonly name: string
  readonly type: 'numeric' | 'time' | 'boolean' | 'categorical'
  readonly scale: Scaling
  readonly missing: 'error' | 'drop' | 'fill'
  /** In place of a missing value: a number, or a category. */
  readonly fill: number | string | null
  /** In code-unit order, with and without an indicator; null for numbers and booleans. */
  readonly categories: readonly string[] | null
  /** The category without an indicator. */
  readonly dropped: string | null
  readonly unseen: 'zeros' | 'error'
  /** Of each feature that the column becomes: one number, or one indicator for each category. */
  readonly shifts: readonly number[]
  readonly scales: readonly number[]
  /** It had one value only: its scale is 1. */
  readonly constant: boolean
}

export interface PreprocessJson {
  readonly version: 1
  /** Of the table that it was fitted on. */
  readonly rows: number
  readonly nonFinite: 'error' | 'missing'
  readonly columns: readonly PreparedColumn[]
  readonly skipped: readonly { readonly name: string; readonly why: string }[]
}

/** A table as numbers. */
export interface Prepared {
  /** f64 [rows, features], contiguous. */
  readonly x: Tensor
  /** Of the features: a column's name, or `name=category`. */
  readonly names: readonly string[]
  /** Rows of the table that x has, ascending. */
  readonly rows: Int32Array
  /** Rows that were left out because a value is missing. */
  readonly dropped: number
  /** Values that were put in place of missing ones, by column. */
  readonly imputed: readonly { readonly name: string; readonly count: number }[]
  /** Categories that were not there when it was fitted: the first few, and how many rows have one. */
  readonly unseen: readonly { readonly name: string; readonly words: readonly string[]; readonly rows: number }[]
  /** Columns of the table that were not there when it was fitted. */
  readonly ignored: readonly string[]
}

export interface PreprocessEffect extends MatrixEffect {
  /** Rows that were looked at: all, or as many as are spread evenly. */
  readonly rows: number
}
