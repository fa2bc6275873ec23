/** Typed arrays that grow by blocks, so that no more than one block is spare and nothing is copied before the end. */

const blockBits = 14
/** Elements of a block. */
export const blockLength = 1 << blockBits

type Block = Float64Array | Int32Array | Uint8Array

export class Growing<A extends Block> {
  #blocks: A[] = []
  #current: A
  /** Place of the current block. */
  #at = -1

  constructor(readonly make: (length: number) => A) {
    this.#current = make(0)
  }

  /** Sets an element; new ones are zero. */
  set(place: number, value: number): void {
    const block = place >>> blockBits
    if (block !== this.#at) this.#turnTo(block)
    this.#current[place & (blockLength - 1)] = value
  }

  /** The first `length` elements. */
  take(length: number): A {
    const all = this.make(length)
    for (const [i, block] of this.#blocks.entries()) {
      const room = length - i * blockLength
      if (room <= 0) break
      all.set((room < blockLength ? block.subarray(0, room) : block) as never, i * blockLength)
    }
    this.#blocks = []
    this.#at = -1
    return all
  }

  #turnTo(block: number): void {
    while (this.#blocks.length <= block) this.#blocks.push(this.make(blockLength))
    this.#current = this.#blocks[block]!
    this.#at = block
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
