/** What takes the cells of one column while the file is read. A row may be read twice, where the bytes ended in it: cells are set by row, not added. */
import { FormatError, inert } from '../../core/index.js'
import { wordOf } from '../bytes.js'
import { type Expected, Gaps, Growing } from '../grow.js'
import { roundedNote } from '../numbers.js'
import type { Column, ColumnType } from '../types.js'
import { infinite, mixedNote, type PlaceOf, type Words, wordsColumn } from '../words.js'
import { ByteDictionary } from './dictionary.js'
import { type DecimalReader, odds } from './number.js'
import { groupedWord } from './thousands.js'

/** How a column is read: passed over; numbers, which the scanner reads itself where it can; words; not known before the first value. */
export const kinds = { skipped: 0, numbers: 1, words: 2, open: 3 } as const

/** A column of numbers met a word: the file is gone through again for it. */
export const failed = 4

export interface Vocabulary {
  /** Words that stand for a missing value. */
  readonly missing: ReadonlySet<string>
  readonly reader: DecimalReader
  /** Numbers with marks between thousands; null where there are none. */
  readonly grouped: ((word: string) => number | null) | null
  /** Whether a word is a number with the file's decimal mark. */
  readonly isNumber: (word: string) => boolean
}

const nan = /^[+-]?nan$/i

export class Sink {
  readonly #numbers: Growing<Float64Array>
  readonly #codes: Growing<Int32Array>
  readonly #gaps: Gaps
  #dictionary: ByteDictionary | null = null
  /** The first whole number with zeros at its beginning. */
  #padded: { readonly row: number; readonly word: string } | null = null
  #hasLarge = false

  constructor(
    readonly name: string,
    /** One of `kinds`, or `failed`. */
    public kind: number,
    /** As the caller says; null where the values tell. */
    readonly type: ColumnType | null,
    readonly vocabulary: Vocabulary,
    readonly file: string,
    expected: Expected,
  ) {
    this.#numbers = new Growing((length) => new Float64Array(length), expected)
    this.#codes = new Growing((length) => new Int32Array(length), expected)
    this.#gaps = new Gaps(expected)
  }

  number(row: number, value: number): void {
    this.#numbers.set(row, value)
  }

  /** Told of a whole number that may not be one, or is none that a double holds. */
  odd(row: number, value: number, odd: number, bytes: Uint8Array, from: number, to: number): void {
    if (odd === odds.large) this.#hasLarge ||= Math.abs(value) > Number.MAX_SAFE_INTEGER
    else this.#padded ??= { row, word: wordOf(bytes, from, to) ?? '' }
  }

  /** Any cell; the scanner has taken the plain numbers out of columns of numbers. */
  cell(row: number, bytes: Uint8Array, from: number, to: number, line: number): void {
    if (this.kind === kinds.words) {
      this.#codes.set(row, from === to ? -1 : this.#code(bytes, from, to))
      return
    }
    if (this.kind === kinds.skipped || this.kind === failed) return
    if (from === to) {
      this.#gap(row)
      return
    }
    const value = this.vocabulary.reader.read(bytes, from, to)
    if (this.vocabulary.reader.stop === to) {
      this.kind = kinds.numbers
      this.#numbers.set(row, value)
      const { odd } = this.vocabulary.reader
      if (odd !== odds.none) this.odd(row, value, odd, bytes, from, to)
    } else this.#other(row, bytes, from, to, line)
  }

  #gap(row: number): void {
    this.#gaps.set(row)
    this.#numbers.set(row, Number.NaN)
  }

  /** Infinity, NaN, a word for what is missing, or a word among numbers. */
  #other(row: number, bytes: Uint8Array, from: number, to: number, line: number): void {
    const word = to - from < 100 ? wordOf(bytes, from, to) : null
    const grouped = word === null ? null : (this.vocabulary.grouped?.(word) ?? null)
    if (grouped !== null) {
      this.kind = kinds.numbers
      this.#numbers.set(row, grouped)
    } else if (word !== null && this.vocabulary.missing.has(word)) this.#gap(row)
    else if (word !== null && nan.test(word)) this.#numbers.set(row, Number.NaN)
    else if (word !== null && infinite.test(word)) {
      this.kind = kinds.numbers
      this.#numbers.set(row, word.startsWith('-') ? -Infinity : Infinity)
    } else if (this.type === 'numeric') {
      const shown = inert(new TextDecoder().decode(bytes.subarray(from, Math.min(to, from + 200))), 40)
      throw new FormatError('bad-number', `'${inert(this.file)}' line ${line}, column '${inert(this.name)}': '${shown}' is no number.`, { file: this.file }) // biome-ignore format: one line
    } else {
      // Where nothing but gaps came before, nothing is lost: they are gaps of words as well.
      this.kind = this.kind === kinds.open && row < 1 << 12 ? kinds.words : failed
      if (this.kind !== kinds.words) return
      for (let before = 0; before < row; before++) this.#codes.set(before, -1)
      this.#codes.set(row, this.#code(bytes, from, to))
    }
  }

  #code(bytes: Uint8Array, from: number, to: number): number {
    this.#dictionary ??= new ByteDictionary()
    return this.#dictionary.code(bytes, from, to)
  }

  /** The column, and what there is to say about it. */
  done(rows: number, lineOf: (row: number) => number): { column: Column; notes: string[] } {
    const placeOf: PlaceOf = (row) => `line ${lineOf(row)}, column '${inert(this.name)}'`
    if (this.kind !== kinds.words) {
      const values = this.#numbers.take(rows)
      const notes = this.#numberNotes(values, placeOf)
      return { column: { name: this.name, type: 'numeric', values, ...this.#gaps.take(rows) }, notes }
    }
    const words = this.#words(rows, placeOf)
    const note =
      this.type === null
        ? (this.#groupedNote(words) ?? mixedNote(words, this.file, placeOf, this.vocabulary.isNumber))
        : null
    return { column: wordsColumn(words, this.type === 'numeric' ? null : this.type, this.file, placeOf), notes: note === null ? [] : [note] } // biome-ignore format: one line
  }

  /** What whole numbers lost. */
  #numberNotes(values: Float64Array, placeOf: PlaceOf): string[] {
    // Among fractions a number of many digits is none that is counted with.
    const isRounded = this.#hasLarge && values.every((value) => Number.isNaN(value) || Number.isInteger(value))
    const notes = isRounded ? [roundedNote(this.name, this.file)] : []
    if (this.#padded === null || this.type !== null) return notes
    const { row, word } = this.#padded
    return [...notes, `'${inert(this.file)}' ${placeOf(row)}: '${inert(word, 40)}' was read as the number ${Number(word)}. If such values are codes, try types: { '${inert(this.name, 60)}': 'categorical' }.`] // biome-ignore format: one line
  }

  #groupedNote({ words }: Words): string | null {
    const found = groupedWord(words, this.vocabulary.isNumber)
    if (found === null) return null
    return `'${inert(this.file)}': column '${inert(this.name)}' was read as words, and all seem to be numbers with a mark between thousands, as '${inert(found.word, 40)}'. Try thousands: '${inert(found.mark)}'.` // biome-ignore format: one line
  }

  #words(rows: number, placeOf: PlaceOf): Words {
    const codes = this.#codes.take(rows)
    const words: string[] = []
    const size = this.#dictionary?.size ?? 0
    const isMissing = new Uint8Array(size)
    for (let code = 0; code < size; code++) {
      const bytes = this.#dictionary!.bytesOf(code)
      const word = wordOf(bytes, 0, bytes.length)
      if (word === null)
        throw new FormatError('bad-utf8', `'${inert(this.file)}' ${placeOf(Math.max(0, codes.indexOf(code)))}: the text is not UTF-8 (invalid bytes). Try encoding: 'windows-1252'.`, { file: this.file }) // biome-ignore format: one line
      if (this.vocabulary.missing.has(word) || nan.test(word)) isMissing[code] = 1
      words.push(word)
    }
    if (isMissing.includes(1))
      for (let row = 0; row < rows; row++) if (codes[row]! >= 0 && isMissing[codes[row]!]) codes[row] = -1
    return { name: this.name, codes, words }
  }
}
