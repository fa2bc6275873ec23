/** The largest and smallest elements over axes, and their places. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { zeros } from '../create.js'
import { tidy } from '../scope.js'
import { count, type Shape } from '../shape.js'
import { describe, type Tensor } from '../tensor.js'
import { type AxisOptions, areNeighbours, lastly, linesOf, reduced, reshape } from './broadcast.js'
import { scatterAdd } from './indexing.js'
import { checkTensor } from './raw.js'
import { isTracked, lengthOf, reduceOf } from './reduce.js'
import { permute } from './views.js'

/** Nothing has no extreme, unless none is asked for. */
function checkSome(op: string, x: Tensor, axes: readonly number[], shape: Shape): void {
  if (x.size === 0 && lengthOf(x, axes) === 0 && count(shape) > 0)
    throw new UsageError(`${op}: ${describe(x)} has no elements over axes [${axes.join(', ')}]; expected at least one.`)
}

function extreme(op: 'min' | 'max', x: Tensor, options: AxisOptions): Tensor {
  checkTensor(op, x)
  const { axes, out: shape } = reduced(op, x, options)
  checkSome(op, x, axes, shape)
  if (!isTracked(x)) return record(reduceOf(op, x, axes, x.dtype, shape), op, [x], [], untracked)
  if (!areNeighbours(axes)) {
    const last = axes.map((_, i) => x.rank - axes.length + i)
    return tidy(() => reshape(extreme(op, permute(x, lastly(x, axes)), { axis: last }), shape))
  }
  const [outer, length, inner] = linesOf(x.shape, axes)
  const from = x.shape
  const places = reduceOf(op === 'max' ? 'argmax' : 'argmin', x, axes, 'i32', [outer, 1, inner])
  const out = record(reduceOf(op, x, axes, x.dtype, shape), op, [x], [places], (g, [first]) => {
    const none = zeros([outer, length, inner], { dtype: g.dtype })
    return [reshape(scatterAdd(none, first!, reshape(g, [outer, 1, inner]), 1), from)]
  })
  places.dispose()
  return out
}

const untracked = (): readonly null[] => [null]

/**
 * Largest element over axes (all by default); NaN wins. Gradient: to the first of the largest.
 *
 * Throws UsageError when there is none.
 */
export function max(x: Tensor, options: AxisOptions = {}): Tensor {
  return extreme('max', x, options)
}

/**
 * Smallest element over axes (all by default); NaN wins. Gradient: to the first of the smallest.
 *
 * Throws UsageError when there is none.
 */
export function min(x: Tensor, options: AxisOptions = {}): Tensor {
  return extreme('min', x, options)
}

function place(op: 'argmin' | 'argmax', x: Tensor, options: AxisOptions): Tensor {
  checkTensor(op, x)
  const { axes, out } = reduced(op, x, options)
  checkSome(op, x, axes, out)
  return reduceOf(op, x, axes, 'i32', out)
}

/** Place of the largest element, i32; the first of equals, and of NaNs. Over several axes (all by default) counted row-major through them. */
export function argmax(x: Tensor, options: AxisOptions = {}): Tensor {
  return place('argmax', x, options)
}

/** Place of the smallest element, i32; the first of equals, and of NaNs. Over several axes (all by default) counted row-major through them. */
export function argmin(x: Tensor, options: AxisOptions = {}): Tensor {
  return place('argmin', x, options)
}
