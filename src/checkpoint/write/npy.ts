/** NumPy's array files, version 1.0: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>. */
import type { Tensor } from '../../tensor/index.js'
import { bytesOf } from './bytes.js'

const words = { f32: '<f4', f64: '<f8', i32: '<i4', bool: '|b1' } as const

/** The header of an array, padded so that elements begin at a multiple of 64. */
export function npyHeader(x: Tensor): Uint8Array {
  const shape = x.rank === 1 ? `(${x.shape[0]},)` : `(${x.shape.join(', ')})`
  const text = `{'descr': '${words[x.dtype]}', 'fortran_order': False, 'shape': ${shape}, }`
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10
  const header = new TextEncoder().encode(`\u0000NUMPY\u0001\u0000..${text.padEnd(length - 1)}\n`)
  header[0] = 0x93
  new DataView(header.buffer).setUint16(8, length, true)
  return header
}

/** The file's bytes, in pieces; each is valid until the next is asked for. */
export function* writeNpy(x: Tensor): Generator<Uint8Array> {
  yield npyHeader(x)
  yield* bytesOf(x)
}
