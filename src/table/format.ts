/** What a file is: told by its first bytes, then by its name. What is no table gets a sentence. */
import { FormatError, inert } from '../core/index.js'
import type { TableFormat } from './options.js'

const byName: readonly (readonly [RegExp, TableFormat])[] = [
  [/\.(csv|tsv|tab|txt)(\.gz)?$/i, 'csv'],
  [/\.(ndjson|jsonl)(\.gz)?$/i, 'ndjson'],
  [/\.json(\.gz)?$/i, 'json'],
  [/\.(parquet|pq|parq)(\.gz)?$/i, 'parquet'],
  [/\.npy(\.gz)?$/i, 'npy'],
  [/\.npz(\.gz)?$/i, 'npz'],
]

/** The format that the name promises. */
export const promisedFormat = (name: string): TableFormat | null => byName.find(([pattern]) => pattern.test(name))?.[1] ?? null // biome-ignore format: one line

const others: readonly (readonly [code: string, starts: string, message: string])[] = [
  ['lfs-pointer', 'version https://git-lfs', "is a Git LFS pointer and not the table itself; run 'git lfs pull' in the repository, then open the file again"], // biome-ignore format: one line
  ['wrong-format', 'ARROW1', 'is an Arrow (Feather) file, which is not read; save the table as Parquet'],
  ['wrong-format', 'SQLite format 3\0', 'is an SQLite database, which is not read; export its table as CSV'],
  ['wrong-format', '\x89HDF\r\n\x1a\n', 'is an HDF5 file, which is not read; save the table as Parquet or CSV'],
  ['wrong-format', '\xd0\xcf\x11\xe0', 'is an old Excel workbook (.xls) or another Office file, which is not read; save the sheet as CSV'], // biome-ignore format: one line
  ['wrong-format', 'ORC', 'is an ORC file, which is not read; save the table as Parquet'],
  ['wrong-format', 'Obj\x01', 'is an Avro file, which is not read; save the table as Parquet'],
  ['wrong-format', '%PDF-', 'is a PDF document and no table'],
  ['encrypted', 'PARE', 'is an encrypted Parquet file, which cannot be read; save it without encryption'],
]

/**
 * The format of a file that begins with `head` (unpacked). Throws FormatError for files of other kinds, which have a sentence each.
 */
export function formatOf(head: Uint8Array, tail: Uint8Array, file: string): TableFormat {
  const text = String.fromCharCode(...head.subarray(0, 512))
  const refuse = (code: string, what: string): never => {
    throw new FormatError(code, `'${inert(file)}' ${what}.`, { file })
  }
  const promised = promisedFormat(file)
  if (head.length === 0) return refuse('empty', 'is empty (0 bytes): it has no rows')
  if (text.startsWith('DUCK', 8)) return refuse('duckdb', 'is a DuckDB database: openTable reads it by its path on Node, with @duckdb/node-api') // biome-ignore format: one line
  if (/\.(duckdb|ddb)$/i.test(file))
    return refuse('wrong-format', "is no DuckDB database: the mark 'DUCK' is not at byte 8")
  for (const [code, start, what] of others) if (text.startsWith(start)) return refuse(code, what)
  if (/^\s*(<!doctype html|<html|<head|<body)/i.test(text)) return refuse('html', 'is an HTML web page and no table: a login or error page was saved in its place') // biome-ignore format: one line
  if (/^\s*<(\?xml|error>)/i.test(text)) return refuse('xml', 'is an XML document and no table: perhaps the error message of a storage service') // biome-ignore format: one line
  const isParquetEnd = String.fromCharCode(...tail) === 'PAR1'
  if (text.startsWith('PAR1') || isParquetEnd || promised === 'parquet') return 'parquet'
  if (text.startsWith('\x93NUMPY') || promised === 'npy') return 'npy'
  if (text.startsWith('PK')) return promised === 'npz' || !/xl\/|\[Content_Types\]/.test(text) && promised === null ? 'npz' : refuse('wrong-format', 'is a zip archive, such as an Excel workbook (.xlsx), and no table; save the sheet as CSV') // biome-ignore format: one line
  if (promised === 'npz') return 'npz'
  const start = text.replace(/^\u00ef\u00bb\u00bf/, '').trimStart()
  // Many programs write an object a line into files that they call .json.
  if (promised === 'json' && hasObjectLines(head)) return 'ndjson'
  if (promised !== null) return promised
  if (/^\[\s*[{\]]/.test(start)) return 'json'
  return start.startsWith('{') ? 'ndjson' : 'csv'
}

/** Whether an object stands on the first line, and another begins on the next. */
const hasObjectLines = (head: Uint8Array): boolean => /^\s*\{.*\}[ \t\r]*\n\s*\{/.test(new TextDecoder().decode(head))
