/** NumPy's array files, version 1.0: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>. */
import type { StorageType } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { bytesOf } from './bytes.js'

/** NumPy's words for the types that it has. */
const words: Partial<Record<StorageType, string>> = {
  ...{ f64: '<f8', f32: '<f4', f16: '<f2', i64: '<i8', i32: '<i4', i16: '<i2', i8: '|i1' },
  ...{ u64: '<u8', u32: '<u4', u16: '<u2', u8: '|u1', bool: '|b1', c64: '<c8', c128: '<c16' },
}

/** Whether NumPy has this type. */
export function isNumpyType(type: StorageType): boolean {
  return words[type] !== undefined
}

/** The header of an array of a type that NumPy has, padded so that elements begin at a multiple of 64. */
export function npyHeader(type: StorageType, dimensions: readonly number[]): Uint8Array {
  const shape = dimensions.length === 1 ? `(${dimensions[0]},)` : `(${dimensions.join(', ')})`
  const text = `{'descr': '${words[type]}', 'fortran_order': False, 'shape': ${shape}, }`
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10
  const header = new TextEncoder().encode(`\u0000NUMPY\u0001\u0000..${text.padEnd(length - 1)}\n`)
  header[0] = 0x93
  new DataView(header.buffer).setUint16(8, length, true)
  return header
}

/** The file's bytes, in pieces; each is valid until the next is asked for. */
export function* writeNpy(x: Tensor): Generator<Uint8Array> {
  yield npyHeader(x.dtype, x.shape)
  yield* bytesOf(x)
}
