/** Typed arrays that grow by blocks: no more than one block is spare, and a table of many columns and few rows stays small. */

const blockBits = 14
const blockLength = 1 << blockBits
const firstLength = 64

type Block = Float64Array | Int32Array | Uint8Array

export class Growing<A extends Block> {
  readonly #blocks: (A | undefined)[] = []
  #current: A | undefined
  /** Place of the current block. */
  #at = -1

  constructor(readonly make: (length: number) => A) {}

  /** Sets an element; what was never set is zero. */
  set(place: number, value: number): void {
    const block = place >>> blockBits
    const within = place & (blockLength - 1)
    if (block !== this.#at || within >= this.#current!.length) this.#turnTo(block, within)
    this.#current![within] = value
  }

  /** The first `length` elements. */
  take(length: number): A {
    const all = this.make(length)
    for (const [i, block] of this.#blocks.entries()) {
      const room = length - i * blockLength
      if (room <= 0) break
      if (block) all.set((room < block.length ? block.subarray(0, room) : block) as never, i * blockLength)
      this.#blocks[i] = undefined
    }
    this.#at = -1
    return all
  }

  /** The block, with room for the place: only the first is made smaller. */
  #turnTo(place: number, within: number): void {
    const found = this.#blocks[place]
    if (found === undefined || within >= found.length) {
      const length = place > 0 ? blockLength : Math.max(firstLength, 2 ** Math.ceil(Math.log2(within + 1)))
      const made = this.make(length)
      if (found) made.set(found as never)
      this.#blocks[place] = made
    }
    this.#current = this.#blocks[place]
    this.#at = place
  }
}

/** Which rows have no value. Nothing is kept while all have one. */
export class Gaps {
  #absent: Growing<Uint8Array> | null = null

  /** Called for the rows in order, again for one that is read again. */
  set(row: number): void {
    this.#absent ??= new Growing((length) => new Uint8Array(length))
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
