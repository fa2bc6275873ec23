/** Columns of a query's result: DuckDB's types as those of a table. */
import { inert } from '../../core/index.js'
import { Gaps, Growing } from '../grow.js'
import { decimalOf, numbersColumn, roundedNote } from '../numbers.js'
import { millisecondsOf } from '../time.js'
import type { Column } from '../types.js'
import { wordsColumn } from '../words.js'

/** Values of a piece of the result; null is SQL's NULL. */
interface Values {
  getItem(row: number): unknown
}

export interface ResultColumn {
  /** The next `rows` values. */
  add(values: Values, rows: number): void
  /** The column, or null where it is left out; and what is to be told. */
  done(): { readonly column: Column | null; readonly notes: readonly string[] }
}

/** Times of 64 bits that stand for no end, in the unit of their type; dates have 32. */
const endless64 = 9_223_372_036_854_775_807n
const endless32 = 2_147_483_647

type Numeric =
  | { readonly kind: 'numbers'; readonly of: (value: never) => number; readonly isExact?: (value: never) => boolean }
  /** Null where the time is infinite. */
  | { readonly kind: 'times'; readonly of: (value: never) => number | null }
  | { readonly kind: 'truth'; readonly of: (value: never) => number }

const same: Numeric = { kind: 'numbers', of: (value: number) => value }
const wide: Numeric = { kind: 'numbers', of: (value: bigint) => Number(value), isExact: isWhole } // biome-ignore format: one line
/** Whether a double holds the number. */
function isWhole(value: bigint): boolean {
  const near = Number(value)
  return Number.isSafeInteger(near) || (Number.isFinite(near) && BigInt(near) === value)
}

const stamp = (count: bigint, per: bigint): number | null => count === endless64 || count === -endless64 ? null : millisecondsOf(count, per) // biome-ignore format: one line

const numeric: ReadonlyMap<string, Numeric> = new Map<string, Numeric>([
  ...(['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'FLOAT', 'DOUBLE', 'SQLNULL'] as const).map((name) => [name, same] as const), // biome-ignore format: one line
  ...(['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'BIGNUM'] as const).map((name) => [name, wide] as const),
  ['DECIMAL', { kind: 'numbers', of: ({ value, scale }: Decimal) => decimalOf(value, scale), isExact: ({ value }: Decimal) => Number.isSafeInteger(Number(value)) }], // biome-ignore format: one line
  ['BOOLEAN', { kind: 'truth', of: Number }],
  ['DATE', { kind: 'times', of: ({ days }: { days: number }) => (Math.abs(days) === endless32 ? null : 86_400_000 * days) }], // biome-ignore format: one line
  ['TIMESTAMP', { kind: 'times', of: ({ micros }: { micros: bigint }) => stamp(micros, 1000n) }],
  ['TIMESTAMP_TZ', { kind: 'times', of: ({ micros }: { micros: bigint }) => stamp(micros, 1000n) }],
  [
    'TIMESTAMP_S',
    {
      kind: 'times',
      of: ({ seconds }: { seconds: bigint }) =>
        seconds === endless64 || seconds === -endless64 ? null : 1000 * Number(seconds),
    },
  ],
  ['TIMESTAMP_MS', { kind: 'times', of: ({ millis }: { millis: bigint }) => stamp(millis, 1n) }],
  ['TIMESTAMP_NS', { kind: 'times', of: ({ nanos }: { nanos: bigint }) => stamp(nanos, 1_000_000n) }],
  // Times of day, in the unit of the database.
  ['TIME', { kind: 'numbers', of: ({ micros }: { micros: bigint }) => Number(micros) }],
  ['TIME_NS', { kind: 'numbers', of: ({ nanos }: { nanos: bigint }) => Number(nanos) }],
])

/** Digits, and how many of them stand behind the point. */
interface Decimal {
  readonly value: bigint
  readonly scale: number
}

/** A column of a result by the name of its DuckDB type. */
export function resultColumn(name: string, type: string, file: string): ResultColumn {
  const how = numeric.get(type)
  if (how !== undefined) return new NumbersOf(name, type, how, file)
  if (type === 'VARCHAR' || type === 'ENUM' || type === 'UUID') return new WordsOf(name, type, file)
  const note = `'${inert(file)}': column '${inert(name)}' was left out: its type ${inert(type, 40)} is neither a number nor a truth value, a time or a word. Try to cast it in the query.` // biome-ignore format: one line
  return { add: () => {}, done: () => ({ column: null, notes: [note] }) }
}

class NumbersOf implements ResultColumn {
  readonly #values = new Growing((length) => new Float64Array(length))
  readonly #gaps = new Gaps()
  #rows = 0
  #isRounded = false
  #infinite = 0

  constructor(
    readonly name: string,
    readonly type: string,
    readonly how: Numeric,
    readonly file: string,
  ) {}

  add(values: Values, rows: number): void {
    const { of } = this.how
    const isExact = this.how.kind === 'numbers' ? this.how.isExact : undefined
    for (let i = 0; i < rows; i++) {
      const row = this.#rows++
      const value = values.getItem(i)
      const number = value === null ? null : of(value as never)
      if (number === null) {
        this.#gaps.set(row)
        this.#values.set(row, Number.NaN)
        if (value !== null) this.#infinite++
      } else {
        this.#values.set(row, number)
        if (isExact !== undefined && !this.#isRounded && !isExact(value as never)) this.#isRounded = true
      }
    }
  }

  done(): ReturnType<ResultColumn['done']> {
    const { name, file, type } = this
    const { absent } = this.#gaps.take(this.#rows)
    const values = this.#values.take(this.#rows)
    const stored = type === 'FLOAT' ? 'f32' : null
    const column = numbersColumn({ name, values, absent, kind: this.how.kind, stored }, null, file, () => '')
    const notes: string[] = []
    if (this.#isRounded) notes.push(type === 'DECIMAL' ? `'${inert(file)}': column '${inert(name)}' has decimals with more digits than a double holds; they were rounded to the nearest.` : roundedNote(name, file)) // biome-ignore format: one line
    if (this.#infinite > 0) notes.push(`'${inert(file)}': column '${inert(name)}' has infinite times (${this.#infinite}), which count as missing.`) // biome-ignore format: one line
    return { column, notes }
  }
}

class WordsOf implements ResultColumn {
  /** Places with one added, as what was never set is zero. */
  readonly #codes = new Growing((length) => new Int32Array(length))
  readonly #places = new Map<string, number>()
  #rows = 0

  constructor(
    readonly name: string,
    readonly type: string,
    readonly file: string,
  ) {}

  add(values: Values, rows: number): void {
    for (let i = 0; i < rows; i++) {
      const row = this.#rows++
      const value = values.getItem(i)
      this.#codes.set(row, value === null ? 0 : this.#code(String(value)))
    }
  }

  done(): ReturnType<ResultColumn['done']> {
    const { name, file, type } = this
    const codes = this.#codes.take(this.#rows).map((code) => code - 1)
    // An ENUM was declared to have categories, whatever they look like.
    const column = wordsColumn({ name, codes, words: [...this.#places.keys()] }, type === 'ENUM' ? 'categorical' : null, file, () => '') // biome-ignore format: one line
    return { column, notes: [] }
  }

  #code(word: string): number {
    const found = this.#places.get(word)
    if (found !== undefined) return found
    const code = this.#places.size + 1
    this.#places.set(word, code)
    return code
  }
}
