/** GGUF's tensor types by number, with ggml's names. */
import type { StorageType } from '../../core/index.js'

export interface GgufType {
  /** The file's own word in reports. */
  readonly name: string
  readonly storage: StorageType
}

const known: readonly (readonly [number, StorageType])[] = [
  [0, 'f32'],
  [1, 'f16'],
  [2, 'q4_0'],
  [3, 'q4_1'],
  [6, 'q5_0'],
  [7, 'q5_1'],
  [8, 'q8_0'],
  [9, 'q8_1'],
  [10, 'q2_k'],
  [11, 'q3_k'],
  [12, 'q4_k'],
  [13, 'q5_k'],
  [14, 'q6_k'],
  [15, 'q8_k'],
  [16, 'iq2_xxs'],
  [17, 'iq2_xs'],
  [18, 'iq3_xxs'],
  [19, 'iq1_s'],
  [20, 'iq4_nl'],
  [21, 'iq3_s'],
  [22, 'iq2_s'],
  [23, 'iq4_xs'],
  [24, 'i8'],
  [25, 'i16'],
  [26, 'i32'],
  [27, 'i64'],
  [28, 'f64'],
  [29, 'iq1_m'],
  [30, 'bf16'],
  [34, 'tq1_0'],
  [35, 'tq2_0'],
  [39, 'mxfp4'],
]

const byNumber: ReadonlyMap<number, GgufType> = new Map(
  known.map(([number, storage]) => [number, { name: storage.toUpperCase(), storage }]),
)

/** Types that ggml had and dropped: Q4_2, Q4_3, and those repacked for ARM and for IQ4_NL. */
const removed: ReadonlySet<number> = new Set([4, 5, 31, 32, 33, 36, 37, 38])
/** Types that ggml has given a number since, and whose values are not read here. */
const unread: ReadonlyMap<number, string> = new Map([
  [40, 'NVFP4'],
  [41, 'Q1_0'],
])
/** Numbers that newer versions of ggml may have given out. */
const mostFuture = 63

export function ggufType(number: number): GgufType | 'removed' | 'future' | 'unknown' {
  const type = byNumber.get(number)
  if (type) return type
  if (removed.has(number)) return 'removed'
  return number > 39 && number <= mostFuture ? 'future' : 'unknown'
}

/** The word for a type of the future: ggml's where it is known. */
export function futureName(number: number): string {
  return unread.get(number) ?? `type ${number}`
}
