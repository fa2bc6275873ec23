/** A column of values that have types already, as JSON's do: numbers, truth values, words; null is missing. */
import { FormatError, inert } from '../../core/index.js'
import { Gaps, Growing } from '../grow.js'
import { roundedNote } from '../numbers.js'
import type { Column, ColumnType } from '../types.js'
import { isNumber, mixedNote, type PlaceOf, wordsColumn } from '../words.js'

export type Value = number | boolean | string

export class ValueSink {
  #numbers: Growing<Float64Array> | null = null
  #codes: Growing<Int32Array> | null = null
  readonly #places = new Map<string, number>()
  /** Behind the last row with a value: rows between have none. */
  #next = 0
  readonly #gaps = new Gaps()
  #hasLarge = false
  #hasNumbers = false

  constructor(
    readonly name: string,
    /** As the caller says; null where the values tell. */
    readonly type: ColumnType | null,
    readonly missing: ReadonlySet<string>,
    readonly file: string,
  ) {}

  /** Rows in order; a row that is not set is missing. Returns false where the column has a value for the row already. */
  set(row: number, value: Value, placeOf: () => string): boolean {
    if (row < this.#next) return false
    if (typeof value === 'string' && this.missing.has(value)) return true
    this.#skipTo(row)
    this.#next = row + 1
    this.#hasNumbers ||= typeof value === 'number'
    if (this.type === 'numeric') this.#number(row, this.#asNumber(value, placeOf))
    else if (typeof value === 'number' && this.#codes === null && this.type === null) this.#number(row, value)
    else {
      if (this.#codes === null) this.#toWords(row)
      this.#codes!.set(row, this.#code(String(value)))
    }
    return true
  }

  /** The column, and what there is to say about it. */
  done(rows: number, placeOf: PlaceOf): { column: Column; notes: string[] } {
    this.#skipTo(rows)
    const { name } = this
    const notes: string[] = []
    if (this.#hasLarge) notes.push(roundedNote(name, this.file))
    if (this.#codes === null && (this.type === null || this.type === 'numeric')) {
      const kept = this.#gaps.take(rows)
      const values = this.#numbers?.take(rows) ?? new Float64Array(rows)
      if (kept.absent) for (let row = 0; row < rows; row++) if (kept.absent[row]) values[row] = Number.NaN
      return { column: { name, type: 'numeric', values, ...kept }, notes }
    }
    if (this.#codes === null) this.#toWords(rows)
    const words = { name, codes: this.#codes!.take(rows).map((code) => code - 1), words: [...this.#places.keys()] }
    const note = this.type === null && this.#hasNumbers ? mixedNote(words, this.file, placeOf) : null // biome-ignore format: one line
    if (note) notes.push(note)
    return { column: wordsColumn(words, this.type === 'numeric' ? null : this.type, this.file, placeOf), notes }
  }

  #number(row: number, value: number): void {
    this.#numbers ??= new Growing((length) => new Float64Array(length))
    this.#numbers.set(row, value)
    if (Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) < 1e21) this.#hasLarge = true // biome-ignore format: one line
  }

  #asNumber(value: Value, placeOf: () => string): number {
    if (typeof value === 'number') return value
    if (typeof value === 'string' && isNumber(value.trim())) return Number(value.replace(/inf(inity)?/i, 'Infinity'))
    throw new FormatError('bad-number', `'${inert(this.file)}' ${placeOf()}: '${inert(String(value), 40)}' is no number.`, { file: this.file }) // biome-ignore format: one line
  }

  /** Codes are kept with one added, as what was never set is zero. */
  #code(word: string): number {
    let code = this.#places.get(word)
    if (code === undefined) {
      code = this.#places.size
      this.#places.set(word, code)
    }
    return code + 1
  }

  /** The numbers so far as words. */
  #toWords(row: number): void {
    this.#codes = new Growing((length) => new Int32Array(length))
    if (this.#numbers === null) return
    const { absent } = this.#gaps.take(row)
    const values = this.#numbers.take(row)
    for (let i = 0; i < row; i++) if (absent?.[i] !== 1) this.#codes.set(i, this.#code(String(values[i])))
  }

  #skipTo(row: number): void {
    if (this.#codes !== null) return
    for (; this.#next < row; this.#next++) this.#gaps.set(this.#next)
  }
}
