/**
 * Memory for tensors: small blocks come from slabs of equal blocks, which are used again at once and never split, so that a million steps of
 * small tensors cannot fragment the memory between large ones; large blocks come from the kernels' allocator, which joins what is freed.
 */
import type { Kernels, Pointer } from '../kernels/index.js'

const grain = 64
/** Blocks up to this size come from slabs. */
const smallest = 4096
const slabBytes = 64 * 1024

export class Pool {
  /** Free blocks by size in grains. */
  readonly #free: Pointer[][] = Array.from({ length: smallest / grain + 1 }, () => [])

  constructor(readonly kernels: Kernels) {}

  /** Uninitialized, 64-byte aligned. Throws the kernels' SystemError when memory has run out. */
  alloc(bytes: number): Pointer {
    if (bytes > smallest) return this.kernels.alloc(bytes)
    const grains = bytes <= grain ? 1 : (bytes + grain - 1) >>> 6
    const blocks = this.#free[grains]!
    return blocks.length > 0 ? blocks.pop()! : this.#cut(grains, blocks)
  }

  /** `bytes` as asked for. */
  free(pointer: Pointer, bytes: number): void {
    if (bytes > smallest) this.kernels.free(pointer)
    else this.#free[bytes <= grain ? 1 : (bytes + grain - 1) >>> 6]!.push(pointer)
  }

  #cut(grains: number, blocks: Pointer[]): Pointer {
    const size = grains * grain
    const slab = this.kernels.alloc(slabBytes)
    for (let i = Math.floor(slabBytes / size) - 1; i > 0; i--) blocks.push(slab + i * size)
    return slab
  }
}
