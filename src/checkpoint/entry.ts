/** A tensor of a format that knows nothing about it but name, type and shape. */
import type { TensorData, TensorEntry } from './types.js'

export function plainEntry(name: string, dtype: string, count: number, data: TensorData): TensorEntry {
  return {
    name,
    dtype,
    shape: data.shape,
    count,
    data,
    kind: null,
    outAxis: null,
    groups: null,
    group: 'model',
    sharesWith: null,
  }
}
