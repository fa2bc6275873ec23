/**
 * The end of a zip archive: where its central directory lies and how many entries it has, from the end record and, where there is one, the zip64 record.
 * Nothing is repaired: a directory that does not end exactly where the end records begin is refused.
 */
import { plural } from '../../core/index.js'
import type { Source } from '../types.js'
import { Fields, zipError } from './fields.js'

export interface DirectoryPlace {
  readonly offset: number
  readonly size: number
  readonly entries: number
}

const endSignature = 0x06054b50
const endSize = 22
const locatorSignature = 0x07064b50
const locatorSize = 20
const zip64Signature = 0x06064b50
const zip64Size = 56
const longestComment = 65_535

/** Finds and checks the end records. */
export async function findDirectory(source: Source): Promise<DirectoryPlace> {
  const tailSize = Math.min(source.size, endSize + longestComment + locatorSize)
  const tailOffset = source.size - tailSize
  const tail = new Fields(await source.read(tailOffset, tailSize))
  const at = findEnd(tail)
  const endOffset = tailOffset + at
  const stated = {
    disk: tail.u16(at + 4),
    directoryDisk: tail.u16(at + 6),
    entriesHere: tail.u16(at + 8),
    entries: tail.u16(at + 10),
    size: tail.u32(at + 12),
    offset: tail.u32(at + 16),
  }
  const locatorAt = at - locatorSize
  const hasLocator = locatorAt >= 0 && tail.u32(locatorAt) === locatorSignature
  if (!hasLocator) {
    if (stated.size === 0xffffffff || stated.offset === 0xffffffff) {
      throw zipError('corrupt', 'the end record asks for a zip64 record and there is none', endOffset)
    }
    checkDisks(stated, endOffset)
    return checkPlace(stated, endOffset)
  }
  if (tail.u32(locatorAt + 4) !== 0 || tail.u32(locatorAt + 16) > 1) throw splitArchive(endOffset)
  const recordOffset = tail.u64(locatorAt + 8)
  const whole = await readZip64(source, recordOffset, endOffset - locatorSize)
  for (const [name, sentinel] of sentinels) {
    if (stated[name] !== sentinel && stated[name] !== whole[name]) {
      throw zipError(
        'mismatch',
        `the end record and the zip64 record of the central directory disagree about its ${name}: ${stated[name]} and ${whole[name]}`,
        endOffset,
      )
    }
  }
  checkDisks(whole, recordOffset)
  return checkPlace(whole, recordOffset)
}

/** The archive's comment. */
export async function readComment(source: Source): Promise<Uint8Array> {
  const tailSize = Math.min(source.size, endSize + longestComment)
  const tail = await source.read(source.size - tailSize, tailSize)
  return tail.subarray(findEnd(new Fields(tail)) + endSize)
}

interface End {
  disk: number
  directoryDisk: number
  entriesHere: number
  entries: number
  size: number
  offset: number
}

/** Fields of the end record, and the value that leaves them to the zip64 record. */
const sentinels: readonly (readonly [keyof End, number])[] = [
  ['disk', 0xffff],
  ['directoryDisk', 0xffff],
  ['entriesHere', 0xffff],
  ['entries', 0xffff],
  ['size', 0xffffffff],
  ['offset', 0xffffffff],
]

/** The one end record whose comment reaches exactly to the end of the file. */
function findEnd(tail: Fields): number {
  const found: number[] = []
  for (let at = tail.bytes.length - endSize; at >= 0; at--) {
    if (tail.bytes[at] !== 0x50 || tail.u32(at) !== endSignature) continue
    if (at + endSize + tail.u16(at + 20) === tail.bytes.length) found.push(at)
  }
  if (found.length === 1) return found[0]!
  if (found.length > 1) {
    throw zipError(
      'ambiguous',
      `${plural(found.length, 'end record')} fit the end of the archive, so its central directory is ambiguous`,
    )
  }
  throw zipError(
    'truncated',
    'the end of the central directory was not found: the archive is truncated, has bytes behind its end, or is not a zip archive; download or copy it again',
  )
}

async function readZip64(source: Source, offset: number, limit: number): Promise<End> {
  if (offset + zip64Size > limit) {
    throw zipError(
      'bad-offset',
      `the zip64 record's offset ${offset} is past the end of the archive's central directory at ${limit}`,
    )
  }
  const record = new Fields(await source.read(offset, zip64Size))
  if (record.u32(0) !== zip64Signature || offset + 12 + record.u64(4) !== limit) {
    throw zipError('corrupt', 'the zip64 end record is not where its locator says, or has another size', offset)
  }
  return {
    disk: record.u32(16),
    directoryDisk: record.u32(20),
    entriesHere: record.u64(24),
    entries: record.u64(32),
    size: record.u64(40),
    offset: record.u64(48),
  }
}

function splitArchive(offset: number) {
  return zipError(
    'split',
    'this is one part of a multi-disk (split) archive; join the parts into one file first',
    offset,
  )
}

function checkDisks(end: End, offset: number): void {
  if (end.disk !== 0 || end.directoryDisk !== 0 || end.entriesHere !== end.entries) throw splitArchive(offset)
}

function checkPlace(end: End, limit: number): DirectoryPlace {
  if (end.offset + end.size !== limit) {
    throw zipError(
      'bad-offset',
      `the central directory of size ${end.size} at offset ${end.offset} does not end at ${limit}, where the end record begins: the archive is truncated, corrupt, or has bytes put before it`,
      limit,
    )
  }
  return { offset: end.offset, size: end.size, entries: end.entries }
}
