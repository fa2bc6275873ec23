/** What norms, edits and comparisons of weights compute with: the module `edit`, on the memory of kernels that are there. */
import { editWasm } from './embedded/edit.js'
import { instantiate } from './module.js'
import type { Kernels, Pointer } from './types.js'

type Real = 'f32' | 'f64'

/** What numbers can be rounded to. */
export type EncodedType = 'f16' | 'bf16' | 'f8_e4m3fn' | 'f8_e5m2' | 'f8_e4m3fnuz' | 'f8_e5m2fnuz'

/** Round to nearest, ties to even; the number of finite elements that became infinite (NaN where the type has no infinity). */
type Encode = (source: Pointer, count: number, target: Pointer) => number

/** Names are `op_dtype`, as in `assembly/edit/`. Counts are elements. Nothing is allocated. */
export interface EditKernels extends Encoders {
  /** x <- a x, in place. */
  scale_f32(x: Pointer, count: number, a: number): void
  scale_f64(x: Pointer, count: number, a: number): void
  /** out = sign(x) max(|x| - t - rest, 0), without -0; out may be x. t + rest is a threshold of more digits than one number has. */
  soft_f32(x: Pointer, count: number, t: number, rest: number, out: Pointer): void
  soft_f64(x: Pointer, count: number, t: number, rest: number, out: Pointer): void
  /** out = x where |x| > t, else 0; out may be x. */
  hard_f32(x: Pointer, count: number, t: number, out: Pointer): void
  hard_f64(x: Pointer, count: number, t: number, out: Pointer): void
  /** out = x held between -bound and bound (for f32 the nearest f32); NaN stays; out may be x. */
  clip_f32(x: Pointer, count: number, bound: number, out: Pointer): void
  clip_f64(x: Pointer, count: number, bound: number, out: Pointer): void
  /** Writes theta with sum max(|x| - theta, 0) = radius > 0 as the sum of two f64 to `out`; 0 when sum |x| <= radius. x is finite. `work` has room for `room` f64: 0, or best a sixteenth of `count` from 8192 on. */
  threshold_f32(x: Pointer, count: number, radius: number, out: Pointer, work: Pointer, room: number): void // biome-ignore format: one line
  threshold_f64(x: Pointer, count: number, radius: number, out: Pointer, work: Pointer, room: number): void // biome-ignore format: one line
  /** table[digit][i mod 4] += 1 (u32) for elements i whose |x| has, in its bits, `prefix` above the digit of `width` bits from bit `shift` on. NaN counts as one size above infinity. */
  magnitudes_f32(x: Pointer, count: number, table: Pointer, shift: number, width: number, prefix: number): void
  magnitudes_f64(x: Pointer, count: number, table: Pointer, shift: number, width: number, prefix: number): void
  /** Zeroes in place what is smaller in size than `size` (larger, unless `largest`), and what equals it after the first `ties`; returns what is left of `ties`. */
  keepMagnitudes_f32(x: Pointer, count: number, size: number, ties: number, largest: boolean): number
  keepMagnitudes_f64(x: Pointer, count: number, size: number, ties: number, largest: boolean): number

  /** Figures of two arrays side by side; `PairPass` in pairs.ts reads the state of `pairs_bytes` bytes. */
  pairs_bytes(): number
  pairs_init(state: Pointer): void
  pairs_f32(state: Pointer, a: Pointer, b: Pointer, count: number): void
  pairs_f64(state: Pointer, a: Pointer, b: Pointer, count: number): void
  /** target (f64) <- b - a. */
  difference_f32(a: Pointer, b: Pointer, count: number, target: Pointer): void
  difference_f64(a: Pointer, b: Pointer, count: number, target: Pointer): void
  /** Writes four f64 of b - a: elements that differ, and over finite ones the sum of magnitudes, of squares, and the largest; `ChangePass` in weights/edit/changes.ts reads them. */
  changes_f32(a: Pointer, b: Pointer, count: number, out: Pointer): void
  /** Writes six f64: zeros, sum of |x|, of x, of x^2, least and largest; count >= 1. All but the zeros mean nothing where an element is not finite: then the sum of x^2 is not. */
  moments_f32(x: Pointer, count: number, out: Pointer): void
  /** Sum of (x - center)^2. */
  squaresAround_f32(x: Pointer, count: number, center: number): number
  /** 1 where every element is finite, else 0. */
  finite_f32(x: Pointer, count: number): number
  finite_f64(x: Pointer, count: number): number
}

type Encoders = { readonly [type in EncodedType as `encode_${type}_${Real}`]: Encode } & {
  readonly encode_f32_f64: Encode
  /** The largest finite |x|; 0 when there is none. */
  largest_f32(x: Pointer, count: number): number
  largest_f64(x: Pointer, count: number): number
  /** Zeroes |x| < cut (finite |x| > cut) and |x| = cut but for the first `keep` of them; returns how many of these were kept. */
  zeroBelow_f32(x: Pointer, count: number, cut: number, keep: number): number
  zeroBelow_f64(x: Pointer, count: number, cut: number, keep: number): number
  zeroAbove_f32(x: Pointer, count: number, cut: number, keep: number): number
  zeroAbove_f64(x: Pointer, count: number, cut: number, keep: number): number
  /** Random words (u32) to keys of 30 bits; 2^31 - 1 where x is not finite, or is zero and `nonzero`. */
  drawKeys_f32(x: Pointer, count: number, nonzero: boolean, words: Pointer): void
  drawKeys_f64(x: Pointer, count: number, nonzero: boolean, words: Pointer): void
  /** Zeroes elements whose key is below the cut, and those at the cut but the first `keep`; returns how many of these were kept. */
  zeroDrawn_f32(x: Pointer, words: Pointer, count: number, cut: number, keep: number): number
  zeroDrawn_f64(x: Pointer, words: Pointer, count: number, cut: number, keep: number): number
  /** `runs` blocks of [m, inner]: in each column all but the `keep` largest |x| become zero, of equal ones the later. `sizes`: scratch of 16 m bytes. */
  pattern_f32(x: Pointer, runs: number, m: number, inner: number, keep: number, sizes: Pointer): void
  pattern_f64(x: Pointer, runs: number, m: number, inner: number, keep: number, sizes: Pointer): void
  /**
   * Norms (0 l1, 1 l2, 2 linf) of groups, gathered in `totals`: a pair of f64 for each group, sum and scale. Segments of `inner` elements, the
   * first in slot `slot` of `period`; a slot's group is map[slot] (i32), or itself where `map` is 0.
   */
  groupSums_f32(
    norm: number,
    x: Pointer,
    count: number,
    slot: number,
    inner: number,
    period: number,
    map: Pointer,
    totals: Pointer,
  ): void
  groupSums_f64(
    norm: number,
    x: Pointer,
    count: number,
    slot: number,
    inner: number,
    period: number,
    map: Pointer,
    totals: Pointer,
  ): void
  /** Zeroes the finite elements of segments whose slot is marked (one byte for each slot). */
  zeroSlots_f32(x: Pointer, count: number, slot: number, inner: number, period: number, marks: Pointer): void
  zeroSlots_f64(x: Pointer, count: number, slot: number, inner: number, period: number, marks: Pointer): void
}

const known = new WeakMap<Kernels, EditKernels>()

/** The edit kernels on the memory of `kernels`: the same each time. */
export function edits(kernels: Kernels): EditKernels {
  let found = known.get(kernels)
  if (found === undefined) {
    found = instantiate(kernels.memory, 'edit', editWasm) as unknown as EditKernels
    known.set(kernels, found)
  }
  return found
}
