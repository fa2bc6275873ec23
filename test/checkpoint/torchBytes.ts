/** Builds PyTorch's pickles and archives for tests, opcode by opcode. Pickles are strings of one character per byte. */
import { makeZip, type ZipPart } from './zipBytes.js'

const u32 = (value: number) => String.fromCharCode(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24)
const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0))

export const py = {
  none: 'N',
  text: (text: string) => `X${u32(Buffer.byteLength(text))}${Buffer.from(text).toString('latin1')}`,
  int: (value: number) => (Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? `J${u32(value)}` : `L${value}L\n`),
  float: (value: number) => `F${value}\n`,
  tuple: (...items: string[]) => `(${items.join('')}t`,
  list: (...items: string[]) => `](${items.join('')}e`,
  dict: (entries: Record<string, string>) =>
    py.pairs(...Object.entries(entries).map(([key, value]) => [py.text(key), value] as const)),
  pairs: (...pairs: (readonly [string, string])[]) => `}(${pairs.flat().join('')}u`,
  global: (module: string, name: string) => `c${module}\n${name}\n`,
  call: (module: string, name: string, ...args: string[]) => `${py.global(module, name)}${py.tuple(...args)}R`,
  object: (module: string, name: string, state: string) => `${py.global(module, name)})\x81${state}b`,
}

export interface TensorSpec {
  readonly key?: string
  readonly type?: string
  /** Elements of the storage. */
  readonly count: number
  readonly offset?: number
  readonly size: readonly number[]
  readonly stride: readonly number[]
}

const storage = ({ key = '0', type = 'FloatStorage', count }: TensorSpec, ...view: string[]) =>
  `${py.tuple(py.text('storage'), py.global('torch', type), py.text(key), py.text('cpu'), py.int(count), ...view)}Q`

/** `_rebuild_tensor_v2(...)`; `view` is what legacy files have as the sixth part of an id. */
export function tensor(spec: TensorSpec, ...view: string[]): string {
  const { offset = 0, size, stride } = spec
  const numbers = (values: readonly number[]) => py.tuple(...values.map(py.int))
  const hooks = py.call('collections', 'OrderedDict')
  return py.call(
    'torch._utils',
    '_rebuild_tensor_v2',
    storage(spec, ...view),
    py.int(offset),
    numbers(size),
    numbers(stride),
    '\x89',
    hooks,
  )
}

/** A contiguous tensor that fills its storage. */
export function whole(key: string, size: readonly number[]): string {
  let step = 1
  const stride: number[] = []
  for (const extent of [...size].reverse()) {
    stride.unshift(step)
    step *= extent
  }
  return tensor({ key, count: step, size, stride })
}

export const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer)
export const pickleBytes = (value: string, protocol = 2) => latin1(`\x80${String.fromCharCode(protocol)}${value}.`)

/** A zip archive as torch.save writes it. */
export function archive(
  value: string,
  storages: Record<string, Uint8Array>,
  more: readonly ZipPart[] = [],
): Uint8Array {
  return makeZip(
    [
      { name: 'archive/data.pkl', data: pickleBytes(value) },
      { name: 'archive/byteorder', data: latin1('little') },
      ...Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data })),
      { name: 'archive/version', data: latin1('3\n') },
      ...more,
    ],
    { zip64: true },
  )
}

/** A file as torch.save wrote it before 1.6. */
export function legacy(value: string, storages: readonly (readonly [key: string, data: Uint8Array])[]): Uint8Array {
  const parts = [
    pickleBytes('\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19'),
    pickleBytes(py.int(1001)),
    pickleBytes(py.dict({ protocol_version: py.int(1001), little_endian: '\x88' })),
    pickleBytes(value),
    pickleBytes(py.list(...storages.map(([key]) => py.text(key)))),
    ...storages.flatMap(([, data]) => [new Uint8Array(BigInt64Array.of(BigInt(data.length / 4)).buffer), data]),
  ]
  return new Uint8Array(Buffer.concat(parts))
}
