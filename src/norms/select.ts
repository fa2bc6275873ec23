/**
 * The k elements largest in size, by selection: which size is the k-th largest is found digit by digit of its bits, from counts. Of equal sizes
 * the lower index is kept, over all arrays in the order they are given. NaN counts as one size above infinity.
 *
 * For arrays in memory: `selectLargest`. For a stream that is read several times (weights of a file larger than memory): `Selection`.
 *
 * @example
 * using selection = new Selection(kernels, 'f32', 1000)
 * while (!selection.isFound) {
 *   for (const chunk of read()) selection.count(chunk.pointer, chunk.length)
 *   selection.endPass()
 * }
 * for (const chunk of read()) selection.keep(chunk.pointer, chunk.length) // zeroes the others, in place
 */
import { edits, type Kernels, type Pointer } from '../kernels/index.js'

/** Digits of the bits of |x|, first to last: how many bits follow each, and how wide it is. */
const digits = {
  f32: [
    [15, 16],
    [0, 15],
  ],
  f64: [
    [47, 16],
    [31, 16],
    [15, 16],
    [0, 15],
  ],
} as const

/** Four counters of u32 for each digit. */
const tableWords = 4 * 2 ** 16
/** Elements counted before the table's u32 are emptied. */
const mostCounted = 2 ** 31

/** Passes over a stream that `Selection` needs. */
export const passesOf: Readonly<Record<'f32' | 'f64', number>> = { f32: digits.f32.length, f64: digits.f64.length }

/** Finds the k-th largest size of a stream, in 2 passes (f32) or 4 (f64), and keeps what is at least as large, k elements exactly. */
export class Selection implements Disposable {
  readonly type: 'f32' | 'f64'
  readonly #kernels: Kernels
  readonly #largest: boolean
  #table: Pointer
  #sums: Float64Array | null = null
  #counted = 0
  #pass = 0
  /** Bits found so far. */
  #bits = 0n
  /** Rank of what is looked for among elements with these bits, from 1. */
  #rank: number
  #size = Number.NaN
  /** Elements equal to `size` that are still to be kept. */
  #ties = 0
  #found: 'no' | 'some' | 'all' | 'none'

  /** `k` of the largest are kept (of the smallest, unless `largest`). */
  constructor(kernels: Kernels, type: 'f32' | 'f64', k: number, largest = true) {
    this.type = type
    this.#kernels = kernels
    this.#largest = largest
    this.#rank = k
    this.#found = k === 0 ? 'none' : 'no'
    this.#table = kernels.alloc(4 * tableWords)
    this.#clear()
  }

  /** Whether the size that parts those kept from the others is known. */
  get isFound(): boolean {
    return this.#found !== 'no'
  }

  /** The k-th largest (smallest) size; NaN when all are kept, or none. */
  get size(): number {
    return this.#size
  }

  /** Counts the next chunk of this pass. The memory is not changed. */
  count(x: Pointer, n: number): void {
    if (this.isFound || n === 0) return
    this.#counted += n
    if (this.#counted >= mostCounted) this.#empty()
    const [shift, width] = digits[this.type][this.#pass]!
    const prefix = Number(this.#bits)
    const kernels = edits(this.#kernels)
    if (this.type === 'f32') kernels.magnitudes_f32(x, n, this.#table, shift, width, prefix)
    else kernels.magnitudes_f64(x, n, this.#table, shift, width, prefix)
  }

  /** Ends a pass over the whole stream. */
  endPass(): void {
    if (this.isFound) return
    this.#empty()
    const sums = this.#sums!
    const [, width] = digits[this.type][this.#pass]!
    const digit = this.#digit(sums, 2 ** width)
    if (digit < 0) {
      this.#found = 'all'
      return
    }
    this.#bits = (this.#bits << BigInt(width)) | BigInt(digit)
    this.#pass++
    if (this.#pass === digits[this.type].length) {
      this.#found = 'some'
      this.#size = numberOf(this.type, this.#bits)
      this.#ties = this.#rank
    }
    sums.fill(0)
  }

  /** Zeroes, in place, what is not kept of the next chunk; chunks come in order. */
  keep(x: Pointer, n: number): void {
    if (this.#found === 'all' || n === 0) return
    const kernels = edits(this.#kernels)
    // None: nothing is larger than NaN, and no tie is kept.
    const size = this.#found === 'none' ? (this.#largest ? Number.NaN : 0) : this.#size
    const ties = Math.min(this.#ties, n)
    const run = this.type === 'f32' ? kernels.keepMagnitudes_f32 : kernels.keepMagnitudes_f64
    this.#ties -= ties - run(x, n, size, ties, this.#largest)
  }

  /** The digit that holds the rank, which becomes the rank within it; -1 when fewer elements are there. */
  #digit(sums: Float64Array, size: number): number {
    for (let i = 0; i < size; i++) {
      const digit = this.#largest ? size - 1 - i : i
      if (this.#rank <= sums[digit]!) return digit
      this.#rank -= sums[digit]!
    }
    return -1
  }

  /** Adds the table to what was counted before. */
  #empty(): void {
    this.#sums ??= new Float64Array(2 ** 16)
    const counts = new Uint32Array(this.#kernels.memory.buffer, this.#table, tableWords)
    for (let i = 0; i < counts.length; i++) this.#sums[i >> 2]! += counts[i]!
    this.#clear()
  }

  #clear(): void {
    new Uint32Array(this.#kernels.memory.buffer, this.#table, tableWords).fill(0)
    this.#counted = 0
  }

  [Symbol.dispose](): void {
    if (this.#table !== 0) this.#kernels.free(this.#table)
    this.#table = 0
  }
}

/** The number whose bits without the sign are these. */
function numberOf(type: 'f32' | 'f64', bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8))
  if (type === 'f32') {
    view.setUint32(0, Number(bits))
    return view.getFloat32(0)
  }
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}

/** Elements in memory. */
export interface Span {
  readonly pointer: Pointer
  readonly length: number
}

/** Zeroes, in place, all but the k elements largest in size (smallest, unless `largest`) of several arrays together. Returns the k-th size. */
export function selectLargest(
  kernels: Kernels,
  type: 'f32' | 'f64',
  spans: readonly Span[],
  k: number,
  largest = true,
): number {
  const selection = new Selection(kernels, type, k, largest)
  try {
    while (!selection.isFound) {
      for (const span of spans) selection.count(span.pointer, span.length)
      selection.endPass()
    }
    for (const span of spans) selection.keep(span.pointer, span.length)
    return selection.size
  } finally {
    selection[Symbol.dispose]()
  }
}
