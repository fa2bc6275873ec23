/** Pivots and permutations: LAPACK counts from 1 in integers of its own width, the seam from 0 in i32. */
import type { Kernels, Pointer } from '../kernels/index.js'
import { withWorkspace } from './workspace.node.js'

/** Lends `body` memory for `count` of the library's integers, all 0, and leaves what it wrote there at `target`, as the seam has it. */
export function withIndices<T>(
  kernels: Kernels,
  integerBytes: 4 | 8,
  count: number,
  target: Pointer,
  body: (indices: Pointer) => T,
): T {
  const keep = (from: Int32Array, step: number): void => {
    const out = kernels.i32(target, count)
    for (let i = 0; i < count; i++) out[i] = from[step * i]! - 1
  }
  if (integerBytes === 4) {
    kernels.i32(target, count).fill(0)
    const result = body(target)
    keep(kernels.i32(target, count), 1)
    return result
  }
  return withWorkspace(kernels, [8 * count], ([wide]) => {
    kernels.i32(wide!, 2 * count).fill(0)
    const result = body(wide!)
    keep(kernels.i32(wide!, 2 * count), 2)
    return result
  })
}
