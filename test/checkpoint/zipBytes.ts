/** Builds zip archives for tests, honest ones and lying ones: every field can be overridden. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipPart {
  readonly name: string
  readonly data: Uint8Array
  readonly deflate?: boolean
  /** Sizes and checksum stand behind the data, as streaming writers leave them. */
  readonly descriptor?: boolean
  /** 64-bit sizes in the extra field. */
  readonly zip64?: boolean
  /** What the central directory says instead of the truth. */
  readonly central?: Partial<Record<'flags' | 'method' | 'crc' | 'compressed' | 'size' | 'offset' | 'disk', number>>
  /** What the local header says instead of the truth. */
  readonly local?: Partial<Record<'flags' | 'method' | 'crc' | 'compressed' | 'size', number>> & { name?: string }
}

export interface ZipEnd {
  readonly zip64?: boolean
  readonly comment?: string
  readonly entries?: number
  readonly size?: number
  readonly offset?: number
}

const u16 = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer)
const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer)
const u64 = (...values: number[]) => Buffer.from(BigUint64Array.from(values.map(BigInt)).buffer)

export function makeZip(parts: readonly ZipPart[], end: ZipEnd = {}): Uint8Array {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const part of parts) {
    const stored = part.deflate ? deflateRawSync(part.data) : Buffer.from(part.data)
    const truth = {
      flags: part.descriptor ? 8 : 0,
      method: part.deflate ? 8 : 0,
      crc: crc32(part.data),
      compressed: stored.length,
      size: part.data.length,
    }
    const hidden = part.descriptor ? { crc: 0, compressed: 0, size: 0 } : {}
    const local = { ...truth, ...hidden, ...part.local }
    const central = { ...truth, offset: at, disk: 0, ...part.central }
    const name = Buffer.from(part.name)
    const wide = Buffer.concat([u16(1, 16), u64(local.size, local.compressed)])
    const localName = Buffer.from(part.local?.name ?? part.name)
    const file = Buffer.concat([
      u32(0x04034b50),
      u16(45, local.flags, local.method, 0, 0),
      u32(local.crc, ...(part.zip64 ? [0xffffffff, 0xffffffff] : [local.compressed, local.size])),
      u16(localName.length, part.zip64 ? wide.length : 0),
      localName,
      part.zip64 ? wide : Buffer.alloc(0),
      stored,
      part.descriptor ? u32(0x08074b50, truth.crc, truth.compressed, truth.size) : Buffer.alloc(0),
    ])
    const centralWide = Buffer.concat([u16(1, 24), u64(central.size, central.compressed, central.offset)])
    directory.push(
      u32(0x02014b50),
      u16(45, 45, central.flags, central.method, 0, 0),
      u32(central.crc, ...(part.zip64 ? [0xffffffff, 0xffffffff] : [central.compressed, central.size])),
      u16(name.length, part.zip64 ? centralWide.length : 0, 0, central.disk, 0),
      u32(0, part.zip64 ? 0xffffffff : central.offset),
      name,
      part.zip64 ? centralWide : Buffer.alloc(0),
    )
    files.push(file)
    at += file.length
  }
  const table = Buffer.concat(directory)
  const entries = end.entries ?? parts.length
  const size = end.size ?? table.length
  const offset = end.offset ?? at
  const comment = Buffer.from(end.comment ?? '')
  const record64 = Buffer.concat([
    u32(0x06064b50),
    u64(44),
    u16(45, 45),
    u32(0, 0),
    u64(entries, entries, size, offset),
    u32(0x07064b50, 0),
    u64(at + table.length),
    u32(1),
  ])
  const record = Buffer.concat([
    u32(0x06054b50),
    u16(0, 0, ...(end.zip64 ? [0xffff, 0xffff] : [entries, entries])),
    u32(...(end.zip64 ? [0xffffffff, 0xffffffff] : [size, offset])),
    u16(comment.length),
    comment,
  ])
  return new Uint8Array(Buffer.concat([...files, table, end.zip64 ? record64 : Buffer.alloc(0), record]))
}

export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
