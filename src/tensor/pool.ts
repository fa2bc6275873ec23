/**
 * Memory for tensors: small blocks come from slabs of equal blocks, which are used again at once and never split, so that a million steps of
 * small tensors cannot fragment the memory between large ones; large blocks come from the kernels' allocator, which joins what is freed. Of blocks
 * between, a few of each size wait to be used again, because the allocator's books cost more than a product of small matrices.
 */
import type { Kernels, Pointer } from '../kernels/index.js'

const grain = 64
/** Blocks up to this size come from slabs. */
const smallest = 4096
/** Blocks up to this size may wait, as long as they are not more than so many bytes together. */
const middling = 256 * 1024
const mostWaiting = 4 * 1024 * 1024
const slabBytes = 64 * 1024

export class Pool {
  /** Free blocks by size in grains. */
  readonly #free: Pointer[][] = Array.from({ length: smallest / grain + 1 }, () => [])
  /** Blocks that wait, by size in grains. */
  readonly #waiting = new Map<number, Pointer[]>()
  #waitingBytes = 0

  constructor(readonly kernels: Kernels) {}

  /** Uninitialized, 64-byte aligned. Throws the kernels' SystemError when memory has run out. */
  alloc(bytes: number): Pointer {
    if (bytes > smallest) return this.#reuse(bytes) ?? this.#fresh(bytes)
    const grains = bytes <= grain ? 1 : (bytes + grain - 1) >>> 6
    const blocks = this.#free[grains]!
    return blocks.length > 0 ? blocks.pop()! : this.#cut(grains, blocks)
  }

  /** `bytes` as asked for. */
  free(pointer: Pointer, bytes: number): void {
    if (bytes > smallest) this.#give(pointer, bytes)
    else this.#free[bytes <= grain ? 1 : (bytes + grain - 1) >>> 6]!.push(pointer)
  }

  #reuse(bytes: number): Pointer | undefined {
    if (bytes > middling) return undefined
    const grains = (bytes + grain - 1) >>> 6
    const pointer = this.#waiting.get(grains)?.pop()
    if (pointer !== undefined) this.#waitingBytes -= grains * grain
    return pointer
  }

  /** From the allocator, which gets back what waits when it has nothing else. */
  #fresh(bytes: number): Pointer {
    try {
      return this.kernels.alloc(bytes)
    } catch (error) {
      if (this.#waitingBytes === 0) throw error
      this.#return()
      return this.kernels.alloc(bytes)
    }
  }

  #give(pointer: Pointer, bytes: number): void {
    if (bytes > middling) {
      this.kernels.free(pointer)
      return
    }
    const grains = (bytes + grain - 1) >>> 6
    if (this.#waitingBytes + grains * grain > mostWaiting) this.#return()
    const blocks = this.#waiting.get(grains)
    if (blocks === undefined) this.#waiting.set(grains, [pointer])
    else blocks.push(pointer)
    this.#waitingBytes += grains * grain
  }

  /** Gives all that waits back to the allocator, so that sizes no longer asked for do not stay. */
  #return(): void {
    for (const blocks of this.#waiting.values()) for (const pointer of blocks) this.kernels.free(pointer)
    this.#waiting.clear()
    this.#waitingBytes = 0
  }

  #cut(grains: number, blocks: Pointer[]): Pointer {
    const size = grains * grain
    const slab = this.#fresh(slabBytes)
    for (let i = Math.floor(slabBytes / size) - 1; i > 0; i--) blocks.push(slab + i * size)
    return slab
  }
}
