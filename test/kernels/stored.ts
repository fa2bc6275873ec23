/** Writing and reading storage types in tests, apart from the code under test. */
import type { StorageType } from '../../src/core/index.js'
import type { Kernels, Pointer } from '../../src/kernels/index.js'

/** Value of an f16 code. */
export function half(code: number): number {
  const sign = code & 0x8000 ? -1 : 1
  const exponent = (code >>> 10) & 31
  const fraction = code & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** Value of a bf16 code. */
export function brain(code: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, code << 16)
  return view.getFloat32(0)
}

/** The f16 or bf16 code nearest to x, roughly: for making data, not for checking it. */
function codeNear(x: number, value: (code: number) => number): number {
  let [low, high] = [0, 0x7fff]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (value(middle) <= Math.abs(x)) low = middle
    else high = middle
  }
  return x < 0 || Object.is(x, -0) ? low | 0x8000 : low
}

interface Stored {
  readonly bytes: number
  /** Exponent of the finest bit, and of the smallest normal number. */
  readonly least: number
  readonly minNormal: number
  /** Largest power of two that `every scale` may use. */
  readonly reach: number
  write(view: DataView, at: number, x: number): void
  read(view: DataView, at: number): number
}

/** Integers hold hundreds where floats hold ones, so that the families make some difference. */
const integer = (
  bytes: number,
  reach: number,
  write: (view: DataView, at: number, x: number) => void,
  read: (view: DataView, at: number) => number,
): Stored => ({ bytes, least: 0, minNormal: Number.NEGATIVE_INFINITY, reach, write, read })

const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, Math.round(100 * x)))

/** Plain types, little-endian. */
export const stored = {
  f32: {
    bytes: 4,
    least: -149,
    minNormal: -126,
    reach: 126,
    write: (view, at, x) => view.setFloat32(at, x, true),
    read: (view, at) => view.getFloat32(at, true),
  },
  f64: {
    bytes: 8,
    least: -1074,
    minNormal: -1022,
    reach: 1020,
    write: (view, at, x) => view.setFloat64(at, x, true),
    read: (view, at) => view.getFloat64(at, true),
  },
  f16: {
    bytes: 2,
    least: -24,
    minNormal: -14,
    reach: 15,
    write: (view, at, x) => view.setUint16(at, codeNear(x, half), true),
    read: (view, at) => half(view.getUint16(at, true)),
  },
  bf16: {
    bytes: 2,
    least: -133,
    minNormal: -126,
    reach: 126,
    write: (view, at, x) => view.setUint16(at, codeNear(x, brain), true),
    read: (view, at) => brain(view.getUint16(at, true)),
  },
  i8: integer(
    1,
    6,
    (view, at, x) => view.setInt8(at, clamp(x, -128, 127)),
    (view, at) => view.getInt8(at),
  ),
  u8: integer(
    1,
    6,
    (view, at, x) => view.setUint8(at, clamp(x, 0, 255)),
    (view, at) => view.getUint8(at),
  ),
  bool: integer(
    1,
    1,
    (view, at, x) => view.setUint8(at, x > 0 ? 1 : 0),
    (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  ),
  i16: integer(
    2,
    14,
    (view, at, x) => view.setInt16(at, clamp(x, -32768, 32767), true),
    (view, at) => view.getInt16(at, true),
  ),
  u16: integer(
    2,
    14,
    (view, at, x) => view.setUint16(at, clamp(x, 0, 65535), true),
    (view, at) => view.getUint16(at, true),
  ),
  i32: integer(
    4,
    30,
    (view, at, x) => view.setInt32(at, clamp(x, -(2 ** 31), 2 ** 31 - 1), true),
    (view, at) => view.getInt32(at, true),
  ),
  u32: integer(
    4,
    30,
    (view, at, x) => view.setUint32(at, clamp(x, 0, 2 ** 32 - 1), true),
    (view, at) => view.getUint32(at, true),
  ),
  i64: integer(
    8,
    62,
    (view, at, x) => view.setBigInt64(at, BigInt(clamp(x, -(2 ** 62), 2 ** 62)), true),
    (view, at) => Number(view.getBigInt64(at, true)),
  ),
  u64: integer(
    8,
    62,
    (view, at, x) => view.setBigUint64(at, BigInt(clamp(x, 0, 2 ** 63)), true),
    (view, at) => Number(view.getBigUint64(at, true)),
  ),
} satisfies Partial<Record<StorageType, Stored>> as Record<PlainType, Stored>

export type PlainType =
  | ('f32' | 'f64' | 'f16' | 'bf16' | 'bool')
  | ('i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'u64')

/** Writes numbers as `type` at `pointer`, and returns what they became. */
export function put(kernels: Kernels, type: PlainType, pointer: Pointer, values: ArrayLike<number>): Float64Array {
  const { bytes, write, read } = stored[type]
  const view = new DataView(kernels.memory.buffer, pointer, values.length * bytes)
  return Float64Array.from({ length: values.length }, (_, i) => {
    write(view, i * bytes, values[i]!)
    return read(view, i * bytes)
  })
}
