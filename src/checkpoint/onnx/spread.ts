/** Spreads packed elements (two or four to a byte, the first in the lowest bits) to one element each. */
import type { StorageType } from '../../core/index.js'
import type { ElementType } from './schema.js'

/** The magnitudes of E2M1; bit 3 is the sign. */
const e2m1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6]

/** `count` elements of `packed` as i8, u8, or f32 for FLOAT4E2M1. */
export function spread(
  packed: Uint8Array,
  element: ElementType,
  count: number,
): { bytes: Uint8Array; type: StorageType } {
  const { perByte, type, word } = element
  const bits = 8 / perByte
  const mask = (1 << bits) - 1
  const codeAt = (index: number): number => (packed[Math.floor(index / perByte)]! >> (bits * (index % perByte))) & mask
  if (type === 'f4_e2m1') {
    const values = Float32Array.from({ length: count }, (_, index) => {
      const code = codeAt(index)
      return (code & 8 ? -1 : 1) * e2m1[code & 7]!
    })
    return { bytes: littleEndian(values), type: 'f32' }
  }
  const signed = word.startsWith('INT')
  // Shifted up to the sign and back down: both are one instruction, and this runs for millions of elements.
  const top = 32 - bits
  const bytes = new Uint8Array(count)
  for (let index = 0, byte = 0; index < count; byte++) {
    const end = Math.min(count, index + perByte)
    for (let rest = packed[byte]!; index < end; rest >>= bits) {
      bytes[index++] = signed ? (rest << top) >> top : rest & mask
    }
  }
  return { bytes, type: signed ? 'i8' : 'u8' }
}

function littleEndian(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  values.forEach((value, index) => {
    view.setFloat32(index * 4, value, true)
  })
  return bytes
}
