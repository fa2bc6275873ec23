/**
 * The header of a .npy array (NumPy's format versions 1.0, 2.0 and 3.0): magic, version, the length of a Python dict literal, the dict. The data follow in
 * C or Fortran order and must be there to the last byte.
 */
import {
  elementCount,
  FormatError,
  inert,
  plural,
  type StorageType,
  showShape,
  storageBytes,
} from '../../core/index.js'
import { npyType } from './dtype.js'
import { type Literal, type LiteralDict, parseLiteral } from './literal.js'

export interface NpyHeader {
  /** The file's own word for the type: `<f4`. */
  readonly dtype: string
  /** Null where the elements are no plain numbers; `why` then says what they are. */
  readonly type: StorageType | null
  readonly why: string | null
  readonly bigEndian: boolean
  readonly shape: readonly number[]
  readonly count: number
  /** In elements; null for C order. */
  readonly strides: readonly number[] | null
  readonly dataOffset: number
  /** 0 where `type` is null. */
  readonly dataSize: number
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** NumPy refuses headers over 10,000 characters by default; the longest honest ones are far shorter than this. */
const longestHeader = 1 << 20
/** NumPy's own limit since 2.0 (32 before). */
const mostDimensions = 64

/** Whether `head` begins as a .npy file does, or as one that a text-mode transfer has damaged. */
export function looksLikeNpy(head: Uint8Array): boolean {
  if (head.length === 0) return false
  if (magic.every((byte, index) => index >= head.length || head[index] === byte)) return true
  const name = String.fromCharCode(...head.subarray(0, 12)).indexOf('NUMPY')
  return name >= 0 && name <= 3 && (head[name + 5] ?? 0) <= 3
}

/** Reads and checks the header of an array that is `size` bytes long with it. */
export async function readNpyHeader(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  size: number,
): Promise<NpyHeader> {
  const { offset, length, encoding } = await readPreamble(read, size)
  const text = decode(await read(offset, length), encoding)
  const dict = readDict(text)
  const type = npyType(dict.get('descr')!)
  const shape = readShape(dict.get('shape')!)
  const fortran = dict.get('fortran_order')
  if (typeof fortran !== 'boolean') throw fault('bad-type', "the header's fortran_order is not a bool (True or False)")
  const count = elementCount(shape)
  if (count === null) throw fault('overflow', `the size of shape ${showShape(shape)} is too large (overflow)`)
  const dataOffset = offset + length
  const common = { dtype: type.word, shape, count, strides: fortran ? fortranStrides(shape) : null, dataOffset }
  if (type.type === null) return { ...common, type: null, why: type.why, bigEndian: false, dataSize: 0 }
  const dataSize = storageBytes(type.type, count)
  if (dataOffset + dataSize > size) {
    throw fault(
      'truncated',
      `the data of ${type.word}${showShape(shape)} need ${dataSize} bytes and there are ${size - dataOffset}: the file is truncated or its shape is not true`,
      dataOffset,
    )
  }
  return { ...common, type: type.type, why: null, bigEndian: type.bigEndian, dataSize }
}

interface Preamble {
  offset: number
  length: number
  encoding: 'latin1' | 'utf-8'
}

async function readPreamble(
  read: (offset: number, length: number) => Promise<Uint8Array>,
  size: number,
): Promise<Preamble> {
  const head = await read(0, Math.min(size, 12))
  if (!magic.every((byte, index) => index >= head.length || head[index] === byte)) {
    throw fault(
      'magic',
      'the magic bytes of the .npy format are not there, or a text-mode transfer damaged them; it is not an array in this format',
    )
  }
  if (size < 10) throw fault('truncated', `it has ${plural(size, 'byte')} and is too short for a header: truncated`)
  const [major, minor] = [head[6]!, head[7]!]
  if (major < 1 || major > 3 || minor !== 0) {
    throw fault('version', `version ${major}.${minor} of the format does not exist; 1.0, 2.0 and 3.0 do`, 6)
  }
  const offset = major === 1 ? 10 : 12
  if (size < offset) throw fault('truncated', 'it ends inside its header: truncated')
  const length =
    major === 1
      ? head[8]! + head[9]! * 256
      : new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(8, true)
  if (offset + length > size) {
    throw fault(
      'truncated',
      `the header's length ${length} reaches past the end of the file, ${size} bytes: truncated or corrupt`,
      8,
    )
  }
  if (length > longestHeader)
    throw fault('too-large', `the header's length ${length} is too large; the limit is ${longestHeader}`, 8)
  return { offset, length, encoding: major === 3 ? 'utf-8' : 'latin1' }
}

function decode(bytes: Uint8Array, encoding: 'latin1' | 'utf-8'): string {
  try {
    return new TextDecoder(encoding, { fatal: encoding === 'utf-8' }).decode(bytes)
  } catch {
    throw fault('bad-utf8', 'the header of version 3.0 is not UTF-8 text')
  }
}

const keys = ['descr', 'fortran_order', 'shape']

function readDict(text: string): LiteralDict['entries'] {
  const value = parseLiteral(text)
  if (value === null || typeof value !== 'object' || value.kind !== 'dict')
    throw fault('header', 'the header is not a dict literal')
  for (const key of keys) {
    if (!value.entries.has(key)) throw fault('missing-field', `the header's key ${key} is missing`)
  }
  for (const key of value.entries.keys()) {
    if (!keys.includes(key)) throw fault('extra-field', `the header has an unexpected extra key '${inert(key, 40)}'`)
  }
  return value.entries
}

function readShape(value: Literal): number[] {
  if (value === null || typeof value !== 'object' || value.kind !== 'tuple') {
    throw fault('bad-shape', "the header's shape is not a tuple of integers")
  }
  if (value.items.length > mostDimensions) {
    throw fault(
      'bad-shape',
      `the shape has rank ${value.items.length}, more dimensions than the ${mostDimensions} of NumPy`,
    )
  }
  return value.items.map((item) => {
    if (typeof item !== 'number' || item < 0)
      throw fault('bad-shape', 'a dimension of the shape is not a non-negative integer')
    if (!Number.isSafeInteger(item))
      throw fault('overflow', 'a dimension of the shape is too large: its size would overflow')
    return item
  })
}

/** Null where Fortran and C order are the same. */
function fortranStrides(shape: readonly number[]): number[] | null {
  if (shape.filter((size) => size > 1).length < 2) return null
  let step = 1
  return shape.map((size) => {
    const stride = step
    step *= Math.max(1, size)
    return stride
  })
}

function fault(code: string, what: string, offset?: number): FormatError {
  return new FormatError(code, `npy: ${what}.`, { offset })
}
