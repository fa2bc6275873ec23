/** Memory where kernels work, lent for the length of one call. */
import type { Kernels, Pointer } from '../kernels/index.js'
import { kernels } from '../tensor/internal.js'

type Numbers = Float64Array | Float32Array | Int32Array

/** Pieces of the kernels' memory, given back together. Views die with the next `alloc`, so pointers are what is kept. */
export class Scratch {
  readonly kernels: Kernels = kernels()
  readonly #pieces: Pointer[] = []

  /** Uninitialized. */
  alloc(bytes: number): Pointer {
    const piece = this.kernels.alloc(Math.max(8, bytes))
    this.#pieces.push(piece)
    return piece
  }

  /** A copy of an array. */
  place(values: Numbers): Pointer {
    const piece = this.alloc(values.byteLength)
    this.kernels.u8(piece, values.byteLength).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    return piece
  }

  free(): void {
    for (const piece of this.#pieces.splice(0)) this.kernels.free(piece)
  }
}

/** Calls `work` with scratch memory that is given back afterwards. */
export function withScratch<T>(work: (scratch: Scratch) => T): T {
  const scratch = new Scratch()
  try {
    return work(scratch)
  } finally {
    scratch.free()
  }
}
