/** Parquet files as tables: column by column, so that what is not wanted is not decoded. */
import { FormatError, inert, NormballError } from '../../core/index.js'
import { partOf, wordOf } from '../bytes.js'
import { chosen, givenTypes } from '../choose.js'
import { ByteDictionary } from '../csv/dictionary.js'
import { absentOf } from '../grow.js'
import { mostCells } from '../limits.js'
import { named } from '../names.js'
import { numbersColumn, roundedNote } from '../numbers.js'
import type { ReadTableOptions } from '../options.js'
import type { Column, ColumnType, Table } from '../types.js'
import { isNumber, type PlaceOf, wordsColumn } from '../words.js'
import type { Meaning } from './logical.js'
import type { Page } from './pages.js'
import type { Layout, Leaf } from './schema.js'

const mostFooter = 2 ** 26

/** Reads the wanted columns. What is no column of plain values (lists, maps, raw bytes) is left out with a warning. */
export async function readParquetBlob(blob: Blob, file: string, options: ReadTableOptions): Promise<Table> {
  const layout = await openParquet(blob, file)
  const [{ pagesOf }, { meaningOf }, { loadCompressors }] = await Promise.all([import('./pages.js'), import('./logical.js'), import('./compress.js')]) // biome-ignore format: one line
  const warnings: string[] = []
  const names = named(layout.leaves.map(({ name }) => name), (text) => warnings.push(`'${inert(file)}': ${text}`)) // biome-ignore format: one line
  const types = givenTypes(names, options.types, file)
  const wanted = chosen(names, options.columns, file)
  if (layout.rows * wanted.filter(Boolean).length > mostCells) throw new FormatError('too-large', `'${inert(file)}' has more than ${mostCells} cells. Try fewer columns.`, { file }) // biome-ignore format: one line
  const compressors = await loadCompressors()
  const columns: Column[] = []
  for (const [i, leaf] of layout.leaves.entries()) {
    if (!wanted[i]) continue
    const name = names[i]!
    const meaning: Meaning = leaf.isRepeated ? { kind: 'none', why: 'it holds lists or maps' } : meaningOf(leaf.element)
    if (meaning.kind === 'none') {
      warnings.push(`'${inert(file)}': column '${inert(name)}' was left out: ${meaning.why}.`)
      continue
    }
    const builder =
      meaning.kind === 'words' ? new WordsOf(layout.rows, meaning.of) : new NumbersOf(layout.rows, meaning)
    for (const group of layout.groups) {
      const chunk = group[i]!
      if (chunk.rows === 0) continue
      const bytes = await partOf(blob, chunk.from, chunk.to, file)
      decode(file, leaf, () => {
        for (const page of pagesOf(bytes, leaf, chunk, compressors)) builder.add(page, leaf.maxDefinition)
      })
    }
    const placeOf: PlaceOf = (row) => `row ${row + 1}, column '${inert(name)}'`
    const made = builder.done(name, types[i]!, file, placeOf)
    if (made.note) warnings.push(made.note)
    columns.push(made.column)
  }
  return { name: file, rows: layout.rows, columns, warnings, lineOf: (row) => row + 1 }
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

/** Runs what may fail on a damaged page. */
function decode(file: string, leaf: Leaf, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (error instanceof NormballError) throw error
    throw new FormatError('bad-page', `'${inert(file)}': column '${inert(leaf.name)}' cannot be read, the Parquet page is damaged or lies: ${inert((error as Error).message, 160)}.`, { file, cause: error }) // biome-ignore format: one line
  }
}

interface Made {
  readonly column: Column
  readonly note: string | null
}

interface Builder {
  add(page: Page, present: number): void
  done(name: string, type: ColumnType | null, file: string, placeOf: PlaceOf): Made
}

/** Numbers, times, truth values. */
class NumbersOf implements Builder {
  readonly #values: Float64Array
  #absent: Uint8Array | null = null
  #next = 0
  #isRounded = false
  #isSingle = false

  constructor(
    rows: number,
    private readonly meaning: Extract<Meaning, { of: (raw: unknown) => number }>,
  ) {
    this.#values = new Float64Array(rows)
  }

  add({ count, levels, values, dictionary }: Page, present: number): void {
    const numbers = this.#numbers(dictionary ?? values)
    const codes = dictionary ? (values as ArrayLike<number>) : null
    let from = 0
    for (let i = 0; i < count; i++) {
      const row = this.#next++
      if (levels !== null && levels[i]! < present) {
        this.#absent ??= new Uint8Array(this.#values.length)
        this.#absent[row] = 1
        this.#values[row] = Number.NaN
      } else {
        this.#values[row] = codes ? numbers[codes[from]!]! : numbers[from]!
        from++
      }
    }
  }

  done(name: string, type: ColumnType | null, file: string, placeOf: PlaceOf): Made {
    const note = this.#isRounded ? roundedNote(name, file) : null
    const stored = this.#isSingle ? ('f32' as const) : null
    return { column: numbersColumn({ name, values: this.#values, absent: this.#absent, kind: this.meaning.kind, stored }, type, file, placeOf), note } // biome-ignore format: one line
  }

  #numbers(raw: ArrayLike<unknown>): Float64Array {
    const numbers = new Float64Array(raw.length)
    if (raw instanceof Float64Array || raw instanceof Float32Array) {
      this.#isSingle = raw instanceof Float32Array
      numbers.set(raw)
      return numbers
    }
    for (let i = 0; i < raw.length; i++) {
      const value = raw[i]
      const number = this.meaning.of(value)
      if (typeof number !== 'number') throw new RangeError('a value that is no number')
      numbers[i] = number
      if (typeof value === 'bigint' && this.meaning.kind === 'numbers' && Math.abs(number) > Number.MAX_SAFE_INTEGER) this.#isRounded = true // biome-ignore format: one line
    }
    return numbers
  }
}

class WordsOf implements Builder {
  readonly #codes: Int32Array
  readonly #dictionary = new ByteDictionary()
  #next = 0

  constructor(
    rows: number,
    private readonly of: (raw: unknown) => Uint8Array,
  ) {
    this.#codes = new Int32Array(rows)
  }

  add({ count, levels, values, dictionary }: Page, present: number): void {
    const known = dictionary ? Int32Array.from(dictionary as ArrayLike<unknown>, (raw) => this.#code(raw)) : null
    let from = 0
    for (let i = 0; i < count; i++) {
      const isMissing = levels !== null && levels[i]! < present
      this.#codes[this.#next++] = isMissing ? -1 : known ? known[values[from++] as number]! : this.#code(values[from++])
    }
  }

  done(name: string, type: ColumnType | null, file: string, placeOf: PlaceOf): Made {
    const words: string[] = []
    for (let code = 0; code < this.#dictionary.size; code++) {
      const bytes = this.#dictionary.bytesOf(code)
      const word = wordOf(bytes, 0, bytes.length)
      if (word === null) throw new FormatError('bad-utf8', `'${inert(file)}' ${placeOf(Math.max(0, this.#codes.indexOf(code)))}: the word is not UTF-8 (invalid bytes).`, { file }) // biome-ignore format: one line
      words.push(word)
    }
    const given = { name, codes: this.#codes, words }
    if (type !== 'numeric') return { column: wordsColumn(given, type, file, placeOf), note: null }
    const numbers = words.map((word, code) => {
      if (isNumber(word)) return Number(word)
      throw new FormatError('bad-number', `'${inert(file)}' ${placeOf(this.#codes.indexOf(code))}: '${inert(word, 40)}' is no number.`, { file }) // biome-ignore format: one line
    })
    const absent = Uint8Array.from(this.#codes, (code) => (code < 0 ? 1 : 0))
    return { column: { name, type, ...absentOf(absent), values: Float64Array.from(this.#codes, (code) => numbers[code] ?? Number.NaN) }, note: null } // biome-ignore format: one line
  }

  #code(raw: unknown): number {
    const bytes = this.of(raw)
    return this.#dictionary.code(bytes, 0, bytes.length)
  }
}
