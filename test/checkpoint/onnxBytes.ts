/** A writer of protobuf bytes, small enough to check by eye, and what the tests of the ONNX reader open. */
import { onnxReader } from '../../src/checkpoint/onnx/reader.js'
import type { Folder, ReaderResult, Source } from '../../src/checkpoint/types.js'

export type Bytes = readonly number[]

export function varint(value: number | bigint): number[] {
  let rest = BigInt.asUintN(64, BigInt(value))
  const bytes: number[] = []
  do {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    bytes.push(rest === 0n ? low : low | 0x80)
  } while (rest !== 0n)
  return bytes
}

export const tag = (field: number, wire: number): number[] => varint((field << 3) | wire)
export const int = (field: number, value: number | bigint): number[] => [...tag(field, 0), ...varint(value)]
export const bytes = (field: number, payload: Bytes): number[] => [
  ...tag(field, 2),
  ...varint(payload.length),
  ...payload,
]
export const text = (field: number, value: string): number[] => bytes(field, [...new TextEncoder().encode(value)])
export const message = (field: number, ...parts: Bytes[]): number[] => bytes(field, parts.flat())
export const fixed32 = (field: number, value: number): number[] => [...tag(field, 5), ...floats(value)]

/** Little-endian f32. */
export const floats = (...values: number[]): number[] => [...new Uint8Array(Float32Array.from(values).buffer)]
export const doubles = (...values: number[]): number[] => [...new Uint8Array(Float64Array.from(values).buffer)]
export const packed = (field: number, values: readonly (number | bigint)[]): number[] =>
  bytes(field, values.flatMap(varint))

/** The parts of a TensorProto: shape, data_type, name, then its data. */
export const tensor = (shape: readonly number[], type: number, name: string, ...data: Bytes[]): number[] => [
  ...shape.flatMap((size) => int(1, size)),
  ...int(2, type),
  ...text(8, name),
  ...data.flat(),
]
export const raw = (payload: Bytes): number[] => bytes(9, payload)

/** A NodeProto. */
export const node = (
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  ...rest: Bytes[]
): number[] => [
  ...inputs.flatMap((name) => text(1, name)),
  ...outputs.flatMap((name) => text(2, name)),
  ...text(4, opType),
  ...rest.flat(),
]
/** An AttributeProto in a node; `value` is its encoded field. */
export const attribute = (name: string, ...value: Bytes[]): number[] => message(5, text(1, name), ...value)

export interface GraphParts {
  nodes?: readonly Bytes[]
  initializers?: readonly Bytes[]
  sparse?: readonly Bytes[]
}
export const graph = ({ nodes = [], initializers = [], sparse = [] }: GraphParts): number[] => [
  ...nodes.flatMap((one) => bytes(1, one)),
  ...text(2, 'g'),
  ...initializers.flatMap((one) => bytes(5, one)),
  ...sparse.flatMap((one) => bytes(15, one)),
]
/** A whole ModelProto: ir_version 8, a producer, the graph, one operator set. */
export const model = (parts: GraphParts, ...more: Bytes[]): Uint8Array =>
  Uint8Array.from([
    ...int(1, 8),
    ...text(2, 'test'),
    ...bytes(7, graph(parts)),
    ...message(8, int(2, 17)),
    ...more.flat(),
  ])

export interface CountingSource extends Source {
  bytesRead: number
  closed: boolean
}

/** Bytes in memory that count how many of them were read. */
export function sourceOf(content: Uint8Array, name = 'model.onnx'): CountingSource {
  const source: CountingSource = {
    name,
    size: content.length,
    locator: null,
    bytesRead: 0,
    closed: false,
    async read(offset, length) {
      if (offset < 0 || offset + length > content.length) throw new Error(`read outside: ${offset}+${length}`)
      source.bytesRead += length
      return content.slice(offset, offset + length)
    },
    readInto(offset, target) {
      target.set(content.subarray(offset, offset + target.length))
    },
    async close() {
      source.closed = true
    },
  }
  return source
}

export function folderOf(files: Readonly<Record<string, Uint8Array>>): Folder & { opened: CountingSource[] } {
  const opened: CountingSource[] = []
  return {
    name: 'folder',
    opened,
    async open(name) {
      const content = Object.hasOwn(files, name) ? files[name] : undefined
      if (!content) return null
      const source = sourceOf(content, name)
      opened.push(source)
      return source
    },
    async list() {
      return Object.keys(files)
    },
  }
}

export const open = (content: Uint8Array, folder: Folder | null = null): Promise<ReaderResult> =>
  onnxReader.open(sourceOf(content), { folder, signal: undefined })

/** The stored bytes of one tensor, from wherever they lie. */
export async function contentOf(result: ReaderResult, index = 0): Promise<number[]> {
  const { storage } = result.tensors[index]!.data
  if (storage.kind === 'bytes') return [...storage.bytes]
  if (storage.kind !== 'range') throw new Error('no zip in ONNX')
  return [...(await result.sources[storage.source]!.read(storage.offset, storage.length))]
}

export const refusal = async (content: Uint8Array, folder: Folder | null = null): Promise<string> =>
  open(content, folder).then(
    () => 'accepted',
    (error: Error & { code: string }) => `${error.code}: ${error.message}`,
  )

export const oneTensor = (...parts: Parameters<typeof tensor>): Uint8Array =>
  model({ initializers: [tensor(...parts)] })
export const summary = ({ tensors }: ReaderResult): unknown[] =>
  tensors.map(({ name, dtype, shape }) => [name, dtype, shape.join('x')])

export function concat(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
