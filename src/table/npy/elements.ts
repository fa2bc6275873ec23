/** Elements of NumPy's arrays: numbers, truth values, words, times. */
import type { NpyHeader } from '../../archive/index.js'
import type { StorageType } from '../../core/index.js'

type Read = (view: DataView, at: number, isLittle: boolean) => number

const reads: Partial<Record<StorageType, readonly [bytes: number, read: Read]>> = {
  f16: [2, (view, at, isLittle) => half(view.getUint16(at, isLittle))],
  f32: [4, (view, at, isLittle) => view.getFloat32(at, isLittle)],
  f64: [8, (view, at, isLittle) => view.getFloat64(at, isLittle)],
  i8: [1, (view, at) => view.getInt8(at)],
  i16: [2, (view, at, isLittle) => view.getInt16(at, isLittle)],
  i32: [4, (view, at, isLittle) => view.getInt32(at, isLittle)],
  i64: [8, (view, at, isLittle) => Number(view.getBigInt64(at, isLittle))],
  u8: [1, (view, at) => view.getUint8(at)],
  u16: [2, (view, at, isLittle) => view.getUint16(at, isLittle)],
  u32: [4, (view, at, isLittle) => view.getUint32(at, isLittle)],
  u64: [8, (view, at, isLittle) => Number(view.getBigUint64(at, isLittle))],
  bool: [1, (view, at) => (view.getUint8(at) === 0 ? 0 : 1)],
}

/** How the elements of an array are read. */
export type Elements =
  | { readonly kind: 'numbers' | 'truth' | 'times'; readonly bytes: number; readonly isBig: boolean; readonly read: Read }
  | { readonly kind: 'words'; readonly bytes: number; readonly isBig: boolean; readonly read: (view: DataView, at: number, isLittle: boolean) => string | null } // biome-ignore format: one line

/** Where elements lie: the first, how far apart, how many; counted in elements. */
export interface Places {
  readonly first: number
  readonly step: number
  readonly count: number
}

/** Null for what makes no column. */
export function elementsOf({ type, bigEndian, dtype }: NpyHeader): Elements | null {
  if (type !== null) {
    const found = reads[type]
    return found ? { kind: type === 'bool' ? 'truth' : 'numbers', bytes: found[0], isBig: bigEndian, read: found[1] } : null // biome-ignore format: one line
  }
  const [, order, kind, length, unit] = /^([<>|=]?)([USM])([1-9]\d{0,8})(?:\[(.+)\])?$/.exec(dtype) ?? []
  const isBig = order === '>'
  if (kind === 'U') return { kind: 'words', bytes: 4 * Number(length), isBig, read: (view, at, isLittle) => textAt(view, at, Number(length), isLittle) } // biome-ignore format: one line
  if (kind === 'S') return { kind: 'words', bytes: Number(length), isBig, read: (view, at) => bytesAt(view, at, Number(length)) } // biome-ignore format: one line
  const per = perMs(unit ?? '')
  return kind === 'M' && length === '8' && per !== null ? { kind: 'times', bytes: 8, isBig, read: (view, at, isLittle) => timeAt(view.getBigInt64(at, isLittle), per) } : null // biome-ignore format: one line
}

/** Numbers; NaN where a time is missing. */
export function numbersAt(
  bytes: Uint8Array,
  { bytes: size, read, isBig }: Exclude<Elements, { kind: 'words' }>,
  { first, step, count }: Places,
): Float64Array {
  // biome-ignore format: one line
  const values = new Float64Array(count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (read === reads.f64![1] && !isBig) {
    for (let i = 0, at = 8 * first; i < count; i++, at += 8 * step) values[i] = view.getFloat64(at, true)
    return values
  }
  for (let i = 0; i < count; i++) values[i] = read(view, (first + i * step) * size, !isBig)
  return values
}

/** Words, each once, and the places of the elements among them. Throws RangeError for an element that is no text. */
export function wordsAt(
  bytes: Uint8Array,
  { bytes: size, read, isBig }: Extract<Elements, { kind: 'words' }>,
  { first, step, count }: Places,
): { codes: Int32Array; words: string[] } {
  // biome-ignore format: one line
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const known = new Map<string, number>()
  const codes = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const word = read(view, (first + i * step) * size, !isBig)
    if (word === null) throw new RangeError(`row ${i + 1} holds no text`)
    let code = known.get(word)
    if (code === undefined) {
      code = known.size
      known.set(word, code)
    }
    codes[i] = code
  }
  return { codes, words: [...known.keys()] }
}

/** Code points of 32 bits, filled up with zeros. */
function textAt(view: DataView, at: number, length: number, isLittle: boolean): string | null {
  let end = length
  while (end > 0 && view.getUint32(at + 4 * (end - 1), isLittle) === 0) end--
  let text = ''
  for (let i = 0; i < end; i++) {
    const point = view.getUint32(at + 4 * i, isLittle)
    if (point > 0x10ffff) return null
    text += String.fromCodePoint(point)
  }
  return text
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function bytesAt(view: DataView, at: number, length: number): string | null {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, length)
  let end = length
  while (end > 0 && bytes[end - 1] === 0) end--
  try {
    return utf8.decode(bytes.subarray(0, end))
  } catch {
    return null
  }
}

const units = new Map([['W', 604_800_000], ['D', 86_400_000], ['h', 3_600_000], ['m', 60_000], ['s', 1000], ['ms', 1], ['us', 1e-3], ['ns', 1e-6]]) // biome-ignore format: pairs

/** Milliseconds of NumPy's unit (`ns`, `25s`): how many, or how many parts of one; null for what is of no fixed length. */
function perMs(unit: string): { readonly by: bigint; readonly parts: bigint } | null {
  const [, count = '1', name = ''] = /^(\d{0,6})([A-Za-z]+)$/.exec(unit) ?? []
  const ms = units.get(name)
  if (ms === undefined) return null
  return { by: BigInt(count || 1) * BigInt(Math.max(1, ms)), parts: ms < 1 ? BigInt(Math.round(1 / ms)) : 1n }
}

/** Whole milliseconds are exact. NaT is the lowest number. */
function timeAt(raw: bigint, { by, parts }: { readonly by: bigint; readonly parts: bigint }): number {
  if (raw === -(2n ** 63n)) return Number.NaN
  const all = raw * by
  return Number(all / parts) + Number(all % parts) / Number(parts)
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}
