/** A tensor's elements as bytes, little-endian and row-major. */
import type { Tensor } from '../../tensor/index.js'
import { elementBytes, kernels, together } from '../../tensor/internal.js'

const pieceBytes = 1 << 24

/** Bytes of a tensor's elements. */
export function byteLength(x: Tensor): number {
  return x.size * elementBytes[x.dtype]
}

/** Views of the kernels' memory, piece by piece: each is valid until the next is asked for. WebAssembly's memory is little-endian everywhere. */
export function* bytesOf(x: Tensor): Generator<Uint8Array> {
  const from = together(x)
  try {
    const length = byteLength(x)
    for (let done = 0; done < length; done += pieceBytes)
      yield kernels().u8(from.pointer + done, Math.min(pieceBytes, length - done))
  } finally {
    if (from !== x) from.dispose()
  }
}
