/** Rows onto directions and back, a block at a time: what every linear transform is. */
import type { Tensor } from '../../tensor/index.js'
import { elementBytes, empty, kernels, lapack, together } from '../../tensor/internal.js'
import { eachBlock, lend } from './blocks.js'

/** Z [n, k] = (X - mean) C^T for directions C [k, d] (f64), in x's type. x is contiguous. */
export function project(x: Tensor, mean: Tensor | null, C: Tensor): Tensor {
  const [k, d] = C.shape as readonly [number, number]
  const out = empty(x.dtype, [x.shape[0]!, k])
  const directions = together(C)
  eachInto(x, mean, k, out, (block, rows, to) =>
    lapack().gemm('f64', false, true, rows, k, d, 1, block, d, directions.pointer, d, 0, to, k),
  )
  if (directions !== C) directions.dispose()
  return out
}

/** X [n, d] = Z C + mean for directions C [k, d] (f64), in z's type. z is contiguous. */
export function unproject(z: Tensor, mean: Tensor | null, C: Tensor): Tensor {
  const [k, d] = C.shape as readonly [number, number]
  const out = empty(z.dtype, [z.shape[0]!, d])
  const directions = together(C)
  eachInto(z, null, d, out, (block, rows, to) => {
    if (mean !== null) {
      const [values, row] = [kernels().f64(to, rows * d), kernels().f64(mean.pointer, d)]
      for (let i = 0; i < rows; i++) values.set(row, i * d)
    }
    lapack().gemm('f64', false, false, rows, d, k, 1, block, k, directions.pointer, d, mean === null ? 0 : 1, to, d)
  })
  if (directions !== C) directions.dispose()
  return out
}

/** Runs `compute` from blocks of x [n, ..] into blocks [rows, width] of `out`, by way of f64 where that is f32. */
function eachInto(
  x: Tensor,
  mean: Tensor | null,
  width: number,
  out: Tensor,
  compute: (block: number, rows: number, to: number) => void,
): void {
  const [n, d] = x.shape as readonly [number, number]
  const rows = Math.max(1, Math.min(n, Math.floor(2 ** 18 / Math.max(d, width, 1))))
  const bytes = elementBytes[out.dtype]
  lend(out.dtype === 'f64' ? 0 : rows * width * 8, (scratch) =>
    eachBlock(x, { mean, rows }, (block, count, first) => {
      const to = out.pointer + first * width * bytes
      if (out.dtype === 'f64') return compute(block, count, to)
      compute(block, count, scratch)
      kernels()
        .f32(to, count * width)
        .set(kernels().f64(scratch, count * width))
    }),
  )
}
