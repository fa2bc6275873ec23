/** Ratings as a matrix, for those who have one. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { checkTensor, describe, tidy, together, view } from '../../tensor/internal.js'
import type { Indexed } from './ratings.js'

export function isTensorLike(x: object): x is Tensor {
  return 'dtype' in x
}

/** The shape of a matrix with so many columns. Throws UsageError for another. */
export function matrixShape(op: string, x: Tensor, columns: number): readonly [number, number] {
  checkTensor(op, x)
  if (x.rank !== 2 || x.shape[1] !== columns)
    throw new UsageError(`${op}: got ${describe(x)}; expected [n, ${columns}].`)
  return x.shape as readonly [number, number]
}

/** Ratings of a matrix [users, items] with NaN where nothing was rated; ids are the numbers of rows and columns, all of them. */
export function ratingsOfMatrix(op: string, x: Tensor): Indexed {
  checkTensor(op, x)
  if (x.rank !== 2) throw new UsageError(`${op}: got ${describe(x)}; expected a matrix [users, items].`)
  const [rows, columns] = x.shape as readonly [number, number]
  const all = tidy(() => Float64Array.from(view(together(x))))
  const rated = Int32Array.from(all.keys()).filter((at) => !Number.isNaN(all[at]!))
  const infinite = rated.find((at) => !Number.isFinite(all[at]!))
  if (infinite !== undefined)
    throw new UsageError(
      `${op}: ${all[infinite]} at [${Math.floor(infinite / columns)}, ${infinite % columns}]; expected finite numbers, or NaN where nothing was rated.`,
    )
  return {
    userIds: Array.from({ length: rows }, (_, i) => i),
    itemIds: Array.from({ length: columns }, (_, j) => j),
    users: rated.map((at) => Math.floor(at / columns)),
    items: rated.map((at) => at % columns),
    values: Float64Array.from(rated, (at) => all[at]!),
    duplicates: 0,
  }
}
