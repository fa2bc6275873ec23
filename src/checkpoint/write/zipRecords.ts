/** The records of a zip archive, with zip64 fields where sizes need them (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3). */

const limit32 = 0xffffffff
/** 1980-01-01, so that equal tensors make equal files. */
const date = 0x0021

/** Little-endian fields one after the other. */
function record(...fields: readonly (readonly [value: number, bytes: 2 | 4 | 8] | Uint8Array)[]): Uint8Array {
  const total = fields.reduce((sum, field) => sum + (field instanceof Uint8Array ? field.length : field[1]), 0)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const field of fields) {
    if (field instanceof Uint8Array) bytes.set(field, at)
    else if (field[1] === 2) view.setUint16(at, field[0], true)
    else if (field[1] === 4) view.setUint32(at, field[0], true)
    else view.setBigUint64(at, BigInt(field[0]), true)
    at += field instanceof Uint8Array ? field.length : field[1]
  }
  return bytes
}

/** A member of an archive, stored. */
export interface Member {
  readonly name: Uint8Array
  readonly crc: number
  readonly size: number
  readonly offset: number
}

const clipped = (value: number): number => Math.min(value, limit32)

/** What a local header and a directory entry have in common: version 4.5, names in UTF-8, stored. */
const common = ({ crc, size, name }: Member, extra: number) =>
  [[45, 2], [0x0800, 2], [0, 2], [0, 2], [date, 2], [crc, 4], [clipped(size), 4], [clipped(size), 4], [name.length, 2], [extra, 2]] as const // biome-ignore format: a record

/** What stands before a member's bytes. */
export function localHeader(member: Member): Uint8Array {
  const { size, name } = member
  const extra = size >= limit32 ? record([1, 2], [16, 2], [size, 8], [size, 8]) : new Uint8Array(0)
  return record([0x04034b50, 4], ...common(member, extra.length), name, extra)
}

/** A member's entry in the directory at the end. */
export function directoryEntry(member: Member): Uint8Array {
  const { size, offset, name } = member
  const wide = [...(size >= limit32 ? [size, size] : []), ...(offset >= limit32 ? [offset] : [])]
  const fields = wide.map((value) => [value, 8] as const)
  const extra = wide.length > 0 ? record([1, 2], [8 * wide.length, 2], ...fields) : new Uint8Array(0)
  return record(
    [0x02014b50, 4],
    [45, 2],
    ...common(member, extra.length),
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 4],
    [clipped(offset), 4],
    name,
    extra,
  )
}

/** What ends an archive: `count` entries, a directory of `size` bytes at `offset`, a comment of at most 65,535 bytes. */
export function ending(count: number, size: number, offset: number, comment = new Uint8Array(0)): Uint8Array {
  const isWide = count >= 0xffff || size >= limit32 || offset >= limit32
  const wide = record(
    [0x06064b50, 4],
    [44, 8],
    [45, 2],
    [45, 2],
    [0, 4],
    [0, 4],
    [count, 8],
    [count, 8],
    [size, 8],
    [offset, 8],
  )
  const locator = record([0x07064b50, 4], [0, 4], [offset + size, 8], [1, 4])
  const few = Math.min(count, 0xffff)
  const end = record(
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [few, 2],
    [few, 2],
    [clipped(size), 4],
    [clipped(offset), 4],
    [comment.length, 2],
    comment,
  )
  return isWide ? record(wide, locator, end) : end
}
