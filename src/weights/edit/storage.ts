/** What the output's tensors are stored as: the input's types where the format has them. */
import type { TensorEntry } from '../../checkpoint/index.js'
import { isNumpyType, isSafetensorsType } from '../../checkpoint/internal.js'
import { FormatError, inert, type StorageType, storageInfo } from '../../core/index.js'
import { isEncodable } from '../../kernels/index.js'

/** Files, and tensors in memory. */
export type Target = 'safetensors' | 'npz' | 'memory'

const holds: Readonly<Record<Target, (type: StorageType) => boolean>> = {
  safetensors: isSafetensorsType,
  npz: isNumpyType,
  memory: (type) => type === 'f32' || type === 'f64' || type === 'i32' || type === 'bool',
}

/** Whether the target can hold elements of this type. */
export function canHold(target: Target, type: StorageType): boolean {
  return holds[target](type)
}

/** The type of a tensor that is not edited: its own, or the narrowest that holds all its numbers. Throws FormatError for complex ones that fit nowhere. */
export function keptStorage(entry: TensorEntry, target: Target): StorageType {
  const { type } = entry.data
  if (canHold(target, type)) return type
  const { numberClass } = storageInfo(type)
  if (numberClass === 'complex')
    throw new FormatError(
      'unsupported',
      `tensor '${inert(entry.name)}' is complex (${entry.dtype}), which ${target === 'memory' ? 'a state dict' : target} cannot hold. Try ${target === 'safetensors' ? '--format npz' : 'a safetensors file'}.`,
      { tensor: entry.name },
    )
  if (type === 'i4') return target === 'memory' ? 'i32' : 'i8'
  if (type === 'u4') return target === 'memory' ? 'i32' : 'u8'
  if (numberClass === 'int' || numberClass === 'uint') return type === 'u32' || type.endsWith('64') ? 'f64' : 'i32'
  return 'f32'
}

/** The type of a tensor that is edited: its own where its numbers can be rounded to it, else f32. */
export function editedStorage(entry: TensorEntry, target: Target): StorageType {
  const { type } = entry.data
  return canHold(target, type) && isEncodable(type) ? type : type === 'f64' ? 'f64' : 'f32'
}
