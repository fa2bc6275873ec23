/** How far rows reach along directions, and beyond them. */
import { dataKernels } from '../../kernels/index.js'
import type { Tensor } from '../../tensor/index.js'
import { kernels, lapack } from '../../tensor/internal.js'
import { eachBlock, lend } from './blocks.js'

export interface Squares {
  /** Sums of squares of the scores along each direction. */
  readonly along: Float64Array
  /** Sum of squares of what the directions leave of the rows. */
  readonly rest: number
  /** Sum of squares of the rows. */
  readonly all: number
}

/** Of contiguous x [n, d] less `mean`, times `scale`, for orthonormal directions C [k, d] (contiguous f64). */
export function squaresOf(x: Tensor, mean: Tensor | null, C: Tensor, scale = 1): Squares {
  const [k, d] = C.shape as readonly [number, number]
  const along = new Float64Array(k)
  let [rest, all] = [0, 0]
  const rows = Math.max(1, Math.min(x.shape[0]!, Math.floor(2 ** 18 / d)))
  lend(rows * k * 8 + 24, (Z) =>
    eachBlock(x, { mean, rows, scale }, (block, count) => {
      const out = Z + rows * k * 8
      const squares = (): number => {
        dataKernels(kernels()).sizes_f64(count * d, block, out)
        return kernels().f64(out, 3)[2]!
      }
      all += squares()
      lapack().gemm('f64', false, true, count, k, d, 1, block, d, C.pointer, d, 0, Z, k)
      const scores = kernels().f64(Z, count * k)
      for (let i = 0, at = 0; i < count; i++) for (let j = 0; j < k; j++, at++) along[j]! += scores[at]! ** 2
      if (k === d) return
      // The rest of each row is computed: a difference of squares may have no digits.
      lapack().gemm('f64', false, false, count, d, k, -1, Z, k, C.pointer, d, 1, block, d)
      rest += squares()
    }),
  )
  return { along, rest, all }
}

/** A power of two that brings `size` to about 1, so that squares stay within the range. */
export const scaleOf = (size: number): number =>
  size > 0 && size < Number.POSITIVE_INFINITY ? 2 ** -Math.max(-1000, Math.min(1000, Math.floor(Math.log2(size)))) : 1
