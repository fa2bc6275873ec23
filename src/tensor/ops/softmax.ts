/** softmax, its logarithm, and log-sum-exp, over any axes, without overflow. In floats: i32 is computed in f64, bool in f32. */
import { record } from '../autograd/tape.js'
import { typeCode } from '../dtype.js'
import { kernels } from '../runtime.js'
import { tidy } from '../scope.js'
import { checkAxes } from '../shape.js'
import { empty, type Tensor } from '../tensor.js'
import { mul, sub } from './arithmetic.js'
import { type AxisOptions, areNeighbours, asLines, lastly, reduced, reshape, sum } from './broadcast.js'
import { eq } from './compare.js'
import { exp } from './exponential.js'
import { checkOptions } from './options.js'
import { checkTensor } from './raw.js'
import { asFloat, reduceOf } from './reduce.js'
import { where } from './select.js'
import { permute } from './views.js'

/**
 * log of the sum of exp(x) over axes (all by default); -Infinity of nothing, and where all are -Infinity.
 *
 * Gradient: g exp(x - result), 0 where all are -Infinity.
 */
export function logsumexp(x: Tensor, options: AxisOptions = {}): Tensor {
  checkTensor('logsumexp', x)
  const { axes, kept, out: shape } = reduced('logsumexp', x, options)
  const from = asFloat(x)
  const out = reduceOf('logsumexp', from, axes, from.dtype, shape)
  if (from !== x) from.dispose()
  return record(out, 'logsumexp', [x], [x, out], (g, [p, y]) => {
    const base = reshape(where(eq(y!, -Infinity), 0, y!), kept)
    return [mul(exp(sub(p!, base)), reshape(g, kept))]
  })
}

/** Which axes: the last by default. */
export type SoftmaxOptions = Pick<AxisOptions, 'axis'>

const softmaxOptions = ['axis']

function normalized(name: 'softmax' | 'logSoftmax', x: Tensor, options: SoftmaxOptions): Tensor {
  checkTensor(name, x)
  checkOptions(name, options, softmaxOptions)
  const axes = checkAxes(name, options.axis ?? (x.rank === 0 ? [] : -1), x.shape)
  if (!areNeighbours(axes)) {
    const order = lastly(x, axes)
    const last = axes.map((_, i) => x.rank - axes.length + i)
    const back = order.map((_, axis) => order.indexOf(axis))
    return tidy(() => permute(normalized(name, permute(x, order), { axis: last }), back))
  }
  const from = asFloat(x)
  const out = empty(from.dtype, x.shape)
  const isLog = name === 'logSoftmax'
  asLines(from, axes, (lines, outer, length, inner) =>
    kernels().array.softmax(typeCode[from.dtype], isLog, outer, length, inner, lines.pointer, out.pointer),
  )
  if (from !== x) from.dispose()
  const over = { axis: axes, keepDims: true }
  return record(out, name, [x], [out], (g, [y]) => [
    isLog ? sub(g, mul(exp(y!), sum(g, over))) : mul(y!, sub(g, sum(mul(g, y!), over))),
  ])
}

/** exp(x) / sum of exp(x) over axes, the last by default. NaN where all are -Infinity. Gradient: y (g - sum of g y). */
export function softmax(x: Tensor, options: SoftmaxOptions = {}): Tensor {
  return normalized('softmax', x, options)
}

/** log softmax(x), exact where that is small. Axes as in `softmax`. Gradient: g - softmax(x) times the sum of g. */
export function logSoftmax(x: Tensor, options: SoftmaxOptions = {}): Tensor {
  return normalized('logSoftmax', x, options)
}
