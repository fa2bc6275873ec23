/** The decode module on a memory of its own, for the tests of its kernels. */
import { type StorageType, storageBytes } from '../../src/core/index.js'
import { decoder, modulusDecoder } from '../../src/kernels/decode.js'
import { decodeWasm } from '../../src/kernels/embedded/decode.js'
import { bytesOf } from '../../src/kernels/module.js'

const PAGES = 48
const SOURCE = 1 << 20
const TARGET = 2 << 20
const memory = new WebAssembly.Memory({ initial: PAGES })

/** The exports, as `decoder` takes them. */
export const decodeExports: WebAssembly.Exports = new WebAssembly.Instance(
  new WebAssembly.Module(bytesOf(decodeWasm)),
  { env: { memory } },
).exports

export interface DecodeOptions {
  /** Bytes by which the source is off a 64-byte boundary. */
  offset?: number
  /** Puts the source at the very end of the memory, so that reading one byte too many traps. */
  atEnd?: boolean
  /** Decodes complex numbers to f64, as `modulusDecoder` does; c128 is never anything else. */
  wide?: boolean
}

/** Decodes `count` elements of `bytes`; throws if anything beyond them was written. */
export function decode(type: StorageType, bytes: Uint8Array, count: number, options: DecodeOptions = {}): number[] {
  const source = options.atEnd ? PAGES * 65536 - bytes.length : SOURCE + (options.offset ?? 0)
  const size = type === 'c128' || options.wide ? 8 : 4
  const guarded = new Uint8Array(memory.buffer, TARGET, count * size + 64).fill(0xa5)
  new Uint8Array(memory.buffer, source, bytes.length).set(bytes)
  const run = options.wide ? modulusDecoder(decodeExports, type as 'c64' | 'c128') : decoder(decodeExports, type)
  run(source, count, TARGET)
  if (!guarded.subarray(count * size).every((byte) => byte === 0xa5))
    throw new Error(`${type}: wrote past ${count} elements`)
  return Array.from(
    size === 8 ? new Float64Array(memory.buffer, TARGET, count) : new Float32Array(memory.buffer, TARGET, count),
  )
}

/** The bytes that `decode` left for `count` f32 elements. */
export function decodedBytes(count: number): Uint8Array {
  return new Uint8Array(memory.buffer, TARGET, count * 4)
}

/** Seeded bytes: the upper byte of each state of a 32-bit linear congruential generator. */
export function seededBytes(count: number, seed: number): Uint8Array {
  let state = seed
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  })
}

/** Bytes that hold `count` elements, rounding packed ones up to a whole byte. */
export function bytesFor(type: StorageType, count: number): number {
  const whole = storageBytes(type, count)
  if (!Number.isNaN(whole)) return whole
  return Math.ceil((count * (type.startsWith('f6') ? 6 : 4)) / 8)
}
