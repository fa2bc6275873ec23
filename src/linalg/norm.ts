/** Norms of matrices: induced ones, and those of their singular values. The entrywise `norm` is the tensors' own. */
import { abs, gather, slice, squeeze, sum } from '../tensor/index.js'
import { asReal, describe, empty, stackOf, type Tensor, tidy, together, UsageError, view } from './support.js'
import { svdvals } from './svd.js'

/** 1: largest column sum; Infinity: largest row sum; 2: largest singular value. */
export type InducedNorm = 1 | 2 | number

/**
 * The norm that a matrix has as a map: the most by which it lengthens a vector, in the 1-, 2- or infinity-norm.
 *
 * Shapes: [.., m, n] -> [..]; 0 for an empty matrix. Dtypes: f32, f64; others in f64. Gradient: of the first column or row that is largest; of the
 * first singular pair.
 *
 * @example
 * opNorm(tensor([[1, -7], [2, 3]]), 1) // 10
 */
export function opNorm(A: Tensor, p: InducedNorm = 2): Tensor {
  return tidy(() => {
    const X = asReal('opNorm', A)
    stackOf('opNorm', X)
    if (p === 2) return first(svdvals(X))
    if (p !== 1 && p !== Number.POSITIVE_INFINITY)
      throw new UsageError(`opNorm: p = ${p} of ${describe(X)}; expected 1, 2 or Infinity. Others are hard to compute.`)
    return largest(sum(abs(X), { axis: p === 1 ? -2 : -1 }))
  })
}

/** x[.., 0], or 0 where there is none. */
function first(x: Tensor): Tensor {
  if (x.shape.at(-1) === 0) return sum(x, { axis: -1 })
  return slice(x, ...new Array<null>(x.rank - 1).fill(null), 0)
}

/** The largest along the last axis (the first of equal ones; NaN is largest), or 0 where there is none. */
export function largest(x: Tensor): Tensor {
  const n = x.shape.at(-1)!
  if (n === 0) return sum(x, { axis: -1 })
  const index = empty('i32', [...x.shape.slice(0, -1), 1])
  const [places, values] = [view(index), view(together(x.detach()))]
  for (let b = 0; b < places.length; b++) {
    let place = 0
    for (let j = 1; j < n; j++) {
      const [value, best] = [values[b * n + j]!, values[b * n + place]!]
      if (value > best || (Number.isNaN(value) && !Number.isNaN(best))) place = j
    }
    places[b] = place
  }
  return squeeze(gather(x, index, -1), -1)
}
