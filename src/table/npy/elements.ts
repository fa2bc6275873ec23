/** Elements of NumPy's arrays as numbers. */
import type { StorageType } from '../../core/index.js'

type Read = (view: DataView, at: number, isLittle: boolean) => number

const reads: Partial<Record<StorageType, readonly [bytes: number, read: Read]>> = {
  f16: [2, (view, at, isLittle) => half(view.getUint16(at, isLittle))],
  f32: [4, (view, at, isLittle) => view.getFloat32(at, isLittle)],
  f64: [8, (view, at, isLittle) => view.getFloat64(at, isLittle)],
  i8: [1, (view, at) => view.getInt8(at)],
  i16: [2, (view, at, isLittle) => view.getInt16(at, isLittle)],
  i32: [4, (view, at, isLittle) => view.getInt32(at, isLittle)],
  i64: [8, (view, at, isLittle) => Number(view.getBigInt64(at, isLittle))],
  u8: [1, (view, at) => view.getUint8(at)],
  u16: [2, (view, at, isLittle) => view.getUint16(at, isLittle)],
  u32: [4, (view, at, isLittle) => view.getUint32(at, isLittle)],
  u64: [8, (view, at, isLittle) => Number(view.getBigUint64(at, isLittle))],
  bool: [1, (view, at) => (view.getUint8(at) === 0 ? 0 : 1)],
}

/** Whether elements of this type are numbers or truth values. */
export const hasNumbers = (type: StorageType): boolean => reads[type] !== undefined

/** `count` elements, `step` apart, from the one at `first`. Counted in elements. */
export function elementsOf(
  bytes: Uint8Array,
  type: StorageType,
  isBig: boolean,
  first: number,
  step: number,
  count: number,
): Float64Array {
  // biome-ignore format: one line
  const [size, read] = reads[type]!
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const values = new Float64Array(count)
  for (let i = 0; i < count; i++) values[i] = read(view, (first + i * step) * size, !isBig)
  return values
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}
