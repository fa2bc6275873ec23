/** What numbers become when they are stored: so that what must hold holds in the file. */
import { type StorageType, storageInfo } from '../../core/index.js'
import { encodeNumbers, type Kernels, measures, type Pointer } from '../../kernels/index.js'
import type { Real } from './chunks.js'

/** Elements that are rounded at a time. */
const piece = 16384

/** Rounds elements, in place, to what `storage` holds. */
export function roundToStorage(
  kernels: Kernels,
  type: Real,
  pointer: Pointer,
  count: number,
  storage: StorageType,
): void {
  if (storage === type || storage === 'f64') return
  const scratch = kernels.alloc(piece * storageInfo(storage).unitBytes)
  try {
    for (let at = 0; at < count; at += piece) {
      const some = Math.min(piece, count - at)
      const place = pointer + at * (type === 'f64' ? 8 : 4)
      encodeNumbers(kernels, type, place, some, storage, scratch)
      measures(kernels).convert(storage, scratch, some, place, type)
    }
  } finally {
    kernels.free(scratch)
  }
}

/** Half the distance of 1 to the next number: the relative error of rounding to `storage`. */
export function roundoffOf(storage: StorageType): number {
  const known: Partial<Record<StorageType, number>> = {
    ...{ f64: 2 ** -53, f32: 2 ** -24, f16: 2 ** -11, bf16: 2 ** -8 },
    ...{ f8_e4m3fn: 2 ** -4, f8_e4m3fnuz: 2 ** -4, f8_e5m2: 2 ** -3, f8_e5m2fnuz: 2 ** -3 },
  }
  return known[storage] ?? 2 ** -24
}

/** Tries of `fitInside`. */
const most = 12

/**
 * A positive parameter, at most `first`, for which what is stored lies inside a ball, as near to `first` as a few tries find. `sizeAt` measures
 * what would be stored; it grows with the parameter, about in proportion where `proportional`.
 */
export async function fitInside(
  first: number,
  radius: number,
  storage: StorageType,
  sizeAt: (parameter: number) => number | Promise<number>,
): Promise<number> {
  let parameter = first
  const roundoff = roundoffOf(storage)
  for (let tried = 0; tried < most; tried++) {
    const size = await sizeAt(parameter)
    if (size <= radius) return parameter
    // Rounding of few elements may lead to the same numbers again: each try goes a little further than it should have to.
    parameter *= (radius / size) * (1 - roundoff * 4 ** (tried - 4))
  }
  return 0
}

/** The same for sizes that are there at once. */
export function fitInsideNow(
  first: number,
  radius: number,
  storage: StorageType,
  sizeAt: (parameter: number) => number,
): number {
  let parameter = first
  const roundoff = roundoffOf(storage)
  for (let tried = 0; tried < most; tried++) {
    const size = sizeAt(parameter)
    if (size <= radius) return parameter
    parameter *= (radius / size) * (1 - roundoff * 4 ** (tried - 4))
  }
  return 0
}
