/** What the stored values of a Parquet column mean: numbers, truth values, times or words. */
import type { SchemaElement } from 'hyparquet'
import { parseFloat16 } from 'hyparquet/src/convert.js'
import { decimalOf } from '../numbers.js'
import { millisecondsOf } from '../time.js'

/** Numbers, times and truth values as doubles; words as bytes of UTF-8. */
export type Meaning =
  | {
      readonly kind: 'numbers' | 'times' | 'truth'
      readonly of: (raw: unknown) => number
      /** The stored numbers mean themselves. */
      readonly isPlain?: boolean
    }
  /** `isText`: whether the file says that the bytes are words. */
  | { readonly kind: 'words'; readonly isText: boolean; readonly of: (raw: unknown) => Uint8Array }
  /** Not read, and why. */
  | { readonly kind: 'none'; readonly why: string }

const dayMs = 86_400_000

export function meaningOf(element: SchemaElement): Meaning {
  const { type, converted_type: converted, logical_type: logical } = element
  const scale = logical?.type === 'DECIMAL' ? logical.scale : (element.scale ?? 0)
  if (logical?.type === 'DECIMAL' || converted === 'DECIMAL')
    return { kind: 'numbers', of: (raw) => decimal(raw, scale) }
  if (type === 'BOOLEAN') return { kind: 'truth', of: Number }
  if (type === 'INT96') return { kind: 'times', of: (raw) => int96(raw as bigint) }
  if (type === 'INT32') {
    if (converted === 'DATE' || logical?.type === 'DATE') return { kind: 'times', of: (raw) => dayMs * Number(raw) }
    if (converted === 'UINT_32' || (logical?.type === 'INTEGER' && !logical.isSigned && logical.bitWidth === 32)) return { kind: 'numbers', of: (raw) => Number(raw) >>> 0 } // biome-ignore format: one line
    return { kind: 'numbers', of: Number, isPlain: true }
  }
  if (type === 'INT64') {
    const unit = logical?.type === 'TIMESTAMP' ? logical.unit : converted === 'TIMESTAMP_MILLIS' ? 'MILLIS' : converted === 'TIMESTAMP_MICROS' ? 'MICROS' : null // biome-ignore format: one line
    if (unit !== null) return { kind: 'times', of: (raw) => millisecondsOf(raw as bigint, perMs[unit]) }
    if (converted === 'UINT_64' || (logical?.type === 'INTEGER' && !logical.isSigned && logical.bitWidth === 64)) return { kind: 'numbers', of: (raw) => Number(BigInt.asUintN(64, raw as bigint)) } // biome-ignore format: one line
    return { kind: 'numbers', of: Number }
  }
  if (type === 'FLOAT' || type === 'DOUBLE') return { kind: 'numbers', of: Number, isPlain: true }
  if (logical?.type === 'FLOAT16')
    return { kind: 'numbers', of: (raw) => parseFloat16(raw as Uint8Array) ?? Number.NaN }
  if (logical?.type === 'UUID') return { kind: 'words', isText: true, of: (raw) => ascii(uuid(raw as Uint8Array)) }
  const word = logical?.type ?? converted
  if (type === 'BYTE_ARRAY' && (word === undefined || ['STRING', 'UTF8', 'ENUM', 'JSON'].includes(word))) return { kind: 'words', isText: word !== undefined, of: (raw) => raw as Uint8Array } // biome-ignore format: one line
  return { kind: 'none', why: `its type ${word ?? type} is neither a number nor a truth value, a time or a word` }
}

const perMs = { MILLIS: 1n, MICROS: 1000n, NANOS: 1_000_000n } as const

/** Days since 4713 BC behind nanoseconds of the day, as Impala and old Spark write times. */
function int96(raw: bigint): number {
  const days = Number(raw >> 64n) - 2_440_588
  return dayMs * days + Number(raw & 0xffff_ffff_ffff_ffffn) / 1e6
}

const decimal = (raw: unknown, scale: number): number => decimalOf(raw instanceof Uint8Array ? signed(raw) : (raw as number | bigint), scale) // biome-ignore format: one line

/** Big-endian two's complement. */
function signed(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return BigInt.asIntN(8 * bytes.length, value)
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

const uuid = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') // biome-ignore format: one line
