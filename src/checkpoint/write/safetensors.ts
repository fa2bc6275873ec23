/** safetensors files: <https://github.com/huggingface/safetensors>. */
import { elementCount, type StorageType, storageBytes, storageInfo, UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { bytesOf } from './bytes.js'

/** The format's words for the types that it has (safetensors 0.7). */
const words: Partial<Record<StorageType, string>> = {
  ...{ f64: 'F64', f32: 'F32', f16: 'F16', bf16: 'BF16', c64: 'C64', bool: 'BOOL' },
  ...{ f8_e4m3fn: 'F8_E4M3', f8_e5m2: 'F8_E5M2', f8_e8m0: 'F8_E8M0' },
  ...{ f8_e4m3fnuz: 'F8_E4M3FNUZ', f8_e5m2fnuz: 'F8_E5M2FNUZ', f4_e2m1: 'F4', f6_e2m3: 'F6_E2M3', f6_e3m2: 'F6_E3M2' },
  ...{ i64: 'I64', i32: 'I32', i16: 'I16', i8: 'I8', u64: 'U64', u32: 'U32', u16: 'U16', u8: 'U8' },
}
/** What readers accept. */
const largestHeader = 100_000_000

/** Whether safetensors has this type. */
export function isSafetensorsType(type: StorageType): boolean {
  return words[type] !== undefined
}

/** A tensor of a file to be, of a type that the format has. */
export interface Described {
  readonly name: string
  readonly type: StorageType
  readonly shape: readonly number[]
}

export interface SafetensorsLayout {
  readonly header: Uint8Array
  /** The order of the tensors' bytes, as places in the list that was given: large element types first, so that all are aligned. */
  readonly order: readonly number[]
  /** Of the whole file. */
  readonly bytes: number
}

/** The header of a file of these tensors. Throws UsageError for names that the format cannot hold. */
export function layOutSafetensors(
  tensors: readonly Described[],
  metadata: Readonly<Record<string, string>>,
): SafetensorsLayout {
  const unitBytes = (place: number): number => storageInfo(tensors[place]!.type).unitBytes
  const order = tensors.map((_, place) => place).sort((a, b) => unitBytes(b) - unitBytes(a))
  const ranges = new Array<[number, number]>(tensors.length)
  let end = 0
  for (const place of order) {
    const { type, shape } = tensors[place]!
    const start = end
    end += storageBytes(type, elementCount(shape)!)
    ranges[place] = [start, end]
  }
  // Without a prototype, so that a tensor may be called __proto__.
  const header: Record<string, unknown> = Object.create(null)
  if (Object.keys(metadata).length > 0) header['__metadata__'] = metadata
  for (const [place, { name, type, shape }] of tensors.entries()) {
    if (name === '__metadata__')
      throw new UsageError("save: a tensor cannot be called '__metadata__' in safetensors. Try another name.")
    header[name] = { dtype: words[type], shape, data_offsets: ranges[place] }
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(text.length / 8) * 8
  if (length > largestHeader)
    throw new UsageError(
      `save: the names of ${tensors.length} tensors make a header of ${length} bytes; safetensors allows ${largestHeader}.`,
    )
  const head = new Uint8Array(8 + length).fill(0x20)
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true)
  head.set(text, 8)
  return { header: head, order, bytes: head.length + end }
}

/** The file's bytes, in pieces; each is valid until the next is asked for. */
export function* writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>>,
): Generator<Uint8Array> {
  const all = [...tensors]
  const described = all.map(([name, { dtype, shape }]) => ({ name, type: dtype, shape }))
  const { header, order } = layOutSafetensors(described, metadata)
  yield header
  for (const place of order) yield* bytesOf(all[place]![1])
}
