/**
 * Memory for tensors inside one WebAssembly memory: good fit over size classes (Masmano et al., TLSF, 2004), neighbours joined when freed, so
 * that what is given back is used again at once. The last few that were freed are joined only when another size is asked for, because the
 * next call mostly wants the same sizes. Bookkeeping lives outside the memory, where kernels cannot damage it.
 */
import { plural, SystemError, showBytes, UsageError } from '../core/index.js'
import type { Pointer } from './types.js'

const pageBytes = 65536
const grain = 64
/** The end of 32-bit addresses, less a grain so that no block's end wraps to 0. */
const addressLimit = 2 ** 32 - grain
/** Each power of two is cut into eight size classes. */
const classBits = 3
const classes = 32 * 2 ** classBits
/** How many freed blocks wait to be joined with their neighbours, and the largest that may. */
const waiting = 8
const waitingBytes = 2 ** 20

const roundUp = (bytes: number, to: number): number => Math.ceil(bytes / to) * to

/** Class whose blocks have at least `from(class)` bytes: the class a block of `bytes` belongs to. */
function classOf(bytes: number): number {
  const grains = bytes / grain
  const log = 31 - Math.clz32(grains)
  if (log < classBits) return grains
  return ((log - classBits + 1) << classBits) | ((grains >>> (log - classBits)) & (2 ** classBits - 1))
}

/** First class all of whose blocks hold `bytes`. */
function classHolding(bytes: number): number {
  const log = 31 - Math.clz32(bytes / grain)
  return classOf(log < classBits ? bytes : bytes + grain * (2 ** (log - classBits) - 1))
}

export class Allocator {
  readonly #memory: WebAssembly.Memory
  /** Size of every block handed out. */
  readonly #used = new Map<Pointer, number>()
  /** Size of every free block by its start, and start by its end. Two free blocks never touch. */
  readonly #free = new Map<Pointer, number>()
  readonly #freeEnds = new Map<Pointer, Pointer>()
  readonly #bins: Set<Pointer>[] = Array.from({ length: classes }, () => new Set())
  /** Bit c of word c / 32 is set when bin c is not empty. */
  readonly #occupied = new Uint32Array(classes / 32)
  /** Freed blocks that are not joined yet, and their sizes, the oldest first. */
  readonly #recent: Pointer[] = []
  readonly #recentSizes: number[] = []
  /** End of the memory that is managed. */
  #end: number
  #bytesInUse = 0

  /** Manages `memory` from `base` on. */
  constructor(memory: WebAssembly.Memory, base: Pointer) {
    this.#memory = memory
    this.#end = roundUp(base, grain)
    this.#manage(memory.buffer.byteLength)
  }

  get bytesInUse(): number {
    return this.#bytesInUse
  }

  /** Throws `UsageError` for a size that is no whole number, `SystemError('out-of-memory')` when nothing fits. */
  alloc(bytes: number): Pointer {
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw new UsageError(`alloc: ${bytes} is no size, expected a whole number of bytes from 0 on.`)
    const size = roundUp(Math.max(bytes, 1), grain)
    if (size > addressLimit) throw this.#outOfMemory(bytes)
    const start = this.#again(size) ?? this.#cut(size, bytes)
    this.#used.set(start, size)
    this.#bytesInUse += size
    return start
  }

  /** Throws `UsageError` when `pointer` is not in use, so also when it is freed twice. */
  free(pointer: Pointer): void {
    const size = this.#used.get(pointer)
    if (size === undefined)
      throw new UsageError(
        `free: no memory is in use at ${pointer}: it was never allocated, or is freed a second time.`,
      )
    this.#used.delete(pointer)
    this.#bytesInUse -= size
    if (size > waitingBytes) {
      this.#join(pointer, size)
      return
    }
    if (this.#recent.length === waiting) this.#join(this.#recent.shift()!, this.#recentSizes.shift()!)
    this.#recent.push(pointer)
    this.#recentSizes.push(size)
  }

  /** A block of just this size that was freed a moment ago. */
  #again(size: number): Pointer | null {
    const at = this.#recentSizes.lastIndexOf(size)
    if (at < 0) return null
    const start = this.#recent[at]!
    this.#recent.splice(at, 1)
    this.#recentSizes.splice(at, 1)
    return start
  }

  /** A part of a free block; `asked` is for the message. */
  #cut(size: number, asked: number): Pointer {
    while (this.#recent.length > 0) this.#join(this.#recent.pop()!, this.#recentSizes.pop()!)
    const start = this.#find(size) ?? this.#grow(size, asked)
    const whole = this.#free.get(start)!
    this.#remove(start, whole)
    if (whole > size) this.#insert(start + size, whole - size)
    return start
  }

  /** Makes a block free, as one with its free neighbours. */
  #join(block: Pointer, bytes: number): void {
    let [start, size] = [block, bytes]
    const after = this.#free.get(start + size)
    if (after !== undefined) {
      this.#remove(start + size, after)
      size += after
    }
    const before = this.#freeEnds.get(start)
    if (before !== undefined) {
      const beforeSize = start - before
      this.#remove(before, beforeSize)
      start = before
      size += beforeSize
    }
    this.#insert(start, size)
  }

  #insert(start: Pointer, size: number): void {
    const bin = classOf(size)
    this.#free.set(start, size)
    this.#freeEnds.set(start + size, start)
    this.#bins[bin]!.add(start)
    this.#occupied[bin >>> 5]! |= 1 << (bin & 31)
  }

  #remove(start: Pointer, size: number): void {
    const bin = classOf(size)
    this.#free.delete(start)
    this.#freeEnds.delete(start + size)
    this.#bins[bin]!.delete(start)
    if (this.#bins[bin]!.size === 0) this.#occupied[bin >>> 5]! &= ~(1 << (bin & 31))
  }

  /** A free block of at least `size` bytes. */
  #find(size: number): Pointer | null {
    const first = classHolding(size)
    for (let word = first >>> 5; word < this.#occupied.length; word++) {
      const from = word === first >>> 5 ? first & 31 : 0
      const bits = this.#occupied[word]! & (-1 << from)
      if (bits === 0) continue
      const bin = word * 32 + (31 - Math.clz32(bits & -bits))
      for (const start of this.#bins[bin]!) return start
    }
    // What is left is the class below, where some blocks are large enough and some are not.
    for (const start of this.#bins[classOf(size)]!) if (this.#free.get(start)! >= size) return start
    return null
  }

  /** Makes the last block large enough by growing the memory; in steps, because each growth detaches every view. */
  #grow(size: number, asked: number): Pointer {
    const last = this.#freeEnds.get(this.#end)
    const missing = size - (last === undefined ? 0 : this.#end - last)
    const before = this.#memory.buffer.byteLength
    const pages = Math.ceil((this.#end + missing - before) / pageBytes)
    const generous = Math.min(Math.max(pages, Math.ceil(before / pageBytes / 4)), 65536 - before / pageBytes)
    if (this.#end + missing > addressLimit || !(this.#tryGrow(generous) || this.#tryGrow(pages)))
      throw this.#outOfMemory(asked)
    this.#manage(this.#memory.buffer.byteLength)
    return this.#freeEnds.get(this.#end)!
  }

  #tryGrow(pages: number): boolean {
    try {
      this.#memory.grow(pages)
      return true
    } catch {
      return false
    }
  }

  /** Takes the memory up to `bytes` under management. */
  #manage(bytes: number): void {
    const end = Math.min(bytes, addressLimit)
    let start = this.#end
    if (end <= start) return
    const before = this.#freeEnds.get(start)
    if (before !== undefined) {
      this.#remove(before, start - before)
      start = before
    }
    this.#insert(start, end - start)
    this.#end = end
  }

  #outOfMemory(bytes: number): SystemError {
    return new SystemError(
      'out-of-memory',
      `out of memory: ${showBytes(bytes)} asked for while ${showBytes(this.#bytesInUse)} are in use by ${plural(this.#used.size, 'block')}, and one thread's kernels can address 4 GiB. Try fewer or smaller tensors at a time, or free what is no longer needed.`,
    )
  }
}
