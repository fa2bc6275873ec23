/** One GGUF file: header, metadata, tensor infos, and where its data lie. */
import { FormatError, inert } from '../../core/index.js'
import type { ReaderContext, Source } from '../types.js'
import { Cursor } from './cursor.js'
import { type GgufMetadata, readMetadata } from './metadata.js'
import { type GgufTensor, readTensors } from './tensors.js'

export interface GgufFile {
  readonly metadata: GgufMetadata
  readonly tensors: readonly GgufTensor[]
  /** File offset from which the tensors' offsets count. */
  readonly dataStart: number
  readonly bigEndian: boolean
  readonly warnings: readonly string[]
}

const defaultAlignment = 32
const headerBytes = 24
/** The least that one of each takes: empty name, no axes; a key of one letter, one byte. */
const smallestTensor = 24
const smallestPair = 14

export async function readFile(source: Source, { signal }: ReaderContext): Promise<GgufFile> {
  const cursor = new Cursor(source, signal)
  await readHeader(cursor, source.size)
  const tensorCount = readCount(cursor, 'tensor', smallestTensor)
  const pairCount = readCount(cursor, 'metadata', smallestPair)
  const metadata = await readMetadata(cursor, pairCount)
  const tensors = await readTensors(cursor, tensorCount)
  const alignment = metadata.alignment ?? defaultAlignment
  const dataStart = Math.ceil(cursor.offset / alignment) * alignment
  const end = checkLayout(tensors, alignment, source.size - dataStart)
  const warnings = [...metadata.warnings, ...end.warnings]
  const trailing = source.size - dataStart - Math.ceil(end.offset / alignment) * alignment
  if (tensors.length > 0 && trailing > 0) warnings.push(`${trailing} unused bytes follow the last tensor.`)
  return { metadata, tensors, dataStart, bigEndian: !cursor.littleEndian, warnings }
}

/** Magic and version; the version also tells the byte order. */
async function readHeader(cursor: Cursor, size: number): Promise<void> {
  if (size < headerBytes) {
    throw cursor.fail(
      'truncated',
      `the file has ${size} bytes, too short for the header of ${headerBytes}; it is truncated`,
    )
  }
  await cursor.need(headerBytes, 'the header')
  const magic = String.fromCharCode(...cursor.slice(4))
  if (magic !== 'GGUF') throw cursor.fail('bad-magic', `the magic is '${inert(magic)}', expected 'GGUF'`, 0)
  const version = cursor.u32()
  // Versions are small: one whose low half is empty was written the other way round.
  const swapped = (version >>> 24) | ((version >>> 8) & 0xff00) | ((version << 8) & 0xff0000) | (version << 24)
  cursor.littleEndian = version === 0 || (version & 0xffff) !== 0
  const number = cursor.littleEndian ? version : swapped >>> 0
  if (number === 2 || number === 3) return
  const how =
    number === 1
      ? 'version 1 counted in 32 bits and is no longer read; convert the model again with a llama.cpp of today'
      : 'versions 2 and 3 are read, in either byte order (endianness)'
  throw cursor.fail('bad-version', `version ${number} is unsupported: ${how}`, 4)
}

function readCount(cursor: Cursor, what: string, smallest: number): number {
  const at = cursor.offset
  const count = cursor.u64()
  if (count * BigInt(smallest) <= BigInt(cursor.remaining)) return Number(count)
  throw cursor.fail(
    'truncated',
    `the ${what} count ${count} is more than fits into the file (too large, or the file is truncated)`,
    at,
  )
}

/** Every tensor lies in the data, aligned, and overlaps none. Returns where the last one ends. */
function checkLayout(
  tensors: readonly GgufTensor[],
  alignment: number,
  available: number,
): { offset: number; warnings: string[] } {
  for (const { name, offset, bytes } of tensors) {
    // No bytes are needed, but a place in the data; the padding before it may be missing.
    if (bytes !== 0 || offset < available + alignment) continue
    throw new FormatError(
      'truncated',
      `gguf: the empty tensor '${inert(name)}' has the offset ${offset}, past the end of the file, which has ${Math.max(0, available)} bytes of data.`,
      { tensor: name },
    )
  }
  const sorted = tensors.filter(({ bytes }) => bytes !== 0).sort((a, b) => a.offset - b.offset)
  let end = 0
  let before = ''
  let holes = 0
  for (const { name, offset, bytes } of sorted) {
    const fail = (code: string, what: string) =>
      new FormatError(code, `gguf: tensor '${inert(name)}' ${what}.`, { tensor: name })
    if (offset % alignment !== 0)
      throw fail('bad-offset', `has the offset ${offset}, which is not a multiple of the alignment ${alignment}`)
    if (offset < end)
      throw fail('overlap', `at offset ${offset} overlaps tensor '${inert(before)}', which ends at ${end}`)
    if (offset + (bytes || 0) > available) {
      throw fail(
        'truncated',
        `ends at ${offset + (bytes || 0)} of the data, past the end of the file, which has ${Math.max(0, available)} bytes of data: it is truncated, download it again`,
      )
    }
    if (offset > Math.ceil(end / alignment) * alignment) holes++
    // Of a type whose size is not known, all up to the next tensor.
    end = Number.isNaN(bytes) ? offset : offset + bytes
    before = name
    if (Number.isNaN(bytes)) holes = Number.NEGATIVE_INFINITY
  }
  return { offset: end, warnings: holes > 0 ? [`Unused gaps lie between the tensors (${holes}).`] : [] }
}
