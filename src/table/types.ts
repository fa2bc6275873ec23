/** A table by columns. What is missing is told apart from zero, from an empty word and from NaN. */

interface ColumnBase {
  readonly name: string
  /** How many values are missing. */
  readonly missing: number
  /** 1 where a value is missing; null where none is. */
  readonly absent: Uint8Array | null
}

/** Numbers. Where a value is missing stands NaN; a NaN that is not missing was in the file. */
export interface NumericColumn extends ColumnBase {
  readonly type: 'numeric'
  /** Set where the file has numbers of 32 bits, which the values hold exactly. */
  readonly stored?: 'f32'
  readonly values: Float64Array
}

/** Words of which each may come often; what is missing has code -1. */
export interface CategoricalColumn extends ColumnBase {
  readonly type: 'categorical'
  /** Places in `categories`. */
  readonly codes: Int32Array
  /** In the order of their first appearance. */
  readonly categories: readonly string[]
}

/** 0 or 1; 0 where a value is missing. */
export interface BooleanColumn extends ColumnBase {
  readonly type: 'boolean'
  readonly values: Uint8Array
}

/** Words that hardly repeat: names, sentences. Empty where a value is missing. */
export interface TextColumn extends ColumnBase {
  readonly type: 'text'
  readonly values: readonly string[]
}

/** Milliseconds since 1970-01-01 00:00 UTC; NaN where a value is missing. */
export interface TimeColumn extends ColumnBase {
  readonly type: 'time'
  readonly values: Float64Array
}

export type Column = NumericColumn | CategoricalColumn | BooleanColumn | TextColumn | TimeColumn

export type ColumnType = Column['type']

export interface Table {
  /** Where it is from, for messages. */
  readonly name: string
  readonly rows: number
  readonly columns: readonly Column[]
  /** What a reader of the table should know, a sentence each: mixed columns, names that were there twice. */
  readonly warnings?: readonly string[]
  /** Line of the file that a row (from 0 on) begins at, from 1 on; the row's number where the file has no lines. */
  lineOf(row: number): number
}
