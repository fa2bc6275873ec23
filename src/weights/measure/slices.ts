/** Parts of a tensor measured by themselves: gates of a recurrent weight, experts, query, key and value of a fused projection. */
import type { Statistics } from '../../kernels/index.js'
import type { Real } from '../../lapack/index.js'
import type { SliceFigures } from '../types.js'
import { matrixFigures } from './matrix.js'
import type { MatrixView } from './spectrum/panels.js'
import { bytesOf } from './stream.js'
import type { Job, SliceFacts } from './types.js'

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

/** Where a slice lies in a row-major tensor as a matrix, or null when it is no matrix with one stride. */
export function sliceView(
  shape: readonly number[],
  { axis, from, to }: SliceFacts,
): { offset: number; rows: number; columns: number; stride: number } | null {
  const inner = product(shape.slice(axis + 1))
  const offset = from * inner
  if (product(shape.slice(0, axis)) === 1) {
    // One run of elements: its own shape, without leading axes of one, is viewed as [first, rest].
    const own = [to - from, ...shape.slice(axis + 1)]
    while (own.length > 2 && own[0] === 1) own.shift()
    if (own.length < 2) return null
    const rows = own[0]!
    const columns = product(own.slice(1))
    return { offset, rows, columns, stride: columns }
  }
  if (axis !== 1) return null
  return { offset, rows: shape[0]!, columns: (to - from) * inner, stride: shape[1]! * inner }
}

/** Figures of each slice. `whyNoMatrix` is the whole tensor's reason; its skip entry speaks for the slices too. */
export async function sliceFigures(
  job: Job,
  keep: { pointer: number; type: Real } | null,
  slices: readonly SliceFacts[],
  statistics: readonly Statistics[],
  whyNoMatrix: string | null,
): Promise<SliceFigures[]> {
  const { entry, engine } = job
  const results: SliceFigures[] = []
  for (const [i, slice] of slices.entries()) {
    const own = statistics[i]!
    const { l2, linf, zeros } = own
    const figures: SliceFigures = { name: slice.name, from: slice.from, to: slice.to, l2, linf, zeros, matrix: null }
    results.push(figures)
    if (whyNoMatrix !== null) continue
    const place = sliceView(entry.shape, slice)
    const skip = (what: string, why: string): void => job.skip(what, `slice ${slice.name}: ${why}`)
    if (place === null) skip('matrix', `indices of axis ${slice.axis} are no matrix`)
    else if (keep === null) skip('matrix', 'the tensor is too large to keep for its slices')
    else {
      const view: MatrixView = { ...place, type: keep.type, pointer: keep.pointer + place.offset * bytesOf(keep.type) }
      figures.matrix = await matrixFigures(job, engine.lapack!, view, { ...own, storage: entry.data.type }, skip)
    }
  }
  return results
}
