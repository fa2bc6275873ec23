/** Edits of each row by itself: a row is everything that leads to one output, the elements of one index on the output axis. */
import type { StorageType } from '../../core/index.js'
import type { Kernels, Pointer } from '../../kernels/index.js'
import { contiguous, permute, type Tensor } from '../../tensor/index.js'
import { kernels as currentKernels } from '../../tensor/internal.js'
import type { Real } from './chunks.js'
import type { Chosen, Rewrite } from './types.js'

/** Changes one row in place. */
export type RowEdit = (kernels: Kernels, type: Real, storage: StorageType, row: Pointer, length: number) => void

/** Elements of a row. */
export function rowLength({ entry, outAxis }: Chosen): number {
  return entry.count === 0 ? 0 : entry.count / (entry.shape[outAxis] ?? 1)
}

/** Rows that lie together stream by; others are brought together in memory. */
export function rewriteRows(one: Chosen, edit: RowEdit, note: string, details: Record<string, unknown> = {}): Rewrite {
  const length = rowLength(one)
  if (one.outAxis === 0 || length === 0)
    return {
      kind: 'entries',
      run: Math.max(1, length),
      note,
      details,
      start: (kernels, type, storage) => ({
        update(pointer, count) {
          eachRow(pointer, count, length, type, (row) => edit(kernels, type, storage, row, length))
        },
      }),
    }
  return {
    kind: 'whole',
    outputs: null,
    note,
    details,
    make(x, storage) {
      const rows = toFront(x, one.outAxis)
      const type = x.dtype as Real
      eachRow(rows.pointer, rows.size, length, type, (row) => edit(currentKernels(), type, storage, row, length))
      return fromFront(rows, one.outAxis)
    },
  }
}

function eachRow(pointer: Pointer, count: number, length: number, type: Real, visit: (row: Pointer) => void): void {
  const bytes = length * (type === 'f64' ? 8 : 4)
  for (let at = 0; at < count / length; at++) visit(pointer + at * bytes)
}

/** A copy with one axis outermost. */
function toFront(x: Tensor, axis: number): Tensor {
  const order = [axis, ...x.shape.keys()].filter((one, place) => place === 0 || one !== axis)
  return contiguous(permute(x, order))
}

function fromFront(x: Tensor, axis: number): Tensor {
  const order = Array.from({ length: x.rank }, (_, place) => (place === axis ? 0 : place < axis ? place + 1 : place))
  return contiguous(permute(x, order))
}
