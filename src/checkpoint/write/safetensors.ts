/** safetensors files: <https://github.com/huggingface/safetensors>. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { byteLength, bytesOf } from './bytes.js'

const words = { f32: 'F32', f64: 'F64', i32: 'I32', bool: 'BOOL' } as const
/** What readers accept. */
const largestHeader = 100_000_000

/** The file's bytes, in pieces; each is valid until the next is asked for. Large element types come first, so that all are aligned. */
export function* writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  const size = { f64: 8, f32: 4, i32: 4, bool: 1 } as const
  const stored = [...tensors].sort(([, a], [, b]) => size[b.dtype] - size[a.dtype])
  const places = new Map<string, [number, number]>()
  let end = 0
  for (const [name, x] of stored) {
    const start = end
    end += byteLength(x)
    places.set(name, [start, end])
  }
  // Without a prototype, so that a tensor may be called __proto__.
  const header: Record<string, unknown> = Object.create(null)
  if (Object.keys(metadata).length > 0) header['__metadata__'] = metadata
  for (const [name, x] of tensors) {
    if (name === '__metadata__')
      throw new UsageError("save: a tensor cannot be called '__metadata__' in safetensors. Try another name.")
    header[name] = { dtype: words[x.dtype], shape: x.shape, data_offsets: places.get(name) }
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(text.length / 8) * 8
  if (length > largestHeader)
    throw new UsageError(
      `save: the names of ${tensors.size} tensors make a header of ${length} bytes; safetensors allows ${largestHeader}.`,
    )
  const head = new Uint8Array(8 + length).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true)
  head.set(text, 8)
  yield head
  for (const [, x] of stored) yield* bytesOf(x)
}
