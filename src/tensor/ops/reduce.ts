/** Reductions over any axes: mean, prod, variance, std, any, all, countNonzero. `sum` stands in `broadcast.ts`. */
import { UsageError } from '../../core/index.js'
import { binaryOps, type ReduceOp, reduceOps, unaryOps } from '../../kernels/index.js'
import { isGradEnabled, record } from '../autograd/tape.js'
import { arange } from '../create.js'
import { type DType, floatType, typeCode } from '../dtype.js'
import { kernels } from '../runtime.js'
import { tidy } from '../scope.js'
import { count, type Shape } from '../shape.js'
import { describe, empty, type Tensor } from '../tensor.js'
import { div, mul, sub } from './arithmetic.js'
import { type AxisOptions, asLines, broadcastTo, lastly, reduced, reshape } from './broadcast.js'
import { eq } from './compare.js'
import { castOf, checkTensor } from './raw.js'
import { where } from './select.js'
import { permute, slice } from './views.js'

const codes = Object.fromEntries(reduceOps.map((op, i) => [op, i])) as Record<ReduceOp, number>

/** Applies a reduction kernel to x, of a type that it takes; the result has `type` and `shape`. */
export function reduceOf(op: ReduceOp, x: Tensor, axes: readonly number[], type: DType, shape: Shape): Tensor {
  const out = empty(type, shape)
  asLines(x, axes, (lines, outer, length, inner) =>
    kernels().array.reduce(codes[op], typeCode[x.dtype], outer, length, inner, lines.pointer, out.pointer),
  )
  return out
}

/** x in the type that real-valued functions compute in: itself when it has it. */
export function asFloat(x: Tensor): Tensor {
  return castOf(x, floatType(x.dtype))
}

/** Whether what is done with x now is recorded. */
export const isTracked = (x: Tensor): boolean => x.lease.node !== null && isGradEnabled()

/** How many elements each element of a reduction comes from. */
export const lengthOf = (x: Tensor, axes: readonly number[]): number => count(axes.map((axis) => x.shape[axis]!))

/** Arithmetic mean over axes (all by default), in floats: i32 gives f64, bool f32. NaN of nothing. Gradient: g / n, repeated. */
export function mean(x: Tensor, options: AxisOptions = {}): Tensor {
  checkTensor('mean', x)
  const { axes, kept, out: shape } = reduced('mean', x, options)
  const from = asFloat(x)
  const out = reduceOf('sum', from, axes, from.dtype, shape)
  if (from !== x) from.dispose()
  const n = lengthOf(x, axes)
  divide(out, n)
  const whole = x.shape
  return record(out, 'mean', [x], [], (g) => [broadcastTo(reshape(div(g, n), kept), whole)])
}

const divCode = binaryOps.indexOf('div')

/** Divides a fresh contiguous tensor by a number, in place. */
function divide(x: Tensor, by: number): void {
  kernels().array.binaryScalar(divCode, typeCode[x.dtype], x.size, x.pointer, by, false, x.pointer)
}

/**
 * Product over axes (all by default), 1 of nothing. i32 stays i32, bool counts.
 *
 * Gradient: g times the product of the others, also where some are 0. Throws UsageError when a product of i32 leaves its range.
 */
export function prod(x: Tensor, options: AxisOptions = {}): Tensor {
  checkTensor('prod', x)
  const { axes, kept, out: shape } = reduced('prod', x, options)
  if (x.dtype === 'bool' || x.dtype === 'i32') return wholeProduct(x, axes, shape)
  if (isTracked(x) && hasZero(x)) return tidy(() => reshape(pairwise(x, axes), shape))
  const out = reduceOf('prod', x, axes, x.dtype, shape)
  return record(out, 'prod', [x], [x, out], (g, [p, y]) => [div(reshape(mul(g, y!), kept), p!)])
}

export function hasZero(x: Tensor): boolean {
  const axes = [...x.shape.keys()]
  const nonzero = reduceOf('countNonzero', x, axes, 'i32', [])
  const found = nonzero.item() < x.size
  nonzero.dispose()
  return found
}

/** Products [..., 1] over axes that are moved last, by halves: then every gradient is made of products, and none divides by 0. */
function pairwise(x: Tensor, axes: readonly number[]): Tensor {
  const n = lengthOf(x, axes)
  const order = lastly(x, axes)
  let rows = reshape(permute(x, order), [x.size / Math.max(n, 1), n])
  for (let size = n; size > 1; size = rows.shape[1]!) {
    const half = size >> 1
    const products = mul(slice(rows, null, { stop: half }), slice(rows, null, { start: size - half }))
    // An odd one out joins the first product.
    rows = size % 2 === 0 ? products : withMiddle(products, slice(rows, null, { start: half, stop: half + 1 }))
  }
  return rows
}

/** Rows whose first element is multiplied by `middle`. */
function withMiddle(rows: Tensor, middle: Tensor): Tensor {
  const isFirst = eq(arange(rows.shape[1]!), 0)
  return mul(rows, where(isFirst, middle, 1))
}

function wholeProduct(x: Tensor, axes: readonly number[], shape: Shape): Tensor {
  const whole = castOf(x, 'i32')
  const products = reduceOf('prod', whole, axes, 'f64', shape)
  if (whole !== x) whole.dispose()
  for (const value of kernels().f64(products.pointer, products.size))
    if (value !== (value | 0)) {
      products.dispose()
      throw new UsageError(`prod: ${describe(x)} multiplies to ${value}, which i32 does not hold. Try to('f64') first.`)
    }
  const out = castOf(products, 'i32')
  products.dispose()
  return out
}

/** `ddof`: what is taken from the number of elements to divide by. */
export interface VarianceOptions extends AxisOptions {
  ddof?: number
}

const varianceOptions = ['axis', 'keepDims', 'ddof']

function variances(op: string, x: Tensor, axes: readonly number[], shape: Shape, ddof: number): Tensor {
  if (!Number.isFinite(ddof)) throw new UsageError(`${op}: ddof ${ddof}; expected a finite number.`)
  const from = asFloat(x)
  const out = empty(from.dtype, shape)
  const type = typeCode[from.dtype]
  asLines(from, axes, (lines, outer, length, inner) =>
    kernels().array.variance(type, outer, length, inner, ddof, lines.pointer, out.pointer, 0),
  )
  if (from !== x) from.dispose()
  return out
}

/**
 * Variance over axes (all by default): the sum of squared deviations from the mean by n - ddof, in two passes. `ddof` is 1, PyTorch's unbiased
 * default; NumPy's is 0. n <= ddof gives NaN. In floats: i32 gives f64, bool f32.
 *
 * Gradient: 2 g (x - mean) / (n - ddof).
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkTensor('variance', x)
  const { ddof = 1 } = options
  const { axes, kept, out: shape } = reduced('variance', x, options, varianceOptions)
  const factor = 2 / (lengthOf(x, axes) - ddof)
  return record(variances('variance', x, axes, shape, ddof), 'variance', [x], [x], (g, [p]) => [
    mul(sub(p!, mean(p!, { axis: axes, keepDims: true })), mul(reshape(g, kept), factor)),
  ])
}

const sqrtCode = unaryOps.indexOf('sqrt')

/** Standard deviation over axes: the square root of `variance`, with its options. Gradient: g (x - mean) / ((n - ddof) std); 0 where std is 0. */
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  checkTensor('std', x)
  const { ddof = 1 } = options
  const { axes, kept, out: shape } = reduced('std', x, options, varianceOptions)
  const out = variances('std', x, axes, shape, ddof)
  kernels().array.unary(sqrtCode, typeCode[out.dtype], out.size, out.pointer, out.pointer)
  const n = lengthOf(x, axes) - ddof
  return record(out, 'std', [x], [x, out], (g, [p, y]) => [
    mul(sub(p!, mean(p!, { axis: axes, keepDims: true })), reshape(div(g, mul(unlessZero(y!), n)), kept)),
  ])
}

/** x, and Infinity where it is 0: dividing by it gives 0 there, and so do the derivatives of that. */
export function unlessZero(x: Tensor): Tensor {
  return where(eq(x, 0), Infinity, x)
}

/** A test over axes: bool. */
function test(op: 'any' | 'all'): (x: Tensor, options?: AxisOptions) => Tensor {
  return (x, options = {}) => {
    checkTensor(op, x)
    const { axes, out } = reduced(op, x, options)
    return reduceOf(op, x, axes, 'bool', out)
  }
}

/** Whether any element over axes (all by default) is not 0, bool; NaN is not 0. false of nothing. */
export const any = test('any')
/** Whether no element over axes (all by default) is 0, bool. true of nothing. */
export const all = test('all')

/** How many elements over axes (all by default) are not 0, i32; NaN is not 0. */
export function countNonzero(x: Tensor, options: AxisOptions = {}): Tensor {
  checkTensor('countNonzero', x)
  const { axes, out } = reduced('countNonzero', x, options)
  return reduceOf('countNonzero', x, axes, 'i32', out)
}
