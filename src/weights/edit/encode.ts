/** Computing precision to the output's storage types. */
import { type StorageType, storageInfo } from '../../core/index.js'
import { encodeNumbers, isEncodable, type Kernels, measures, type Pointer } from '../../kernels/index.js'
import type { Real } from './chunks.js'

/** Writes `count` numbers as `type`; how many finite ones became infinite. */
export function encodeChunk(
  kernels: Kernels,
  from: Real,
  source: Pointer,
  count: number,
  type: StorageType,
  target: Pointer,
): number {
  if (isEncodable(type)) return encodeNumbers(kernels, from, source, count, type, target)
  // Whole numbers from a narrower type: nothing is lost.
  const values = from === 'f64' ? kernels.f64(source, count) : kernels.f32(source, count)
  const out =
    type === 'i32'
      ? kernels.i32(target, count)
      : type === 'i8'
        ? new Int8Array(kernels.memory.buffer, target, count)
        : kernels.u8(target, count)
  for (let i = 0; i < count; i++) out[i] = values[i]!
  return 0
}

/** What was stored, in computing precision at `work`; `stored` itself where the types are the same. */
export function decodeStored(
  kernels: Kernels,
  type: StorageType,
  stored: Pointer,
  count: number,
  work: Pointer,
  to: Real,
): void {
  if (work !== stored) measures(kernels).convert(type, stored, count, work, to)
}

export function encodedBytes(type: StorageType, count: number): number {
  return count * storageInfo(type).unitBytes
}
