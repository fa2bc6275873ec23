/** A table by columns. */

/** Numbers; what is missing is NaN. */
export interface NumberColumn {
  readonly name: string
  readonly type: 'number'
  readonly values: Float64Array
  readonly missing: number
}

/** Words; what is missing has code -1. */
export interface CategoryColumn {
  readonly name: string
  readonly type: 'category'
  /** Places in `categories`. */
  readonly codes: Int32Array
  /** In the order of their first appearance. */
  readonly categories: readonly string[]
  readonly missing: number
}

export type Column = NumberColumn | CategoryColumn

export interface Table {
  /** Where it is from, for messages. */
  readonly name: string
  readonly rows: number
  readonly columns: readonly Column[]
  /** Line of the file that a row (from 0 on) begins at, from 1 on. */
  lineOf(row: number): number
}
