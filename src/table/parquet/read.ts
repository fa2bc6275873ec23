/** Parquet files as tables: column by column and page by page, so that what is not wanted is not decoded and need not be in memory. */
import type { Compressors } from 'hyparquet-compressors'
import { FormatError, inert, NormballError } from '../../core/index.js'
import { partOf } from '../bytes.js'
import { chosen, givenTypes } from '../choose.js'
import { lookRows, mostCells } from '../limits.js'
import { named } from '../names.js'
import type { ReadTableOptions } from '../options.js'
import type { Column, ColumnType, Table } from '../types.js'
import type { Builder, builderOf } from './columns.js'
import type { Meaning } from './logical.js'
import type { Page, pagesOf } from './pages.js'
import type { Layout, Leaf } from './schema.js'
import { Window } from './window.js'

const mostFooter = 2 ** 26
/** Bytes of one chunk that are read at a time; of all columns together where a table comes in batches. */
const windowBytes = 2 ** 26
const leastWindow = 2 ** 16

/** Reads the wanted columns. What is no column of plain values (lists, maps, raw bytes) is left out with a warning. */
export async function readParquetBlob(blob: Blob, file: string, options: ReadTableOptions): Promise<Table> {
  const opened = await openWanted(blob, file, options)
  const { rows } = opened.layout
  if (rows * opened.wanted.length > mostCells) throw new FormatError('too-large', `'${inert(file)}' has more than ${mostCells} cells. Try fewer columns, or tableBatches.`, { file }) // biome-ignore format: one line
  const warnings = [...opened.warnings]
  const columns: Column[] = []
  for (const one of opened.wanted) {
    const { column, note } = await new Cursor(opened, one, windowBytes).take(rows, 0)
    if (note !== null) warnings.push(note)
    if (column !== null) columns.push(column)
  }
  return { name: file, rows, columns, warnings, lineOf: (row) => row + 1 }
}

/** The table by so many rows at a time, with the types of the first. Memory holds a batch, and of each column a page and a window of its bytes. */
export async function* parquetBatches(
  blob: Blob,
  file: string,
  options: ReadTableOptions,
  size: number,
): AsyncGenerator<Table> {
  const opened = await openWanted(blob, file, options)
  const { rows } = opened.layout
  const bytes = Math.max(leastWindow, Math.floor(windowBytes / Math.max(1, opened.wanted.length)))
  const used: Wanted[] = []
  const warnings = [...opened.warnings]
  for (const one of opened.wanted) {
    const { column, note } = await new Cursor(opened, one, bytes).take(Math.min(rows, lookRows), 0)
    if (column !== null) used.push({ ...one, type: column.type })
    else if (note !== null) warnings.push(note)
  }
  const cursors = used.map((one) => new Cursor(opened, one, bytes))
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from)
    const own = [...warnings]
    const columns: Column[] = []
    for (const cursor of cursors) {
      const { column, note } = await cursor.take(count, from)
      if (note !== null) own.push(note)
      if (column === null) throw new FormatError('bad-utf8', `'${inert(file)}' row ${from + 1}, column '${inert(cursor.name)}': the words are not UTF-8 (invalid bytes). Try columns: without it.`, { file }) // biome-ignore format: one line
      columns.push(column)
    }
    yield { name: file, rows: count, columns, warnings: own, lineOf: (row) => from + row + 1 }
  }
}

/** A column that is read. */
interface Wanted {
  /** Among the leaves. */
  readonly at: number
  readonly name: string
  readonly leaf: Leaf
  readonly meaning: Exclude<Meaning, { kind: 'none' }>
  /** As the caller says; null where the values tell. */
  readonly type: ColumnType | null
}

interface Opened {
  readonly blob: Blob
  readonly file: string
  readonly layout: Layout
  readonly wanted: readonly Wanted[]
  readonly warnings: readonly string[]
  readonly compressors: Compressors
  readonly pagesOf: typeof pagesOf
  readonly builderOf: typeof builderOf
}

async function openWanted(blob: Blob, file: string, options: ReadTableOptions): Promise<Opened> {
  const layout = await openParquet(blob, file)
  const [{ pagesOf }, { meaningOf }, { loadCompressors }, { builderOf }] = await Promise.all([import('./pages.js'), import('./logical.js'), import('./compress.js'), import('./columns.js')]) // biome-ignore format: one line
  const warnings: string[] = []
  const names = named(layout.leaves.map(({ name }) => name), (text) => warnings.push(`'${inert(file)}': ${text}`)) // biome-ignore format: one line
  const types = givenTypes(names, options.types, file)
  const isWanted = chosen(names, options.columns, file)
  const wanted: Wanted[] = []
  for (const [at, leaf] of layout.leaves.entries()) {
    if (!isWanted[at]) continue
    const name = names[at]!
    const meaning: Meaning = leaf.isRepeated ? { kind: 'none', why: 'it holds lists or maps' } : meaningOf(leaf.element)
    if (meaning.kind === 'none')
      warnings.push(`'${inert(file)}': column '${inert(name)}' was left out: ${meaning.why}.`) // biome-ignore format: one line
    else wanted.push({ at, name, leaf, meaning, type: types[at]! })
  }
  return { blob, file, layout, wanted, warnings, compressors: await loadCompressors(), pagesOf, builderOf }
}

/** Goes through one column, page by page. */
class Cursor {
  readonly #pages: AsyncGenerator<Page>
  #page: Page | null = null
  /** In the page. */
  #row = 0
  #value = 0

  constructor(
    private readonly opened: Opened,
    private readonly wanted: Wanted,
    windowSize: number,
  ) {
    this.#pages = this.#all(windowSize)
  }

  get name(): string {
    return this.wanted.name
  }

  /** The column of the next rows; `from`: the first of them in the table. */
  async take(rows: number, from: number): Promise<ReturnType<Builder['done']>> {
    const { file } = this.opened
    const { name, meaning, type } = this.wanted
    const builder = this.opened.builderOf(meaning, rows)
    try {
      await this.#fill(builder, rows)
    } catch (error) {
      if (error instanceof NormballError) throw error
      throw new FormatError('bad-page', `'${inert(file)}': column '${inert(this.wanted.leaf.name)}' cannot be read, the Parquet page is damaged or lies: ${inert((error as Error).message, 160)}.`, { file, cause: error }) // biome-ignore format: one line
    }
    return builder.done(name, type, file, (row) => `row ${from + row + 1}, column '${inert(name)}'`)
  }

  async #fill(builder: Builder, rows: number): Promise<void> {
    for (let left = rows; left > 0; ) {
      if (this.#page === null || this.#row === this.#page.count) {
        const { value, done } = await this.#pages.next()
        if (done) throw new RangeError(`${left} rows are in no page`)
        ;[this.#page, this.#row, this.#value] = [value, 0, 0]
      }
      const count = Math.min(left, this.#page.count - this.#row)
      this.#value += builder.add({ page: this.#page, row: this.#row, rows: count, value: this.#value }, this.wanted.leaf.maxDefinition) // biome-ignore format: one line
      this.#row += count
      left -= count
    }
  }

  async *#all(windowSize: number): AsyncGenerator<Page> {
    const { blob, file, layout, compressors, pagesOf } = this.opened
    for (const group of layout.groups) {
      const chunk = group[this.wanted.at]!
      if (chunk.rows > 0) yield* pagesOf(new Window(blob, chunk.from, chunk.to, windowSize, file), this.wanted.leaf, chunk, compressors) // biome-ignore format: one line
    }
  }
}

/** The checked metadata. Throws FormatError for a damaged, hostile or encrypted file. */
export async function openParquet(blob: Blob, file: string): Promise<Layout> {
  const fail = (code: string, what: string): never => {
    throw new FormatError(code, `'${inert(file)}' is no Parquet file that can be read: ${what}.`, { file })
  }
  const { size } = blob
  if (size < 12) fail('truncated', `it has ${size} bytes, fewer than the magic numbers and a footer`)
  const [head, tail] = await Promise.all([partOf(blob, 0, 4, file), partOf(blob, size - 8, size, file)])
  const magic = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
  if (magic(tail.subarray(4)) === 'PARE') fail('encrypted', 'its footer is encrypted')
  if (magic(tail.subarray(4)) !== 'PAR1') fail('magic', "the magic number 'PAR1' is not at its end: it is truncated or another format") // biome-ignore format: one line
  if (magic(head) !== 'PAR1') fail('magic', "the magic number 'PAR1' is not at its start")
  const length = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true)
  if (length === 0 || length > size - 12) fail('bad-offset', `its footer has a length of ${length} bytes, and the file ${size}`) // biome-ignore format: one line
  if (length > mostFooter) fail('too-large', `its footer has ${length} bytes, more than ${mostFooter}`)
  const footer = await partOf(blob, size - 8 - length, size, file)
  const [{ parquetMetadata }, { walkStruct }, { layoutOf }] = await Promise.all([import('hyparquet'), import('./thrift.js'), import('./schema.js')]) // biome-ignore format: one line
  try {
    const end = walkStruct(footer.subarray(0, length), 0)
    if (end !== length) throw new RangeError(`its metadata end at byte ${end} of ${length}`)
    return layoutOf(parquetMetadata(footer, { geoparquet: false, parsers: asTheyAre }), size - 8 - length, file)
  } catch (error) {
    if (error instanceof NormballError) throw error
    return fail('bad-metadata', `its footer is damaged: ${inert((error as Error).message, 120)}`)
  }
}

const same = <T>(value: T): T => value
/** Statistics are not used, so nothing is made of them. */
const asTheyAre = { stringFromBytes: same, dateFromDays: same, timestampFromMilliseconds: same, timestampFromMicroseconds: same, timestampFromNanoseconds: same, uuidFromBytes: same } // biome-ignore format: one line
