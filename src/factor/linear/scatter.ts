/** Products X^T X of tables, centred or not, in one pass. */
import type { Tensor } from '../../tensor/index.js'
import { empty, lapack } from '../../tensor/internal.js'
import { blockRows, eachBlock, eachCentredBlock, lend, type RunningMean } from './blocks.js'

/** Sums of squares beyond these lose digits to underflow, or overflow, so that the way that does not square takes over. */
export const [smallest, largest] = [1e-200, 1e280]
/** The scatter X^T X [d, d] in its upper triangle, in one pass. */
export function scatterOf(op: string, x: Tensor, running: RunningMean | null): Tensor {
  const [n, d] = x.shape as readonly [number, number]
  const out = empty('f64', [d, d])
  let beta = 0
  const add = (block: number, rows: number): void => {
    lapack().syrk('f64', 'upper', true, d, rows, 1, block, d, beta, out.pointer, d)
    beta = 1
  }
  if (running !== null) {
    const rows = Math.min(n, blockRows(d))
    lend((rows + 1) * d * 8, (block) => eachCentredBlock(op, x, running, rows, () => block, add))
  } else if (x.dtype === 'f64') add(x.pointer, n)
  else eachBlock(x, {}, add)
  return out
}
