/** What the zip records have in common: little-endian fields, extra fields, an entry, and how faults are worded. */
import { FormatError } from '../../core/index.js'

/** A record's bytes as numbers; the caller has checked that they are there. */
export class Fields {
  private readonly view: DataView

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  u16(at: number): number {
    return this.view.getUint16(at, true)
  }

  u32(at: number): number {
    return this.view.getUint32(at, true)
  }

  /** A 64-bit count or offset; Infinity when it is beyond 2^53, which no real file reaches, so that every bound check refuses it. */
  u64(at: number): number {
    const value = this.view.getBigUint64(at, true)
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value)
  }
}

/** An entry of the central directory, before its local header is looked at. */
export interface CentralEntry {
  readonly name: string
  readonly nameBytes: Uint8Array
  readonly flags: number
  readonly method: 'stored' | 'deflated'
  readonly crc32: number
  readonly compressedSize: number
  readonly size: number
  readonly headerOffset: number
}

/** The extra field with this id, if it is whole. */
export function findExtra(extra: Uint8Array, id: number): Fields | null {
  const fields = new Fields(extra)
  for (let at = 0; at + 4 <= extra.length; ) {
    const size = fields.u16(at + 2)
    if (fields.u16(at) === id && at + 4 + size <= extra.length) return new Fields(extra.subarray(at + 4, at + 4 + size))
    at += 4 + size
  }
  return null
}

export function zipError(code: string, what: string, offset?: number): FormatError {
  return new FormatError(code, `zip: ${what}.`, { offset })
}
