/**
 * Decoding of the storage types that are no plain machine numbers: small floats, packed integers, quantized blocks, complex numbers. The work is
 * done by the module made from assembly/decode/; the values of 8-bit codes are also given here as tables, for statistics by counting.
 */
import { type StorageType, UsageError } from '../core/index.js'
import type { Pointer } from './types.js'

/**
 * Decodes `count` elements (whole blocks, for the block types) at `source` (any alignment) to f32 at `target`, c128 to f64.
 */
export type Decoder = (source: Pointer, count: number, target: Pointer) => void

/** The types that are words the arithmetic module reads itself. */
const plainTypes: ReadonlySet<StorageType> = new Set<StorageType>([
  ...(['f64', 'f32', 'f16', 'bf16', 'bool'] as const),
  ...(['i8', 'i16', 'i32', 'i64', 'u8', 'u16', 'u32', 'u64'] as const),
])

/** Whether the decode module has a decoder for `type`; the others are plain machine numbers. */
export function isDecoded(type: StorageType): boolean {
  return !plainTypes.has(type)
}

/** The decoder of `type` out of the exports of the instantiated decode module. */
export function decoder(exports: WebAssembly.Exports, type: StorageType): Decoder {
  const run = exports[`decode_${type}`]
  if (typeof run !== 'function')
    throw new UsageError(
      `decode: ${type} has no decoder, expected a small float, packed integer, complex or block type. Try the arithmetic module's conversion.`,
    )
  return run as Decoder
}

/**
 * The decoder of a complex type to f64. `decoder` gives f32 for c64, where a modulus is rounded to 24 bits and can exceed f32 though both parts are
 * finite: sums over moduli want this one.
 */
export function modulusDecoder(exports: WebAssembly.Exports, type: 'c64' | 'c128'): Decoder {
  return (type === 'c64' ? exports['decode_c64_f64'] : exports['decode_c128']) as Decoder
}

/** An 8-bit float: exponent bits, fraction bits, bias. */
const floatFormats = {
  f8_e4m3fn: [3, 7],
  f8_e5m2: [2, 15],
  f8_e4m3fnuz: [3, 8],
  f8_e5m2fnuz: [2, 16],
} as const

type Float8 = keyof typeof floatFormats

/** The 8-bit types, whose statistics follow from how often each code occurs. */
export type CodeType = 'i8' | 'u8' | 'bool' | 'f8_e8m0' | Float8

/** Whether `type` has 256 codes of one byte. */
export function isCodeType(type: StorageType): type is CodeType {
  return type === 'i8' || type === 'u8' || type === 'bool' || type === 'f8_e8m0' || type in floatFormats
}

function float8Value(type: Float8, code: number): number {
  const [fractionBits, bias] = floatFormats[type]
  const magnitude = code & 0x7f
  const sign = code & 0x80 ? -1 : 1
  if (type.endsWith('fnuz') ? code === 0x80 : type === 'f8_e4m3fn' ? magnitude === 0x7f : magnitude > 0x7c)
    return Number.NaN
  if (type === 'f8_e5m2' && magnitude === 0x7c) return sign * Number.POSITIVE_INFINITY
  const exponent = magnitude >> fractionBits
  const fraction = (magnitude & ((1 << fractionBits) - 1)) / (1 << fractionBits)
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias)
}

function codeValue(type: CodeType, code: number): number {
  if (type === 'u8') return code
  if (type === 'i8') return (code << 24) >> 24
  if (type === 'bool') return code === 0 ? 0 : 1
  if (type === 'f8_e8m0') return code === 255 ? Number.NaN : 2 ** (code - 127)
  return float8Value(type, code)
}

/** The 256 values of an 8-bit type in the order of its codes; any byte but 0 is a true `bool`, that is 1. */
export function codeValues(type: CodeType): Float64Array {
  return Float64Array.from({ length: 256 }, (_, code) => codeValue(type, code))
}
