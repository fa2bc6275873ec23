/** Numbers to storage types: the way back of `convert.ts`, for plain floats. */
import { type StorageType, storageInfo, UsageError } from '../core/index.js'
import { edits } from './edit.js'
import { measures } from './measures.js'
import type { Kernels, Pointer } from './types.js'

const encoded: ReadonlySet<StorageType> = new Set<StorageType>([
  ...(['f32', 'f64', 'f16', 'bf16'] as const),
  ...(['f8_e4m3fn', 'f8_e5m2', 'f8_e4m3fnuz', 'f8_e5m2fnuz'] as const),
])

/** Whether `encode` can write this type. */
export function isEncodable(type: StorageType): boolean {
  return encoded.has(type)
}

/**
 * Writes `count` numbers of computing precision `from` as `type`, rounded to nearest with ties to even; the number of finite ones that became
 * infinite (NaN where the type has no infinity). Throws UsageError for a type that is no plain float.
 */
export function encodeNumbers(
  kernels: Kernels,
  from: 'f32' | 'f64',
  source: Pointer,
  count: number,
  type: StorageType,
  target: Pointer,
): number {
  if (type === from) {
    const bytes = from === 'f64' ? 8 : 4
    new Uint8Array(kernels.memory.buffer).copyWithin(target, source, source + count * bytes)
    return 0
  }
  if (type === 'f64') {
    measures(kernels).convert('f32', source, count, target, 'f64')
    return 0
  }
  if (!isEncodable(type)) throw new UsageError(`encode: ${type} cannot be written; expected a plain float type.`)
  return edits(kernels)[`encode_${type as 'f16'}_${from}`](source, count, target)
}

/** The largest number of `type` that is at most `bound` (0 or more); so that a bound still holds once it is stored. */
export function roundedDown(kernels: Kernels, bound: number, type: StorageType): number {
  if (type === 'f64') return bound
  const { unitBytes } = storageInfo(type)
  const at = kernels.alloc(24)
  try {
    kernels.f64(at, 1)[0] = bound
    encodeNumbers(kernels, 'f64', at, 1, type, at + 8)
    const bytes = kernels.u8(at + 8, unitBytes)
    for (;;) {
      measures(kernels).convert(type, at + 8, 1, at + 16, 'f64')
      // Codes of positive numbers ascend with them, infinity and NaN last.
      if (kernels.f64(at + 16, 1)[0]! <= bound) return kernels.f64(at + 16, 1)[0]!
      let place = 0
      while (bytes[place] === 0) bytes[place++] = 255
      bytes[place]!--
    }
  } finally {
    kernels.free(at)
  }
}
