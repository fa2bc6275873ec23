/** The size of what a layer has, in any norm: by kernels in l2, by the norm itself in others. */
import { neural } from '../../kernels/index.js'
import { l2, type Norm } from '../../norms/index.js'
import { noGrad, reshape, sub, type Tensor } from '../../tensor/index.js'
import { kernels, tidy, together } from '../../tensor/internal.js'

export interface Measure {
  /** Norm of one tensor. */
  of(x: Tensor): number
  /** Norm of after - before; both contiguous, of one type and shape. */
  between(before: Tensor, after: Tensor): number
}

/** Where f32 lanes of squares have all their digits: beyond, the sum is not to be trusted. */
const [least, most] = [1e-24, 1e36]

/** Vectors count as a column, so that norms of matrices take them. */
const asMatrix = (x: Tensor): Tensor => (x.rank >= 2 ? x : reshape(x, [x.size, 1]))

const sizeIn = (norm: Norm, x: Tensor): number => norm.value(asMatrix(x)).item()

/** The sum of squares where it is in range, else null. */
function rootOf(squares: number): number | null {
  return squares >= least && squares <= most ? Math.sqrt(squares) : squares === 0 ? 0 : null
}

/** sqrt(sum x^2), whatever the scale; NaN where there is one. */
export function euclidean(x: Tensor): number {
  if (x.size === 0) return 0
  return tidy(() => {
    const from = together(x)
    const quick = rootOf(neural(kernels())[`squares_${x.dtype as 'f32' | 'f64'}`](from.pointer, x.size))
    // A sum of 0 may be of squares that vanished.
    return quick !== null && quick > 0 ? quick : noGrad(() => sizeIn(l2, from))
  })
}

function euclideanBetween(before: Tensor, after: Tensor): number {
  if (before.size === 0) return 0
  const quick = rootOf(neural(kernels())[`moved_${before.dtype as 'f32' | 'f64'}`](before.pointer, after.pointer, before.size)) // biome-ignore format: one line
  return quick !== null && quick > 0 ? quick : tidy(() => noGrad(() => sizeIn(l2, sub(after, before))))
}

/** How sizes are measured in `norm`. */
export function measureBy(norm: Norm): Measure {
  if (norm === l2) return { of: euclidean, between: euclideanBetween }
  return {
    of: (x) => (x.size === 0 ? 0 : tidy(() => noGrad(() => sizeIn(norm, x)))),
    between: (before, after) => (before.size === 0 ? 0 : tidy(() => noGrad(() => sizeIn(norm, sub(after, before))))),
  }
}
