/**
 * The storage types a checkpoint can hold, in one table. `unit` elements are stored in `unitBytes` bytes: 1 and the element's size for
 * plain types, the block for quantized ones.
 */

export type NumberClass = 'float' | 'int' | 'uint' | 'bool' | 'complex' | 'block'

export interface StorageInfo {
  readonly numberClass: NumberClass
  readonly unit: number
  readonly unitBytes: number
  /** The narrowest of our computing types that holds every value exactly (`f64` for 32- and 64-bit integers, though 64-bit ones round). */
  readonly compute: 'f32' | 'f64'
}

const plain = (numberClass: NumberClass, unitBytes: number, compute: 'f32' | 'f64' = 'f32'): StorageInfo => ({
  numberClass,
  unit: 1,
  unitBytes,
  compute,
})
/** Sub-byte types, little end first, packed without gaps. */
const packed = (numberClass: NumberClass, unit: number, unitBytes: number): StorageInfo => ({
  numberClass,
  unit,
  unitBytes,
  compute: 'f32',
})
const block = (unit: number, unitBytes: number): StorageInfo => ({
  numberClass: 'block',
  unit,
  unitBytes,
  compute: 'f32',
})

const table = {
  f64: plain('float', 8, 'f64'),
  f32: plain('float', 4),
  f16: plain('float', 2),
  bf16: plain('float', 2),
  f8_e4m3fn: plain('float', 1),
  f8_e5m2: plain('float', 1),
  f8_e4m3fnuz: plain('float', 1),
  f8_e5m2fnuz: plain('float', 1),
  f8_e8m0: plain('float', 1),
  f4_e2m1: packed('float', 2, 1),
  f6_e2m3: packed('float', 4, 3),
  f6_e3m2: packed('float', 4, 3),
  i8: plain('int', 1),
  i16: plain('int', 2),
  i32: plain('int', 4, 'f64'),
  i64: plain('int', 8, 'f64'),
  u8: plain('uint', 1),
  u16: plain('uint', 2),
  u32: plain('uint', 4, 'f64'),
  u64: plain('uint', 8, 'f64'),
  i4: packed('int', 2, 1),
  u4: packed('uint', 2, 1),
  bool: plain('bool', 1),
  c64: plain('complex', 8, 'f64'),
  c128: plain('complex', 16, 'f64'),
  q4_0: block(32, 18),
  q4_1: block(32, 20),
  q5_0: block(32, 22),
  q5_1: block(32, 24),
  q8_0: block(32, 34),
  q8_1: block(32, 36),
  q2_k: block(256, 84),
  q3_k: block(256, 110),
  q4_k: block(256, 144),
  q5_k: block(256, 176),
  q6_k: block(256, 210),
  q8_k: block(256, 292),
  iq2_xxs: block(256, 66),
  iq2_xs: block(256, 74),
  iq2_s: block(256, 82),
  iq3_xxs: block(256, 98),
  iq3_s: block(256, 110),
  iq1_s: block(256, 50),
  iq1_m: block(256, 56),
  iq4_nl: block(32, 18),
  iq4_xs: block(256, 136),
  tq1_0: block(256, 54),
  tq2_0: block(256, 66),
  mxfp4: block(32, 17),
} as const satisfies Record<string, StorageInfo>

/** How the numbers of a tensor are stored, in our words; the file's own word is kept beside it as `dtype`. */
export type StorageType = keyof typeof table

export const storageTypes: readonly StorageType[] = Object.keys(table) as StorageType[]

/** Facts about a storage type. */
export function storageInfo(type: StorageType): StorageInfo {
  return table[type]
}

/** Bytes that `count` elements occupy; NaN when `count` is not a whole number of units. */
export function storageBytes(type: StorageType, count: number): number {
  const { unit, unitBytes } = table[type]
  return count % unit === 0 ? (count / unit) * unitBytes : Number.NaN
}

/** Real floating-point numbers, plain or quantized: what has a matrix and counts in the totals. */
export function isFloating(type: StorageType): boolean {
  const { numberClass } = table[type]
  return numberClass === 'float' || numberClass === 'block'
}
