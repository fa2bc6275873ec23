/** Builds GGUF files byte by byte, from the text of the format's specification and not from the reader. */

const scalarTypes = {
  u8: 0,
  i8: 1,
  u16: 2,
  i16: 3,
  u32: 4,
  i32: 5,
  f32: 6,
  bool: 7,
  u64: 10,
  i64: 11,
  f64: 12,
} as const

export type Scalar = keyof typeof scalarTypes

export type Value =
  | { readonly type: Scalar; readonly value: number | bigint }
  | { readonly type: 'string'; readonly value: string | Uint8Array }
  | { readonly type: 'array'; readonly of: Scalar | 'string' | 'array'; readonly items: readonly Value[] }

export interface TensorSpec {
  readonly name: string
  /** As stored: innermost first. */
  readonly dims: readonly (number | bigint)[]
  readonly type: number
  readonly offset: number | bigint
}

export interface Spec {
  readonly version?: number
  readonly bigEndian?: boolean
  readonly metadata?: readonly (readonly [string, Value])[]
  readonly tensors?: readonly TensorSpec[]
  /** What follows the header and its padding. */
  readonly data?: Uint8Array
  readonly alignment?: number
  /** Counts that lie. */
  readonly tensorCount?: bigint
  readonly pairCount?: bigint
}

export const u16 = (value: number): Value => ({ type: 'u16', value })
export const u32 = (value: number): Value => ({ type: 'u32', value })
export const i32 = (value: number): Value => ({ type: 'i32', value })
export const f32 = (value: number): Value => ({ type: 'f32', value })
export const string = (value: string | Uint8Array): Value => ({ type: 'string', value })
export const array = (of: Scalar | 'string' | 'array', items: readonly Value[]): Value => ({ type: 'array', of, items })

const sizes = { u8: 1, i8: 1, bool: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, u64: 8, i64: 8, f64: 8 } as const

class Writer {
  private readonly bytes: number[] = []

  constructor(private readonly little: boolean) {}

  scalar(type: Scalar, value: number | bigint): void {
    const view = new DataView(new ArrayBuffer(8))
    const { little } = this
    if (type === 'u64') view.setBigUint64(0, BigInt(value), little)
    else if (type === 'i64') view.setBigInt64(0, BigInt(value), little)
    else if (type === 'f64') view.setFloat64(0, Number(value), little)
    else if (type === 'f32') view.setFloat32(0, Number(value), little)
    else if (sizes[type] === 4) view.setUint32(0, Number(value), little)
    else if (sizes[type] === 2) view.setUint16(0, Number(value), little)
    else view.setUint8(0, Number(value))
    this.raw(new Uint8Array(view.buffer, 0, sizes[type]))
  }

  string(value: string | Uint8Array): void {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    this.scalar('u64', bytes.length)
    this.raw(bytes)
  }

  value(value: Value): void {
    if (value.type === 'string') this.string(value.value)
    else if (value.type === 'array') {
      this.type(value.of)
      this.scalar('u64', value.items.length)
      for (const item of value.items) this.value(item)
    } else this.scalar(value.type, value.value)
  }

  type(type: Value['type']): void {
    this.scalar('u32', type === 'string' ? 8 : type === 'array' ? 9 : scalarTypes[type])
  }

  raw(bytes: Uint8Array): void {
    for (const byte of bytes) this.bytes.push(byte)
  }

  pad(multiple: number): void {
    while (this.bytes.length % multiple !== 0) this.bytes.push(0)
  }

  done(): Uint8Array {
    return Uint8Array.from(this.bytes)
  }
}

export function ggufBytes(spec: Spec): Uint8Array {
  const writer = new Writer(!spec.bigEndian)
  const metadata = spec.metadata ?? []
  const tensors = spec.tensors ?? []
  writer.raw(new TextEncoder().encode('GGUF'))
  writer.scalar('u32', spec.version ?? 3)
  writer.scalar('u64', spec.tensorCount ?? tensors.length)
  writer.scalar('u64', spec.pairCount ?? metadata.length)
  for (const [key, value] of metadata) {
    writer.string(key)
    writer.type(value.type)
    writer.value(value)
  }
  for (const { name, dims, type, offset } of tensors) {
    writer.string(name)
    writer.scalar('u32', dims.length)
    for (const size of dims) writer.scalar('u64', size)
    writer.scalar('u32', type)
    writer.scalar('u64', offset)
  }
  if (spec.data) {
    writer.pad(spec.alignment ?? 32)
    writer.raw(spec.data)
  }
  return writer.done()
}

/** Little-endian f32 values, or big-endian ones. */
export function floats(values: readonly number[], bigEndian = false): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (const [index, value] of values.entries()) view.setFloat32(index * 4, value, !bigEndian)
  return new Uint8Array(view.buffer)
}
