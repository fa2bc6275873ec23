/** p-norms of the elements over axes, without overflow or underflow. */
import { UsageError } from '../../core/index.js'
import { noGrad, record } from '../autograd/tape.js'
import { zerosLike } from '../create.js'
import { typeCode } from '../dtype.js'
import { kernels } from '../runtime.js'
import type { Shape } from '../shape.js'
import { empty, type Tensor } from '../tensor.js'
import { div, mul } from './arithmetic.js'
import { type AxisOptions, asLines, reduced, reshape, sum } from './broadcast.js'
import { to } from './cast.js'
import { maximum } from './clamp.js'
import { eq } from './compare.js'
import { pow } from './powers.js'
import { castOf, checkTensor } from './raw.js'
import { asFloat, reduceOf, unlessZero } from './reduce.js'
import { abs, sign } from './rounding.js'
import { where } from './select.js'

const normOptions = ['axis', 'keepDims', 'ord']

export interface NormOptions extends AxisOptions {
  /** 2 by default; any p from 0 on, also Infinity. 0 counts what is not 0; below 1 it is no norm. */
  ord?: number
}

/**
 * (sum |x|^ord)^(1 / ord) over axes (all by default, as one vector), in floats: i32 gives f64, bool f32. `ord` 1 sums sizes, Infinity takes the
 * largest, 0 counts what is not 0. 0 of nothing.
 *
 * Gradient: g sign(x) (|x| / norm)^(ord - 1). Where that does not exist: 0 at elements that are 0 and where the norm is 0; for Infinity equal
 * shares among the largest; 0 for ord 0.
 */
export function norm(x: Tensor, options: NormOptions = {}): Tensor {
  checkTensor('norm', x)
  const { ord = 2 } = options
  const { axes, kept, out: shape } = reduced('norm', x, options, normOptions)
  if (!(ord >= 0))
    throw new UsageError(
      `norm: ord ${ord}; expected a number from 0 on, or Infinity. Norms of matrices are in normball/linalg.`,
    )
  const from = asFloat(x)
  const out = normOf(from, axes, shape, ord)
  if (from !== x) from.dispose()
  return record(out, 'norm', [x], [x, out], (g, [p, y]) => {
    if (ord === 0) return [zerosLike(p!)]
    const [seed, size] = [reshape(g, kept), reshape(y!, kept)]
    if (ord === 1) return [mul(seed, sign(p!))]
    if (ord === 2) return [mul(seed, div(p!, unlessZero(size)))]
    if (ord === Infinity) return [mul(seed, shares(p!, size, axes))]
    return [mul(seed, direction(p!, size, ord))]
  })
}

function normOf(x: Tensor, axes: readonly number[], shape: Shape, ord: number): Tensor {
  if (ord === 1) return reduceOf('l1', x, axes, x.dtype, shape)
  if (ord === 2) return reduceOf('l2', x, axes, x.dtype, shape)
  if (ord === Infinity) return reduceOf('linf', x, axes, x.dtype, shape)
  if (ord === 0) {
    const nonzero = reduceOf('countNonzero', x, axes, 'i32', shape)
    const out = castOf(nonzero, x.dtype)
    nonzero.dispose()
    return out
  }
  const out = empty(x.dtype, shape)
  asLines(x, axes, (lines, outer, length, inner) =>
    kernels().array.normP(typeCode[x.dtype], outer, length, inner, ord, lines.pointer, out.pointer),
  )
  return out
}

/** sign(x) (|x| / norm)^(p - 1). An element that is 0 counts as 1 in the power, so that no power of 0 below 0 arises; its sign makes it 0. */
function direction(x: Tensor, size: Tensor, p: number): Tensor {
  const ratio = where(eq(x, 0), 1, div(abs(x), unlessZero(size)))
  return mul(sign(x), pow(ratio, p - 1))
}

/** Signs of the largest, by how many there are; constant, so off the tape. */
function shares(x: Tensor, size: Tensor, axes: readonly number[]): Tensor {
  return noGrad(() => {
    const largest = to(eq(abs(x), size), x.dtype)
    const many = maximum(sum(largest, { axis: axes, keepDims: true }), 1)
    return div(mul(sign(x), largest), many)
  })
}
