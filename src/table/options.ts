/** What a reader of tables is given: the file, and how to take it. */
import type { ColumnType } from './types.js'

export type TableFormat = 'csv' | 'ndjson' | 'json' | 'parquet' | 'npy' | 'npz'

/** Bytes (plain or gzip), a `File` or `Blob`, or text. */
export type TableInput = Blob | ArrayBuffer | Uint8Array | { readonly text: string }

export interface ReadTableOptions {
  /** Told by the content, then by the name, where absent. */
  format?: TableFormat
  /** CSV: whether the first row has names; told by the first rows where absent. */
  header?: boolean
  /** CSV: told by the first lines where absent: comma, semicolon, tab or bar. */
  delimiter?: string
  /** CSV, NDJSON: the characters' encoding; UTF-8 or UTF-16 by the mark where absent. Any name that TextDecoder knows: 'windows-1252'. */
  encoding?: string
  /** CSV: the mark between a number's whole part and its fraction: '.' where absent, or ',' where delimiter and numbers say so. */
  decimal?: '.' | ','
  /** CSV: the mark between the thousands of numbers, as in 1,234,567; none where absent. */
  thousands?: string
  /** CSV: lines that begin with this character are left out, as '#'; where absent, those with '#' at the file's start. */
  comment?: string
  /** Words that stand for a missing value, beside nothing. CSV: NA, N/A, n/a, #N/A, <NA>, null, NULL, None, ? by default; other formats: none by default. */
  missing?: readonly string[]
  /** Types of columns by name; told by the values where absent. */
  types?: Readonly<Record<string, ColumnType>>
  /** Only these columns, by name or glob, in the table's order; all by default. */
  columns?: readonly string[]
  /** For messages: a path, an address; a `File`'s name by default. */
  name?: string
}
