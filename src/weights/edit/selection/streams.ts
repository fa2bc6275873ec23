/** Tensors of a checkpoint as what a selection reads. */
import { type StorageType, storageInfo } from '../../../core/index.js'
import type { Chosen, EditContext } from '../types.js'
import type { Precision } from './keys.js'
import type { Stream } from './select.js'

/** Low bits of f32 that elements of these types never use. */
const idleBits: Partial<Record<StorageType, number>> = { bf16: 16, f16: 13 }

/** The precision in which the engine gives a tensor's elements. */
export function precisionOf(one: Chosen): Precision {
  return storageInfo(one.entry.data.type).compute
}

/** The precision in which all of them compare exactly. */
export function commonPrecision(all: readonly Chosen[]): Precision {
  return all.some((one) => precisionOf(one) === 'f64') ? 'f64' : 'f32'
}

export function streamOf(context: EditContext, one: Chosen, common: Precision): Stream {
  return {
    scan: (visit) => context.read(one, (pointer, count, _at, type) => visit(pointer, count, type)),
    idleBits: (common === 'f32' && idleBits[one.entry.data.type]) || 0,
  }
}
