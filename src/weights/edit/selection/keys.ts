/** Magnitudes as whole numbers: the bits of |x|, in the order of the magnitudes. */

const words = new DataView(new ArrayBuffer(8))

export type Precision = 'f32' | 'f64'

/** One above the key of the largest finite magnitude. */
export const infinityKey = { f32: 0x7f800000n, f64: 0x7ff0000000000000n } as const

/** Bits of a key. */
export const keyBits = { f32: 31, f64: 63 } as const

export function keyOf(value: number, type: Precision): bigint {
  if (type === 'f32') words.setFloat32(0, Math.abs(value))
  else words.setFloat64(0, Math.abs(value))
  return type === 'f32' ? BigInt(words.getUint32(0)) : words.getBigUint64(0)
}

export function magnitudeOf(key: bigint, type: Precision): number {
  if (type === 'f64') {
    words.setBigUint64(0, key)
    return words.getFloat64(0)
  }
  words.setUint32(0, Number(key))
  return words.getFloat32(0)
}

/** The smallest f32 that is at least `value` >= 0: |x| < value and |x| < this say the same of an f32. */
export function f32AtLeast(value: number): number {
  const near = Math.fround(value)
  return near >= value ? near : magnitudeOf(keyOf(near, 'f32') + 1n, 'f32')
}
