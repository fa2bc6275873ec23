/** Columns that are filled from the pages of a Parquet file. */
import { FormatError, inert } from '../../core/index.js'
import { wordOf } from '../bytes.js'
import { ByteDictionary } from '../csv/dictionary.js'
import { absentOf } from '../grow.js'
import { numbersColumn, roundedNote } from '../numbers.js'
import type { Column, ColumnType } from '../types.js'
import { isNumber, type PlaceOf, wordsColumn } from '../words.js'
import type { Meaning } from './logical.js'
import type { Page } from './pages.js'

export interface Made {
  /** Null for what turned out to be no column: bytes that are no words. */
  readonly column: Column | null
  readonly note: string | null
}

/** Rows of a page: from which one on, how many, and the place of the first value among those that are there. */
export interface Part {
  readonly page: Page
  readonly row: number
  readonly rows: number
  readonly value: number
}

export interface Builder {
  /** Returns how many values the rows have. */
  add(part: Part, present: number): number
  done(name: string, type: ColumnType | null, file: string, placeOf: PlaceOf): Made
}

export const builderOf = (meaning: Exclude<Meaning, { kind: 'none' }>, rows: number): Builder => meaning.kind === 'words' ? new WordsOf(rows, meaning) : new NumbersOf(rows, meaning) // biome-ignore format: one line

/** Numbers, times, truth values. */
class NumbersOf implements Builder {
  readonly #values: Float64Array
  #absent: Uint8Array | null = null
  #next = 0
  #isRounded = false
  #isSingle = false
  /** The last values that were read, and as numbers: a page may come in parts, and pages share a dictionary. */
  #raw: ArrayLike<unknown> | null = null
  #numbers = new Float64Array(0)

  constructor(
    rows: number,
    private readonly meaning: Extract<Meaning, { of: (raw: unknown) => number }>,
  ) {
    this.#values = new Float64Array(rows)
  }

  add({ page: { levels, values, dictionary }, row, rows, value }: Part, present: number): number {
    const numbers = this.#read(dictionary ?? values)
    const codes = dictionary ? (values as ArrayLike<number>) : null
    const out = this.#values
    const next = this.#next
    this.#next += rows
    let from = value
    if (levels === null) {
      if (codes === null) out.set(numbers.subarray(from, from + rows), next)
      else for (let i = 0; i < rows; i++) out[next + i] = numbers[codes[from + i]!]!
      return rows
    }
    for (let i = 0; i < rows; i++) {
      if (levels[row + i]! < present) {
        this.#absent ??= new Uint8Array(out.length)
        this.#absent[next + i] = 1
        out[next + i] = Number.NaN
      } else {
        out[next + i] = codes ? numbers[codes[from]!]! : numbers[from]!
        from++
      }
    }
    return from - value
  }

  done(name: string, type: ColumnType | null, file: string, placeOf: PlaceOf): Made {
    const note = this.#isRounded ? roundedNote(name, file) : null
    const stored = this.#isSingle ? ('f32' as const) : null
    return { column: numbersColumn({ name, values: this.#values, absent: this.#absent, kind: this.meaning.kind, stored }, type, file, placeOf), note } // biome-ignore format: one line
  }

  #read(raw: ArrayLike<unknown>): Float64Array {
    if (raw === this.#raw) return this.#numbers
    this.#raw = raw
    this.#isSingle = raw instanceof Float32Array
    if (raw instanceof Float64Array) {
      this.#numbers = raw as Float64Array<ArrayBuffer>
      return raw
    }
    const isPlain = this.meaning.isPlain && (raw instanceof Float32Array || raw instanceof Int32Array)
    const numbers = isPlain ? Float64Array.from(raw as Float32Array) : this.#convert(raw)
    this.#numbers = numbers
    return numbers
  }

  #convert(raw: ArrayLike<unknown>): Float64Array<ArrayBuffer> {
    const numbers = new Float64Array(raw.length)
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
  #isRaw = false
  #known: { readonly of: unknown; readonly codes: Int32Array } | null = null

  constructor(
    rows: number,
    private readonly meaning: Extract<Meaning, { kind: 'words' }>,
  ) {
    this.#codes = new Int32Array(rows)
  }

  add({ page: { levels, values, dictionary }, row, rows, value }: Part, present: number): number {
    const known = dictionary ? this.#knownOf(dictionary) : null
    let from = value
    for (let i = 0; i < rows; i++) {
      const isMissing = levels !== null && levels[row + i]! < present
      this.#codes[this.#next++] = isMissing ? -1 : known ? known[values[from++] as number]! : this.#code(values[from++])
    }
    return from - value
  }

  done(name: string, type: ColumnType | null, file: string, placeOf: PlaceOf): Made {
    if (this.#isRaw) return { column: null, note: `'${inert(file)}': column '${inert(name)}' was left out: it holds raw bytes.` } // biome-ignore format: one line
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

  #knownOf(dictionary: ArrayLike<unknown>): Int32Array {
    if (this.#known?.of !== dictionary) this.#known = { of: dictionary, codes: Int32Array.from(dictionary, (raw) => this.#code(raw)) } // biome-ignore format: one line
    return this.#known.codes
  }

  #code(raw: unknown): number {
    const bytes = this.meaning.of(raw)
    // Nobody said that they are words, so they need not be.
    if (this.#isRaw || (!this.meaning.isText && wordOf(bytes, 0, bytes.length) === null)) {
      this.#isRaw = true
      return 0
    }
    return this.#dictionary.code(bytes, 0, bytes.length)
  }
}
