/**
 * The local header before each entry's data, compared with the central directory. Readers differ in which of the two they believe, so an archive in which
 * they disagree, or in which two entries share bytes, is refused before anything is read from it.
 */
import { inert } from '../../core/index.js'
import type { Source } from '../types.js'
import { type CentralEntry, Fields, findExtra, zipError } from './fields.js'

const headerSignature = 0x04034b50
const headerSize = 30
const descriptorSignature = 0x08074b50
/** Flags that both headers must agree in: encrypted, descriptor, strong encryption, UTF-8, masked. */
const comparedFlags = 0x2849

/** Where each entry's data begin; every byte of an entry lies before `limit` and in no other entry. */
export async function locateData(file: Source, entries: readonly CentralEntry[], limit: number): Promise<number[]> {
  const offsets: number[] = []
  const ends: number[] = []
  for (const entry of entries) {
    const dataOffset = await readLocal(file, entry, limit)
    const dataEnd = dataOffset + entry.compressedSize
    if (dataEnd > limit) {
      throw zipError(
        'size-mismatch',
        `the data of '${inert(entry.name)}' (offset ${dataOffset}, size ${entry.compressedSize}) reach past ${limit}, where the central directory begins: the archive is truncated or corrupt`,
        entry.headerOffset,
      )
    }
    offsets.push(dataOffset)
    ends.push(entry.flags & 0x0008 ? await checkDescriptor(file, entry, dataEnd, limit) : dataEnd)
  }
  refuseOverlaps(entries, ends)
  return offsets
}

async function readLocal(file: Source, entry: CentralEntry, limit: number): Promise<number> {
  const shown = inert(entry.name)
  const at = entry.headerOffset
  const nameSize = entry.nameBytes.length
  if (at + headerSize + nameSize > limit) {
    throw zipError(
      'bad-offset',
      `the local header of '${shown}' at offset ${at} is past the end of the archive's data`,
      at,
    )
  }
  const fields = new Fields(await file.read(at, headerSize + nameSize))
  if (fields.u32(0) !== headerSignature) {
    throw zipError('bad-offset', `there is no local header of '${shown}' at offset ${at}: the archive is corrupt`, at)
  }
  const differs = (what: string, local: string | number, central: string | number) =>
    zipError(
      'mismatch',
      `the local header and the directory differ (mismatch) in the ${what} of '${shown}': ${local} and ${central}`,
      at,
    )
  if ((fields.u16(6) & comparedFlags) !== (entry.flags & comparedFlags))
    throw differs('flags', fields.u16(6), entry.flags)
  const method = entry.method === 'stored' ? 0 : 8
  if (fields.u16(8) !== method) throw differs('compression method', fields.u16(8), method)
  const name = fields.bytes.subarray(headerSize)
  if (fields.u16(26) !== nameSize || !name.every((byte, index) => byte === entry.nameBytes[index])) {
    throw differs('name', `'${inert(new TextDecoder('latin1').decode(name))}'`, `'${shown}'`)
  }
  const extraSize = fields.u16(28)
  const dataOffset = at + headerSize + nameSize + extraSize
  if (dataOffset > limit)
    throw zipError('bad-offset', `the local header of '${shown}' reaches past the end of the archive's data`, at)
  const deferred = (entry.flags & 0x0008) !== 0
  const sizes = [fields.u32(18), fields.u32(22)] as const
  const extra = sizes.includes(0xffffffff) ? await file.read(dataOffset - extraSize, extraSize) : new Uint8Array(0)
  compareNumbers(fields.u32(14), sizes, extra, entry, deferred, differs)
  return dataOffset
}

/** Checksum and sizes; with a data descriptor the local fields may be zero instead. */
function compareNumbers(
  crc32: number,
  [narrowCompressed, narrowSize]: readonly [number, number],
  extra: Uint8Array,
  entry: CentralEntry,
  deferred: boolean,
  differs: (what: string, local: number, central: number) => Error,
): void {
  const wide = findExtra(extra, 0x0001)
  let at = 0
  const take = (narrow: number): number => {
    if (narrow !== 0xffffffff || !wide || at + 8 > wide.bytes.length) return narrow
    at += 8
    return wide.u64(at - 8)
  }
  // In the local field the uncompressed size comes first.
  const size = take(narrowSize)
  const compressedSize = take(narrowCompressed)
  const compare = (what: string, local: number, central: number) => {
    if (local !== central && !(deferred && (local === 0 || local === 0xffffffff))) throw differs(what, local, central)
  }
  compare('CRC-32 checksum', crc32, entry.crc32)
  compare('compressed size', compressedSize, entry.compressedSize)
  compare('size', size, entry.size)
}

/** The data descriptor behind an entry's data, in any of its four layouts; returns where it ends. */
async function checkDescriptor(file: Source, entry: CentralEntry, at: number, limit: number): Promise<number> {
  const fields = new Fields(await file.read(at, Math.min(24, limit - at)))
  const length = fields.bytes.length
  const signed = length >= 4 && fields.u32(0) === descriptorSignature
  for (const start of signed ? [4, 0] : [0]) {
    for (const wide of [false, true]) {
      const end = start + (wide ? 20 : 12)
      if (end > length || fields.u32(start) !== entry.crc32) continue
      const compressedSize = wide ? fields.u64(start + 4) : fields.u32(start + 4)
      const size = wide ? fields.u64(start + 12) : fields.u32(start + 8)
      if (compressedSize === entry.compressedSize && size === entry.size) return at + end
    }
  }
  throw zipError(
    'mismatch',
    `the data descriptor of '${inert(entry.name)}' does not match its checksum and sizes (corrupt)`,
    at,
  )
}

function refuseOverlaps(entries: readonly CentralEntry[], ends: readonly number[]): void {
  const order = entries.map((_, index) => index).sort((a, b) => entries[a]!.headerOffset - entries[b]!.headerOffset)
  for (let place = 1; place < order.length; place++) {
    const before = order[place - 1]!
    const after = order[place]!
    if (entries[after]!.headerOffset < ends[before]!) {
      throw zipError(
        'overlap',
        `the entries '${inert(entries[before]!.name)}' and '${inert(entries[after]!.name)}' overlap, so one of them is a lie`,
        entries[after]!.headerOffset,
      )
    }
  }
}
