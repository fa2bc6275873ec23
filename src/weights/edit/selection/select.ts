/**
 * Exact selection while elements stream by: the k-th smallest magnitude of any number of tensors by histograms over its bits (a radix
 * selection from the highest digit down), never sorting and in bounded memory. f32 takes two readings, f16 and bf16 one, f64 four.
 */
import { edits, type Kernels, type Pointer } from '../../../kernels/index.js'
import { infinityKey, keyBits, magnitudeOf, type Precision } from './keys.js'
import { Tally } from './tally.js'

/** Gives the elements of one tensor, in order, as chunks in computing precision. Called once for each reading. */
export type Scan = (visit: (pointer: Pointer, count: number, type: Precision) => void) => void | Promise<void>

export interface Stream {
  readonly scan: Scan
  /** Low bits of every key that are known to be 0: 16 for bf16, 13 for f16 as f32. */
  readonly idleBits: number
}

/** Where the cut of one stream lies. */
export interface Place {
  /** Elements with a smaller key, with the same key, and all that may be chosen. */
  readonly below: number
  readonly equal: number
  readonly finite: number
}

export interface Selection {
  /** The magnitude of rank k: that many elements are smaller or (some of those that are) equal. */
  readonly value: number
  /** One for each stream. */
  readonly places: readonly Place[]
}

export interface SelectOptions {
  readonly kernels: Kernels
  readonly type: Precision
  /** Which rank is wanted, from 1, of `finite` elements; 0 selects nothing. Asked after the first reading. */
  rank(finite: number): number
  /** Keys from here on are not chosen; that of infinity by default. */
  readonly end?: bigint | undefined
}

const digitBits = 16

/** The element of the rank asked for over all streams together; null when the rank is 0. */
export async function select(streams: readonly Stream[], options: SelectOptions): Promise<Selection | null> {
  const { type, end = infinityKey[type] } = options
  const idle = Math.min(...streams.map(({ idleBits }) => idleBits), keyBits[type])
  // The first digit is as long as one reading needs, where that is all.
  let shift = keyBits[type] - idle <= 18 ? idle : keyBits[type] - (digitBits - 1)
  let low = 0n
  let bins = 1 << (keyBits[type] - shift)
  let before = 0
  let tallies = await readDigit(streams, { ...options, low, bins, shift })
  const last = Number(end >> BigInt(shift))
  const finite = tallies.map((tally) => tally.sumBelow(last))
  const rank = options.rank(finite.reduce((sum, one) => sum + one, 0))
  if (rank === 0) return null
  const below = new Array<number>(streams.length).fill(0)
  for (;;) {
    const { bin, sum } = binOf(tallies, rank - before)
    for (const [i, tally] of tallies.entries()) below[i]! += tally.sumBelow(bin)
    before += sum
    low += BigInt(bin) << BigInt(shift)
    if (shift <= idle) {
      const places = tallies.map((tally, i) => ({ below: below[i]!, equal: tally.at(bin), finite: finite[i]! }))
      return { value: magnitudeOf(low, type), places }
    }
    const digit = Math.min(digitBits, shift - idle)
    bins = 1 << digit
    shift -= digit
    // Streams that have nothing in the bin need no further reading.
    const open = tallies.map((tally) => tally.at(bin) > 0)
    tallies = await readDigit(streams, { ...options, low, bins, shift }, open)
  }
}

/** The bin that holds the rank, and how many elements lie in the bins before it. */
function binOf(tallies: readonly Tally[], rank: number): { bin: number; sum: number } {
  const total = Tally.total(tallies)
  let sum = 0
  for (let bin = 0; bin < total.length; bin++) {
    if (sum + total[bin]! >= rank) return { bin, sum }
    sum += total[bin]!
  }
  throw new RangeError(`select: rank ${rank} of ${sum}; the elements changed between two readings`)
}

interface Digit extends SelectOptions {
  readonly low: bigint
  readonly bins: number
  readonly shift: number
}

/** One reading: for each stream the counts of one digit among the keys that share the digits before. */
async function readDigit(streams: readonly Stream[], digit: Digit, open?: readonly boolean[]): Promise<Tally[]> {
  const { kernels, type, low, bins, shift } = digit
  const kernel = edits(kernels)[`magnitudes_${type}`]
  const counts = kernels.alloc(16 * bins)
  const width = Math.log2(bins)
  const prefix = Number(low >> BigInt(shift + width))
  const tallies: Tally[] = []
  try {
    for (const [i, { scan }] of streams.entries()) {
      if (open?.[i] === false) {
        tallies.push(Tally.empty(bins))
        continue
      }
      kernels.u8(counts, 16 * bins).fill(0)
      await scan((pointer, count, has) =>
        inPrecision(kernels, pointer, count, has, type, (x) => kernel(x, count, counts, shift, width, prefix)),
      )
      tallies.push(Tally.of(new Uint32Array(kernels.memory.buffer, counts, 4 * bins)))
    }
    return tallies
  } finally {
    kernels.free(counts)
  }
}

/** Elements of f32 among those of f64 are widened first. */
function inPrecision(
  kernels: Kernels,
  pointer: Pointer,
  count: number,
  has: Precision,
  wanted: Precision,
  use: (x: Pointer) => void,
): void {
  if (has === wanted) {
    use(pointer)
    return
  }
  const wide = kernels.alloc(8 * count)
  try {
    kernels.array.cast(0, 1, count, pointer, wide)
    use(wide)
  } finally {
    kernels.free(wide)
  }
}
