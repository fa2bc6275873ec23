/** Conversion of any storage type to f32 and f64, picked once for each pair of types. */
import { type StorageType, storageInfo } from '../core/index.js'
import type { Arith } from './arith.js'
import { decoder, isDecoded, modulusDecoder } from './decode.js'
import type { Pointer } from './types.js'

export type Conversion = (source: Pointer, count: number, target: Pointer) => void

/** What conversions stand on. */
export interface ConversionContext {
  readonly arith: Arith
  readonly decode: WebAssembly.Exports
  readonly memory: WebAssembly.Memory
  alloc(bytes: number): Pointer
  free(pointer: Pointer): void
}

const steps = 4096

function copy(memory: WebAssembly.Memory, bytes: number): Conversion {
  return (source, count, target) => {
    new Uint8Array(memory.buffer).copyWithin(target, source, source + count * bytes)
  }
}

/** Elements that decode to f64, rounded to f32 a piece at a time. */
function rounded(context: ConversionContext, type: StorageType, toF64: Conversion): Conversion {
  const { unitBytes, unit } = storageInfo(type)
  return (source, count, target) => {
    const piece = context.alloc(steps * 8)
    try {
      for (let done = 0; done < count; done += steps) {
        const some = Math.min(steps, count - done)
        toF64(source + (done / unit) * unitBytes, some, piece)
        context.arith.f64_f32(piece, some, target + done * 4)
      }
    } finally {
      context.free(piece)
    }
  }
}

/** The conversion from `type` to `to`. Complex elements become their modulus, conversions to f32 round to nearest even. */
export function conversion(context: ConversionContext, type: StorageType, to: 'f32' | 'f64'): Conversion {
  const { arith, decode, memory } = context
  if (type === to) return copy(memory, to === 'f32' ? 4 : 8)
  if (to === 'f32') {
    if (!isDecoded(type)) return arith[`${type}_f32` as 'f16_f32']
    return type === 'c128' ? rounded(context, type, modulusDecoder(decode, type)) : decoder(decode, type)
  }
  if (type === 'c64' || type === 'c128') return modulusDecoder(decode, type)
  if (type === 'f32' || type === 'i32' || type === 'u32' || type === 'i64' || type === 'u64')
    return arith[`${type}_f64`]
  // f32 holds every value: first to f32 in the upper half of the target, then widened from the front, which never overtakes what is unread.
  const toF32 = conversion(context, type, 'f32')
  return (source, count, target) => {
    const half = target + count * 4
    toF32(source, count, half)
    arith.f32_f64(half, count, target)
  }
}
