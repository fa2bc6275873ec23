/** The size of what a layer has, in any norm: by kernels in l2, by the norm itself in others. */
import { neural } from '../../kernels/index.js'
import { l2, type Norm } from '../../norms/index.js'
import { noGrad, reshape, sub, type Tensor } from '../../tensor/index.js'
import { kernels, tidy } from '../../tensor/internal.js'
import { lengthOf } from '../clip/lengths.js'
import { isSure } from '../tally.js'

export interface Measure {
  /** Norm of one tensor. */
  of(x: Tensor): number
  /** Norm of after - before; both contiguous, of one type and shape. */
  between(before: Tensor, after: Tensor): number
}

/** Vectors count as a column, so that norms of matrices take them. */
const asMatrix = (x: Tensor): Tensor => (x.rank >= 2 ? x : reshape(x, [x.size, 1]))

const sizeIn = (norm: Norm, x: Tensor): number => norm.value(asMatrix(x)).item()

/** sqrt(sum x^2), whatever the scale; NaN where there is one. */
export const euclidean = (x: Tensor): number => (x.size === 0 ? 0 : lengthOf(x))

function euclideanBetween(before: Tensor, after: Tensor): number {
  if (before.size === 0) return 0
  const type = before.dtype as 'f32' | 'f64'
  const squares = neural(kernels())[`moved_${type}`](before.pointer, after.pointer, before.size)
  return isSure(squares) ? Math.sqrt(squares) : tidy(() => noGrad(() => sizeIn(l2, sub(after, before))))
}

/** How sizes are measured in `norm`. */
export function measureBy(norm: Norm): Measure {
  if (norm === l2) return { of: euclidean, between: euclideanBetween }
  return {
    of: (x) => (x.size === 0 ? 0 : tidy(() => noGrad(() => sizeIn(norm, x)))),
    between: (before, after) => (before.size === 0 ? 0 : tidy(() => noGrad(() => sizeIn(norm, sub(after, before))))),
  }
}
