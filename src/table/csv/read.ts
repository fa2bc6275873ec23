/** CSV files as tables. */
import { FormatError, inert } from '../../core/index.js'
import { lengthOf, utf8Of } from '../bytes.js'
import { chosen, givenTypes } from '../choose.js'
import { lookRows, mostCells } from '../limits.js'
import type { ReadTableOptions } from '../options.js'
import type { Column, ColumnType, Table } from '../types.js'
import { type Dialect, dialectOf, numberIn } from './dialect.js'
import { DecimalReader } from './number.js'
import { Scanner } from './scanner.js'
import { failed, kinds, Sink, type Vocabulary } from './sinks.js'

/** What stands for a missing value where nobody says. */
const missingWords = ['NA', 'N/A', 'n/a', '#N/A', '<NA>', 'null', 'NULL', 'None', '?']
/** Bytes that are taken at a time, at least. */
const blockBytes = 1 << 20

/**
 * Reads the whole table, in pieces: memory holds the columns and one piece. A column is taken for numbers until a word shows up in it; then the file is
 * gone through a second time, for such columns alone.
 */
export async function readCsvBlob(blob: Blob, file: string, options: ReadTableOptions): Promise<Table> {
  const layout = await layoutOf(blob, file, options)
  const first = await firstOf(scanned(blob, layout, layout.kinds, Infinity))
  if (!first) throw new FormatError('empty', `'${inert(file)}' has no rows beside its names.`, { file })
  const again = first.sinks.map(({ kind }) => (kind === failed ? kinds.words : kinds.skipped))
  const second = again.includes(kinds.words) ? await firstOf(scanned(blob, layout, again, Infinity)) : null
  return tableOf(first, layout, (i) => (first.sinks[i]!.kind === failed ? second! : first).sinks[i]!)
}

/** The table by so many rows at a time. Types that are not given are told by the first rows, and hold for all. */
export async function* csvBatches(
  blob: Blob,
  file: string,
  options: ReadTableOptions,
  size: number,
): AsyncGenerator<Table> {
  // biome-ignore format: one line
  const layout = await layoutOf(blob, file, options)
  const looked = await typesOf(blob, layout)
  const fixed = { ...layout, types: looked }
  const all = looked.map((type, i) => (layout.wanted[i] ? kindOf(type) : kinds.skipped))
  for await (const scanner of scanned(blob, fixed, all, size)) yield tableOf(scanner, fixed, (i) => scanner.sinks[i]!)
}

/** Types of the wanted columns as the first rows show them. */
async function typesOf(blob: Blob, layout: Layout): Promise<(ColumnType | null)[]> {
  const scanner = await firstOf(scanned(blob, layout, layout.kinds, lookRows))
  if (scanner === null) return [...layout.types]
  const again = scanner.sinks.map(({ kind }) => (kind === failed ? kinds.words : kinds.skipped))
  const second = again.includes(kinds.words) ? await firstOf(scanned(blob, layout, again, lookRows)) : null
  const lineOf = scanner.lineOf()
  return scanner.sinks.map((sink, i) => {
    if (!layout.wanted[i] || layout.types[i]) return layout.types[i] ?? null
    return (sink.kind === failed ? second!.sinks[i]! : sink).done(scanner.rows, lineOf).column.type
  })
}

function tableOf(scanner: Scanner, layout: Layout, sinkOf: (column: number) => Sink): Table {
  const { file, wanted } = layout
  const { rows } = scanner
  const lineOf = scanner.lineOf()
  const warnings = [...layout.warnings]
  const columns: Column[] = []
  for (const [i, is] of wanted.entries()) {
    if (!is) continue
    const { column, notes } = sinkOf(i).done(rows, lineOf)
    columns.push(column)
    warnings.push(...notes)
  }
  return { name: file, rows, columns, warnings, lineOf }
}

async function firstOf<T>(all: AsyncGenerator<T>): Promise<T | null> {
  for await (const one of all) return one
  return null
}

interface Layout extends Dialect {
  readonly file: string
  readonly encoding: string | undefined
  readonly vocabulary: Vocabulary
  readonly types: readonly (ColumnType | null)[]
  readonly kinds: readonly number[]
  readonly wanted: readonly boolean[]
}

async function layoutOf(blob: Blob, file: string, options: ReadTableOptions): Promise<Layout> {
  const missing = new Set(options.missing ?? missingWords)
  let dialect: Dialect | null = null
  for await (const { bytes, isLast } of blocks(utf8Of(blob, file, options.encoding))) {
    dialect = dialectOf(bytes, isLast, missing, options, file)
    break
  }
  if (dialect === null) throw new FormatError('empty', `'${inert(file)}' has no rows: the file is empty.`, { file })
  const types = givenTypes(dialect.names, options.types, file)
  const wanted = chosen(dialect.names, options.columns, file)
  return {
    ...dialect,
    file,
    encoding: options.encoding,
    vocabulary: {
      missing,
      reader: new DecimalReader(dialect.point),
      grouped: dialect.grouped,
      isNumber: numberIn(dialect.point),
    },
    types,
    wanted,
    kinds: wanted.map((is, i) => (is ? kindOf(types[i]!) : kinds.skipped)),
  }
}

const kindOf = (type: ColumnType | null): number => type === null ? kinds.open : type === 'numeric' ? kinds.numbers : kinds.words // biome-ignore format: one line

/** The rows, as scanners that have taken `size` of them each. */
async function* scanned(blob: Blob, layout: Layout, kindsOf: readonly number[], size: number): AsyncGenerator<Scanner> {
  const { file, names, types, vocabulary } = layout
  const expected = { rows: size === Infinity ? 0 : size }
  const made = (line: number): Scanner => new Scanner(names.map((name, i) => new Sink(name, kindsOf[i]!, types[i]!, vocabulary, file, expected)), layout, file, line, layout.headerLine) // biome-ignore format: one line
  const length = size === Infinity ? await lengthOf(blob, file) : 0
  let taken = 0
  let scanner = made(layout.line)
  const most = Math.min(size, Math.floor(mostCells / kindsOf.filter((kind) => kind !== kinds.skipped).length))
  let rest = new Uint8Array(0)
  let skip = layout.start
  for await (const block of blocks(utf8Of(blob, file, layout.encoding))) {
    const bytes = rest.length > 0 ? concat(rest, block.bytes) : block.bytes
    let at = skip
    skip = 0
    for (;;) {
      at = scanner.take(bytes, at, block.isLast, most)
      if (scanner.rows < most) break
      if (most < size) throw new FormatError('too-large', `'${inert(file)}' has more than ${mostCells} cells. Try fewer columns, or tableBatches.`, { file }) // biome-ignore format: one line
      yield scanner
      scanner = made(scanner.line)
    }
    rest = bytes.slice(at)
    taken += block.bytes.length
    // Rows as long as those before, and a few more: memory that is not touched is not taken.
    if (taken < length) expected.rows = Math.ceil(((1.02 * scanner.rows) / taken) * length)
  }
  if (scanner.rows > 0) yield scanner
}

/** Larger blocks of the same bytes; the last says so. */
async function* blocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ bytes: Uint8Array; isLast: boolean }> {
  let parts: Uint8Array[] = []
  let length = 0
  let ready: Uint8Array | null = null
  for await (const chunk of chunks) {
    parts.push(chunk)
    length += chunk.length
    if (length < blockBytes) continue
    if (ready) yield { bytes: ready, isLast: false }
    ready = joined(parts, length)
    parts = []
    length = 0
  }
  if (length > 0) {
    if (ready) yield { bytes: ready, isLast: false }
    ready = joined(parts, length)
  }
  if (ready && ready.length > 0) yield { bytes: ready, isLast: true }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const all = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const concat = (a: Uint8Array, b: Uint8Array): Uint8Array => joined([a, b], a.length + b.length)
