/** What a profile keeps of one column. */
import { inert, UsageError } from '../../core/index.js'
import type { Column, ColumnType } from '../../table/index.js'
import { placeOf } from '../univariate/sample.js'
import { bothMoments, type MomentsJson, momentsOfSorted, noMoments } from './moments.js'
import { QuantileSketch, type SketchJson } from './sketch.js'
import { ascending } from './sorted.js'
import { WordCounts, type WordsJson } from './words.js'

export interface ColumnJson {
  readonly name: string
  readonly type: ColumnType
  readonly rows: number
  readonly missing: number
  /** Numbers: of a column of them, of times (milliseconds since 1970), of lengths of texts. */
  readonly numbers: (Omit<MomentsJson, 'm2'> & { /** null where it is beyond what a double holds. */ readonly m2: number | null; readonly nan: number; readonly negInf: number; readonly posInf: number; readonly sketch: SketchJson }) | null // biome-ignore format: one line
  /** Words: of categories, of yes and no. */
  readonly words: WordsJson | null
}

/** How much is kept. */
export interface Keep {
  readonly k: number
  readonly categories: number
  readonly seed: number
}

export class ColumnProfile {
  #type: ColumnType
  rows = 0
  missing = 0
  nan = 0
  negInf = 0
  posInf = 0
  #moments: MomentsJson = noMoments
  #sketch: QuantileSketch
  #words: WordCounts

  constructor(
    readonly name: string,
    type: ColumnType,
    keep: Keep,
  ) {
    this.#type = type
    this.#sketch = new QuantileSketch(keep.k, keep.seed)
    this.#words = new WordCounts(keep.categories)
  }

  get type(): ColumnType {
    return this.#type
  }

  get isNumbers(): boolean {
    return this.#type === 'numeric' || this.#type === 'time' || this.#type === 'text'
  }

  /** Of finite numbers. */
  get moments(): MomentsJson {
    return this.#moments
  }

  get sketch(): QuantileSketch {
    return this.#sketch
  }

  get words(): WordCounts {
    return this.#words
  }

  update(column: Column): void {
    const rows = column.type === 'categorical' ? column.codes.length : column.values.length
    if (rows > column.missing) this.#adopt(column.type)
    this.rows += rows
    this.missing += column.missing
    if (rows === column.missing) return
    if (column.type === 'categorical' || column.type === 'boolean') this.#words.add(countsOf(column))
    else this.#addNumbers(numbersOf(column))
  }

  merge(other: ColumnProfile): void {
    if (other.rows > other.missing) this.#adopt(other.#type)
    this.rows += other.rows
    this.missing += other.missing
    this.nan += other.nan
    this.negInf += other.negInf
    this.posInf += other.posInf
    this.#moments = bothMoments(this.#moments, other.#moments)
    this.#sketch.merge(other.#sketch)
    this.#words.merge(other.#words)
  }

  toJSON(): ColumnJson {
    const { name, type, rows, missing, nan, negInf, posInf } = this
    const m2 = Number.isFinite(this.#moments.m2) ? this.#moments.m2 : null
    const numbers = this.isNumbers ? { ...this.#moments, m2, nan, negInf, posInf, sketch: this.#sketch.toJSON() } : null
    return { name, type, rows, missing, numbers, words: this.isNumbers ? null : this.#words.toJSON() }
  }

  /** Of checked data: see `json.ts`. */
  static from(json: ColumnJson, keep: Keep): ColumnProfile {
    const made = new ColumnProfile(json.name, json.type, keep)
    made.rows = json.rows
    made.missing = json.missing
    if (json.words) made.#words = WordCounts.from(json.words)
    if (json.numbers) {
      const { sketch, nan, negInf, posInf, ...moments } = json.numbers
      made.nan = nan
      made.negInf = negInf
      made.posInf = posInf
      made.#moments = { ...moments, m2: moments.m2 ?? Number.POSITIVE_INFINITY }
      made.#sketch = QuantileSketch.from(sketch)
    }
    return made
  }

  /** Throws UsageError for values of another type; where all so far are missing, or all new ones (`isEmpty`), any will do. */
  check(type: ColumnType, isEmpty: boolean): void {
    if (type !== this.#type && !isEmpty && this.rows > this.missing)
      throw new UsageError(`Profile: column '${inert(this.name)}' is ${this.#type}, and ${type} in what is added; expected one type. Try types: { ... } when the table is read.`) // biome-ignore format: one line
  }

  #adopt(type: ColumnType): void {
    if (this.rows === this.missing) this.#type = type
  }

  #addNumbers(values: ArrayLike<number>): void {
    const sorted = ascending(values)
    const [from, to] = [placeOf(sorted, Number.NEGATIVE_INFINITY, true), placeOf(sorted, Number.POSITIVE_INFINITY)]
    this.nan += values.length - sorted.length
    this.negInf += from
    this.posInf += sorted.length - to
    const finite = sorted.subarray(from, to)
    this.#moments = bothMoments(this.#moments, momentsOfSorted(finite))
    this.#sketch.add(finite)
  }
}

/** Numbers of rows that have a value; lengths of texts in characters. */
function numbersOf(column: Extract<Column, { type: 'numeric' | 'time' | 'text' }>): ArrayLike<number> {
  const { absent } = column
  if (column.type !== 'text') return absent === null ? column.values : column.values.filter((_, i) => absent[i] === 0)
  return column.values.filter((_, i) => absent === null || absent[i] === 0).map((text) => [...text].length)
}

function countsOf(column: Extract<Column, { type: 'categorical' | 'boolean' }>): [string, number][] {
  const words = column.type === 'categorical' ? column.categories : ['false', 'true']
  const counts = words.map(() => 0)
  const codes: ArrayLike<number> = column.type === 'categorical' ? column.codes : column.values
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0 && column.absent?.[i] !== 1) counts[codes[i]!]!++
  return words.map((word, i) => [word, counts[i]!])
}
