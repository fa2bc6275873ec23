/** Typed arrays that grow while a table is read: in one step to the length that is expected, so that nothing is copied but a few first rows. */

const firstLength = 64
/** Rows up to which lengths double whatever is expected: a table of many columns and few rows stays small. */
const fewRows = 1 << 14

type Block = Float64Array | Int32Array | Uint8Array

/** How many rows a table is expected to have, as what was read of it says; 0 where nothing is known. Being wrong costs time, never rows. */
export interface Expected {
  rows: number
}

export class Growing<A extends Block> {
  #all: A

  constructor(
    readonly make: (length: number) => A,
    readonly expected: Expected = { rows: 0 },
  ) {
    this.#all = make(0)
  }

  /** Sets an element; what was never set is zero. */
  set(place: number, value: number): void {
    if (place >= this.#all.length) this.#grow(place + 1)
    this.#all[place] = value
  }

  /** The first `length` elements. What was expected beyond them stays behind them, unused, and untouched memory is none. */
  take(length: number): A {
    if (length > this.#all.length) this.#grow(length)
    const all = this.#all
    this.#all = this.make(0)
    // Twice too much is worth a copy, which leaves it.
    return (all.length > 2 * length ? all.slice(0, length) : all.subarray(0, length)) as A
  }

  #grow(least: number): void {
    const { length } = this.#all
    const wanted = least > fewRows ? Math.max(this.expected.rows, Math.ceil(1.5 * length)) : 2 * length
    const made = this.#made(Math.max(least, firstLength, wanted), Math.max(least, Math.ceil(1.5 * length)))
    made.set(this.#all as never)
    this.#all = made
  }

  /** A file may promise more rows than memory has room for. */
  #made(length: number, modest: number): A {
    try {
      return this.make(length)
    } catch (error) {
      if (!(error instanceof RangeError) || modest >= length) throw error
      return this.make(modest)
    }
  }
}

/** Which rows have no value. Nothing is kept while all have one. */
export class Gaps {
  #absent: Growing<Uint8Array> | null = null

  constructor(readonly expected: Expected = { rows: 0 }) {}

  /** Called for the rows in order, again for one that is read again. */
  set(row: number): void {
    this.#absent ??= new Growing((length) => new Uint8Array(length), this.expected)
    this.#absent.set(row, 1)
  }

  take(rows: number): { readonly missing: number; readonly absent: Uint8Array | null } {
    const absent = this.#absent?.take(rows) ?? null
    this.#absent = null
    return absentOf(absent)
  }
}

/** Counted; null where none is missing. */
export function absentOf(absent: Uint8Array | null): { readonly missing: number; readonly absent: Uint8Array | null } {
  let missing = 0
  if (absent) for (const one of absent) missing += one
  return { missing, absent: missing > 0 ? absent : null }
}
