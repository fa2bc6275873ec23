/** Decodes the numbers of typed fields (`int32_data` and its kin) into raw little-endian bytes. */
import { FormatError, inert, type StorageType, showShape, storageInfo } from '../../core/index.js'
import type { MessageType, Wire, WireType } from '../protobuf/index.js'
import type { NumberRun } from './raw.js'
import type { ElementType, NumbersField } from './schema.js'

export interface NumbersPlace {
  readonly label: string
  readonly shape: readonly number[]
  readonly element: ElementType
  readonly at: number
  /** How many numbers the shape asks for. */
  readonly needed: number
}

/** What an `int32_data` number may be for a narrower type; bit patterns of floats are taken with or without sign extension. */
const int32Ranges: Partial<Record<StorageType, readonly [number, number]>> = {
  i8: [-128, 127],
  u8: [0, 255],
  i16: [-32_768, 32_767],
  u16: [0, 65_535],
  f16: [-32_768, 65_535],
  bf16: [-32_768, 65_535],
}
const byteRange = [-128, 255] as const

export class NumberDecoder {
  constructor(private readonly wire: Wire) {}

  /** All numbers of `runs`, which must be exactly as many as are needed. */
  async decode(runs: readonly NumberRun[], place: NumbersPlace): Promise<Uint8Array> {
    const { element, needed } = place
    const wordBytes = fixedBytes(element.field) || outputBytes(element)
    const there = runs.reduce((sum, run) => sum + run.to - run.from, 0)
    // A number takes at least a byte, so a shape that lies cannot make this allocate more than a few times the file.
    if (needed > there) throw this.mismatch(place, `at most ${there}`)
    const out = new Uint8Array(needed * wordBytes)
    const write = fixedBytes(element.field) ? fixedWriter(out, wordBytes) : integerWriter(out, element, place)
    let seen = 0
    const take = (lo: number, hi: number): boolean => {
      if (seen++ >= needed) throw this.mismatch(place, `more than ${needed}`)
      write(seen - 1, lo, hi)
      return true
    }
    for (const run of runs) await this.each(run, element.field, take, place)
    if (seen !== needed) throw this.mismatch(place, String(seen))
    return out
  }

  /** How many numbers `runs` hold. */
  async count(runs: readonly NumberRun[], field: NumbersField, place: NumbersPlace): Promise<number> {
    const size = fixedBytes(field)
    let seen = 0
    for (const run of runs) {
      if (run.packed && size > 0 && (run.to - run.from) % size === 0) seen += (run.to - run.from) / size
      else await this.each(run, field, () => ++seen > 0, place)
    }
    return seen
  }

  mismatch({ label, shape, element, at, needed }: NumbersPlace, got: string): FormatError {
    return new FormatError(
      'size-mismatch',
      `onnx: tensor '${inert(label)}' of type ${element.word} and shape ${showShape(shape)} needs ${needed} numbers in ${element.field}, but has ${got}.`,
      { tensor: label, offset: at },
    )
  }

  /** Calls `take` for every number of one run. */
  async each(
    run: NumberRun,
    field: NumbersField,
    take: (lo: number, hi: number) => boolean,
    place: NumbersPlace,
  ): Promise<void> {
    if (run.packed) return this.packed(run.from, run.to, field, take, place)
    await this.wire.walk(run.from, run.to, onlyField(run.number, field), (inner): void | Promise<void> => {
      if (inner.wire === 2) return this.packed(inner.from, inner.to, field, take, place)
      take(inner.lo, inner.hi)
    })
  }

  private async packed(
    from: number,
    to: number,
    field: NumbersField,
    take: (lo: number, hi: number) => boolean,
    place: NumbersPlace,
  ): Promise<void> {
    const size = fixedBytes(field)
    if (size === 0) return this.wire.varints(from, to, take)
    if ((to - from) % size !== 0) throw this.mismatch(place, `${(to - from) / size}`)
    const chunk = 32 * 1024
    for (let at = from; at < to; at += chunk) {
      const bytes = await this.wire.bytes(at, Math.min(at + chunk, to))
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      for (let index = 0; index < bytes.length; index += size) {
        take(view.getUint32(index, true), size === 8 ? view.getUint32(index + 4, true) : 0)
      }
    }
  }
}

/** A message type that knows one field alone, to walk a stretch of such fields again. */
function onlyField(number: number, field: NumbersField): MessageType {
  const size = fixedBytes(field)
  const wires: readonly WireType[] = [size === 0 ? 0 : size === 4 ? 5 : 1, 2]
  return { name: 'a field of numbers', fields: new Map([[number, { name: field, wires }]]) }
}

/** Numbers that `count` elements take in their typed field: complex ones two, packed ones a half or a quarter. */
export function numbersNeeded(element: ElementType, count: number): number {
  const fixed = fixedBytes(element.field)
  return fixed ? (count * storageInfo(element.type!).unitBytes) / fixed : Math.ceil(count / element.perByte)
}

function fixedBytes(field: NumbersField): 0 | 4 | 8 {
  return field === 'float_data' ? 4 : field === 'double_data' ? 8 : 0
}

function outputBytes(element: ElementType): number {
  return element.perByte === 1 ? storageInfo(element.type!).unitBytes : 1
}

function fixedWriter(out: Uint8Array, wordBytes: number): (index: number, lo: number, hi: number) => void {
  const view = new DataView(out.buffer)
  return (index, lo, hi) => {
    view.setUint32(index * wordBytes, lo, true)
    if (wordBytes === 8) view.setUint32(index * 8 + 4, hi, true)
  }
}

function integerWriter(
  out: Uint8Array,
  element: ElementType,
  place: NumbersPlace,
): (index: number, lo: number, hi: number) => void {
  const view = new DataView(out.buffer)
  const type = element.type!
  if (element.field === 'int64_data' || type === 'u64') return fixedWriter(out, 8)
  if (type === 'u32') {
    return (index, lo, hi) => {
      if (hi !== 0) throw outOfRange(place, hi * 0x1_0000_0000 + lo)
      view.setUint32(index * 4, lo, true)
    }
  }
  if (type === 'i32') return (index, lo) => view.setInt32(index * 4, lo, true)
  if (type === 'bool') {
    return (index, lo, hi) => {
      out[index] = lo === 0 && hi === 0 ? 0 : 1
    }
  }
  const [least, most] = (element.perByte === 1 && int32Ranges[type]) || byteRange
  const wide = outputBytes(element) === 2
  return (index, lo) => {
    const value = lo | 0
    if (value < least || value > most) throw outOfRange(place, value)
    if (wide) view.setUint16(index * 2, value & 0xffff, true)
    else out[index] = value & 0xff
  }
}

function outOfRange({ label, element, at }: NumbersPlace, value: number): FormatError {
  return new FormatError(
    'bad-value',
    `onnx: tensor '${inert(label)}' of type ${element.word} holds the number ${value} in ${element.field}, which does not fit that type.`,
    { tensor: label, offset: at },
  )
}
