/** What the elementwise tests share: typed arrays in the kernels' memory, errors in units of the last place, calls by name. */
import {
  type BinaryOp,
  binaryOps,
  createKernels,
  type ElementType,
  elementBytes,
  elementTypes,
  planPointer,
  type UnaryOp,
  unaryOps,
} from '../../src/kernels/index.js'

export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array

export const kernels = createKernels()
export const { array } = kernels

/** Three places far enough apart for every test, and room behind each to see what is written beyond the end. */
const room = 1 << 22
export const places = [kernels.alloc(room), kernels.alloc(room), kernels.alloc(room), kernels.alloc(room)] as const

export const typeCode = (type: ElementType): number => elementTypes.indexOf(type)
export const unaryCode = (op: UnaryOp): number => unaryOps.indexOf(op)
export const binaryCode = (op: BinaryOp): number => binaryOps.indexOf(op)

export function view(type: ElementType, pointer: number, length: number): Numbers {
  const { buffer } = kernels.memory
  if (type === 'f32') return new Float32Array(buffer, pointer, length)
  if (type === 'f64') return new Float64Array(buffer, pointer, length)
  if (type === 'i32') return new Int32Array(buffer, pointer, length)
  return new Uint8Array(buffer, pointer, length)
}

export function make(type: ElementType, values: ArrayLike<number>): Numbers {
  if (type === 'f32') return Float32Array.from(values)
  if (type === 'f64') return Float64Array.from(values)
  if (type === 'i32') return Int32Array.from(values)
  return Uint8Array.from(values, (value) => (value ? 1 : 0))
}

/** Writes values at the place, `shift` elements further. */
export function put(type: ElementType, place: number, values: ArrayLike<number>, shift = 0): number {
  const pointer = place + shift * elementBytes[type]
  view(type, pointer, values.length).set(make(type, values))
  return pointer
}

const guard = 0x5a

/** Runs `write` on a place filled with marks and returns n elements; throws when it wrote beyond them. */
export function written(type: ElementType, n: number, shift: number, write: (out: number) => void): Numbers {
  const out = places[3] + 64 + shift * elementBytes[type]
  const bytes = n * elementBytes[type]
  const around = kernels.u8(out - 64, bytes + 128)
  around.fill(guard)
  write(out)
  for (let i = 0; i < 64; i++) {
    if (around[i] !== guard) throw new Error(`wrote ${64 - i} bytes before the output`)
    if (around[64 + bytes + i] !== guard) throw new Error(`wrote ${i + 1} bytes behind the output of ${n}`)
  }
  return view(type, out, n).slice()
}

export function setPlan(...lists: (readonly number[])[]): void {
  kernels.i32(planPointer, 256).set(lists.flat())
}

export function unary(op: UnaryOp, type: ElementType, values: ArrayLike<number>, to: ElementType = type): Numbers {
  const x = put(type, places[0], values)
  return written(to, values.length, 0, (out) => array.unary(unaryCode(op), typeCode(type), values.length, x, out))
}

export function binary(
  op: BinaryOp,
  type: ElementType,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  to: ElementType = type,
): Numbers {
  const [x, y] = [put(type, places[0], a), put(type, places[1], b)]
  return written(to, a.length, 0, (out) => array.binary(binaryCode(op), typeCode(type), a.length, x, y, out))
}

const bits = new DataView(new ArrayBuffer(8))

/** The spacing of the type's numbers at |x|. */
export function ulp(type: 'f32' | 'f64', x: number): number {
  const size = Math.abs(x)
  if (type === 'f32') {
    bits.setFloat32(0, size)
    const exponent = bits.getUint32(0) >>> 23
    return 2 ** (Math.max(exponent, 1) - 150)
  }
  bits.setFloat64(0, size)
  const exponent = bits.getUint32(0) >>> 20
  return 2 ** (Math.max(exponent, 1) - 1075)
}

/**
 * How many units in the last place `got` is from the exact `high + low`; 0 when both are NaN, the same infinity or the same zero, Infinity when only one
 * is. A result beyond the type's range counts from where the next number would be.
 */
export function ulps(type: 'f32' | 'f64', got: number, high: number, low = 0): number {
  if (Object.is(got, high) && low === 0) return 0
  if (Number.isNaN(got) || Number.isNaN(high)) return Number.isNaN(got) && Number.isNaN(high) ? 0 : Infinity
  const top = type === 'f32' ? 2 ** 128 : Infinity
  if (!Number.isFinite(got)) {
    if (type === 'f64' || Math.sign(got) !== Math.sign(high)) return Infinity
    return Math.max(0, top - Math.abs(high)) / 2 ** 104
  }
  if (!Number.isFinite(high)) return Infinity
  if (high === 0 && got === 0) return Object.is(got, high) ? 0 : Infinity
  return Math.abs(got - high - low) / ulp(type, high)
}
