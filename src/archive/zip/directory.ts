/**
 * The central directory of a zip archive, read strictly: what one reader would take for one archive and another reader for a different one is refused.
 *
 * Why our own and not `@zip.js/zip.js` (2.24): PyTorch writes a zip64 end record beside 32-bit fields that hold, and zip.js then refuses the archive in
 * its strict mode, and some of them in every mode; its other modes repair offsets and counts where we owe an error; and it compares the local headers only
 * when an entry's data are read through it, which for us is never, since tensors are ranges of the file. The tests use it as the second opinion.
 */
import { inert, plural } from '../../core/index.js'
import type { Source, ZipStorage } from '../types.js'
import { type DirectoryPlace, findDirectory } from './end.js'
import { type CentralEntry, Fields, findExtra, zipError } from './fields.js'
import { locateData } from './local.js'

/** Directory bytes that are read at most: several hundred thousand entries. */
const largestDirectory = 64 * 2 ** 20
const mostEntries = 400_000
const entrySignature = 0x02014b50
const entrySize = 46
/** No deflate stream expands further than 258 bytes for 2 bits. */
const largestExpansion = 1032

/** Recognizing an archive and opening it both need its directory. */
const directories = new WeakMap<Source, Promise<readonly ZipStorage[]>>()

/**
 * The files in a zip archive, in the directory's order; their storages name source 0. The directory is read once per source.
 *
 * @throws FormatError for an archive that is damaged, ambiguous, encrypted, split, or compressed in another way than deflate
 */
export function readZip(file: Source): Promise<readonly ZipStorage[]> {
  let directory = directories.get(file)
  if (!directory) {
    directory = readDirectory(file)
    directories.set(file, directory)
  }
  return directory
}

async function readDirectory(file: Source): Promise<readonly ZipStorage[]> {
  const place = await findDirectory(file)
  const entries = await readEntries(file, place)
  refuseDuplicates(entries)
  const dataOffsets = await locateData(file, entries, place.offset)
  return entries
    .map((entry, index): ZipStorage => {
      const { name, method, compressedSize, size, crc32 } = entry
      return { kind: 'zip', source: 0, name, offset: dataOffsets[index]!, method, compressedSize, size, crc32 }
    })
    .filter(({ name, size }) => !(name.endsWith('/') && size === 0))
}

async function readEntries(file: Source, place: DirectoryPlace): Promise<CentralEntry[]> {
  if (place.entries * entrySize > place.size) {
    throw zipError(
      'mismatch',
      `the central directory of ${plural(place.size, 'byte')} cannot hold the ${place.entries} entries that it claims`,
      place.offset,
    )
  }
  if (place.size > largestDirectory || place.entries > mostEntries) {
    throw zipError(
      'too-large',
      `the central directory has ${place.entries} entries in ${place.size} bytes, beyond the limits of ${mostEntries} and ${largestDirectory}`,
      place.offset,
    )
  }
  const fields = new Fields(await file.read(place.offset, place.size))
  const entries: CentralEntry[] = []
  let at = 0
  for (let index = 0; index < place.entries; index++) {
    if (at + entrySize > place.size || fields.u32(at) !== entrySignature) {
      throw zipError(
        'corrupt',
        `the central directory has no entry signature for entry ${index}: it is corrupt`,
        place.offset + at,
      )
    }
    const end = at + entrySize + fields.u16(at + 28) + fields.u16(at + 30) + fields.u16(at + 32)
    if (end > place.size)
      throw zipError('truncated', 'an entry runs past the end of the central directory', place.offset + at)
    entries.push(readEntry(fields, at, place.offset + at))
    at = end
  }
  if (at !== place.size) {
    throw zipError(
      'mismatch',
      `the central directory claims ${plural(place.entries, 'entry', 'entries')}, which end at byte ${at} of its ${place.size}: count and size do not match, and entries would be lost`,
      place.offset + at,
    )
  }
  return entries
}

function readEntry(fields: Fields, at: number, offset: number): CentralEntry {
  const flags = fields.u16(at + 8)
  const nameStart = at + entrySize
  const nameEnd = nameStart + fields.u16(at + 28)
  const nameBytes = fields.bytes.subarray(nameStart, nameEnd)
  const name = decodeName(nameBytes, flags, offset)
  const shown = inert(name)
  refuseFlags(flags, shown, offset)
  const method = methodOf(fields.u16(at + 10), shown, offset)
  const extra = fields.bytes.subarray(nameEnd, nameEnd + fields.u16(at + 30))
  const wide = readWide(extra, [fields.u32(at + 24), fields.u32(at + 20), fields.u32(at + 42)], shown, offset)
  const [size, compressedSize, headerOffset] = wide
  const disk = fields.u16(at + 34)
  if (disk !== 0 && disk !== 0xffff) throw zipError('split', `'${shown}' is on another disk of a split archive`, offset)
  const crc32 = fields.u32(at + 16)
  if (method === 'stored' && size !== compressedSize) {
    throw zipError(
      'size-mismatch',
      `'${shown}' is stored, but its sizes ${size} and ${compressedSize} do not match`,
      offset,
    )
  }
  if (method === 'deflated' && size > compressedSize * largestExpansion) {
    throw zipError(
      'size-mismatch',
      `'${shown}' claims a size of ${size} bytes, more than its ${compressedSize} compressed bytes can inflate to`,
      offset,
    )
  }
  if (size === 0 && crc32 !== 0)
    throw zipError('crc', `'${shown}' is empty, but its CRC-32 checksum is not zero`, offset)
  return { name, nameBytes, flags, method, crc32, compressedSize, size, headerOffset }
}

function decodeName(bytes: Uint8Array, flags: number, offset: number): string {
  let name: string
  try {
    name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    if (flags & 0x0800) throw zipError('bad-utf8', 'an entry name is marked as UTF-8 and is not', offset)
    name = new TextDecoder('latin1').decode(bytes)
  }
  if (name === '') throw zipError('bad-name', 'an entry has an empty name', offset)
  if (name.includes('\0'))
    throw zipError('bad-name', `the entry name '${inert(name)}' holds a NUL (null) character`, offset)
  return name
}

function refuseFlags(flags: number, shown: string, offset: number): void {
  // Bit 0: encrypted, bit 6: strongly encrypted, bit 13: local headers masked by an encrypted directory.
  if (flags & 0x2041) {
    throw zipError(
      'encrypted',
      `'${shown}' is encrypted (flags ${flags}); unpack it with its password and pack it again`,
      offset,
    )
  }
  if (flags & 0x0020)
    throw zipError('unsupported', `'${shown}' is compressed patched data, which is not supported`, offset)
}

function methodOf(method: number, shown: string, offset: number): 'stored' | 'deflated' {
  if (method === 0) return 'stored'
  if (method === 8) return 'deflated'
  throw zipError(
    'unsupported',
    `'${shown}' is compressed with method ${method}, which is not supported; only stored (0) and deflated (8) are`,
    offset,
  )
}

/** Replaces size, compressed size and offset by their 64-bit values where the 32-bit field says so. */
function readWide(
  extra: Uint8Array,
  narrow: [number, number, number],
  shown: string,
  offset: number,
): [number, number, number] {
  if (!narrow.includes(0xffffffff)) return narrow
  const wide = findExtra(extra, 0x0001)
  let at = 0
  return narrow.map((value) => {
    if (value !== 0xffffffff) return value
    if (!wide || at + 8 > wide.bytes.length) {
      // Exactly 2^32 - 1 without a zip64 field is a legal value, and then past the end of any file that has none.
      return value
    }
    at += 8
    const whole = wide.u64(at - 8)
    if (whole === Number.POSITIVE_INFINITY)
      throw zipError('overflow', `a zip64 size or offset of '${shown}' is beyond 2^53`, offset)
    return whole
  }) as [number, number, number]
}

function refuseDuplicates(entries: readonly CentralEntry[]): void {
  const seen = new Set<string>()
  for (const { name, headerOffset } of entries) {
    if (seen.has(name)) {
      throw zipError(
        'duplicate-name',
        `the name '${inert(name)}' appears more than once (duplicate entries)`,
        headerOffset,
      )
    }
    seen.add(name)
  }
}
