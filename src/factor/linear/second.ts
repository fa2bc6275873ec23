/** Second tables: matrices with the same rows as the first. */
import { UsageError } from '../../core/index.js'
import { isTensor, type Tensor } from '../../tensor/index.js'
import { empty } from '../../tensor/internal.js'
import type { Second } from '../estimator.js'
import { rowsOf } from '../input.js'
import { eachCentredBlock, runningMean } from './blocks.js'

/** y as a matrix of `rows` rows. Throws UsageError for targets that are no table. */
export function tableOf(op: string, y: Second | undefined, rows: number): Tensor {
  if (y === undefined || !isTensor(y))
    throw new UsageError(`${op}: there is no second table; expected a matrix with the same rows. Try fit(x, y).`)
  const table = rowsOf(op, y as Tensor)
  if (table.shape[0] !== rows)
    throw new UsageError(`${op}: the second table has ${table.shape[0]} rows, the first ${rows}; expected as many.`)
  return table
}

/** A centred copy of contiguous x [n, d] (f64), and the means. Throws for what is not finite. */
export function centredCopy(op: string, x: Tensor): { rows: Tensor; mean: Float64Array } {
  const [n, d] = x.shape as readonly [number, number]
  const running = runningMean(d)
  const rows = empty('f64', [n, d])
  eachCentredBlock(
    op,
    x,
    running,
    n,
    () => rows.pointer,
    () => {},
  )
  return { rows, mean: running.mean }
}
