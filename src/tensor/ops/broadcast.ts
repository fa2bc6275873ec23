/** reshape, broadcastTo and sum. The last two are each other's gradients, which is why they stand together. */
import { UsageError } from '../../core/index.js'
import { reduceOps } from '../../kernels/index.js'
import { record } from '../autograd/tape.js'
import { typeCode } from '../dtype.js'
import { kernels } from '../runtime.js'
import { checkAxes, checkShape, contiguousStrides, count, type Shape, sameShape, showShape } from '../shape.js'
import { describe, empty, type Tensor, viewOf } from '../tensor.js'
import { checkOptions } from './options.js'
import { castOf, checkTensor, copyOf } from './raw.js'

/** Which axes an operation runs over (all by default; negative ones count from the end) and whether they stay, with length 1. */
export interface AxisOptions {
  axis?: number | readonly number[]
  keepDims?: boolean
}

/**
 * The same elements, row-major, in another shape; one size may be -1 and is found. A view where strides allow it, else a copy.
 *
 * Gradient: reshaped back. Throws UsageError when the sizes do not multiply to x's.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkTensor('reshape', x)
  const target = resolve(x, shape)
  const strides = stridesAs(x, target)
  const out = strides === null ? flat(copyOf(x), target) : viewOf(x, target, strides, x.offset)
  const from = x.shape
  return record(out, 'reshape', [x], [], (g) => [reshape(g, from)])
}

/** Another view of a fresh tensor that takes its place. */
function flat(x: Tensor, shape: Shape): Tensor {
  const out = viewOf(x, shape, contiguousStrides(shape), x.offset)
  x.dispose()
  return out
}

function resolve(x: Tensor, shape: Shape): Shape {
  const open = shape.indexOf(-1)
  if (open === -1) {
    if (count(shape) !== x.size)
      throw new UsageError(
        `reshape: ${describe(x)} has ${x.size} elements, and shape ${showShape(shape)} ${count(shape)}; expected as many.`,
      )
    return checkShape('reshape', shape)
  }
  const rest = count(shape.filter((_, axis) => axis !== open))
  const size = x.size / rest
  if (shape.includes(-1, open + 1) || rest === 0 || !Number.isInteger(size))
    throw new UsageError(
      `reshape: ${describe(x)} does not divide into shape ${showShape(shape)}; expected one -1 at most, and sizes that divide ${x.size}.`,
    )
  return checkShape('reshape', shape.with(open, size))
}

/** Strides by which x looks like `shape` without a copy, or null. Groups of axes with equal products are matched; each must lie together in x. */
function stridesAs(x: Tensor, shape: Shape): Shape | null {
  if (x.isContiguous || x.size === 0) return contiguousStrides(shape)
  const strides = new Array<number>(shape.length).fill(1)
  let from = 0
  let into = 0
  while (from < x.rank && into < shape.length) {
    let [have, want] = [x.shape[from]!, shape[into]!]
    const [firstFrom, firstInto] = [from++, into++]
    while (have !== want) {
      if (have < want) have *= x.shape[from++]!
      else want *= shape[into++]!
    }
    for (let axis = firstFrom; axis < from - 1; axis++)
      if (x.shape[axis] !== 1 && x.strides[axis] !== x.strides[axis + 1]! * x.shape[axis + 1]!) return null
    let step = x.strides[from - 1]!
    for (let axis = into - 1; axis >= firstInto; axis--) {
      strides[axis] = step
      step *= shape[axis]!
    }
  }
  return strides
}

/** Strides of x seen in a larger shape, 0 where it repeats. Throws UsageError when it does not fit. */
function repeated(op: string, x: Tensor, shape: Shape): Shape {
  const lead = shape.length - x.rank
  return shape.map((size, axis) => {
    if (axis < lead) return 0
    const own = x.shape[axis - lead]!
    if (own === size) return x.strides[axis - lead]!
    if (lead >= 0 && own === 1) return 0
    throw new UsageError(
      `${op}: ${describe(x)} does not broadcast to ${showShape(shape)}: ${own} and ${size} at axis ${axis - shape.length}; expected equal sizes, or 1.`,
    )
  })
}

/**
 * x repeated to a larger shape, by NumPy's rule: a view with strides 0.
 *
 * Gradient: summed over what was repeated.
 */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  checkTensor('broadcastTo', x)
  if (sameShape(x.shape, shape)) return x
  if (shape.length < x.rank)
    throw new UsageError(
      `broadcastTo: ${describe(x)} has more axes than ${showShape(shape)}; expected at most as many.`,
    )
  const target = checkShape('broadcastTo', shape)
  const out = viewOf(x, target, repeated('broadcastTo', x, target), x.offset)
  const from = x.shape
  return record(out, 'broadcastTo', [x], [], (g) => [sumTo(g, from)])
}

/** g summed to the shape it was broadcast from; g itself when the shapes are equal. */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g
  const lead = g.rank - shape.length
  const axes: number[] = []
  for (let axis = 0; axis < g.rank; axis++)
    if (axis < lead || (shape[axis - lead] === 1 && g.shape[axis] !== 1)) axes.push(axis)
  return reshape(sum(g, { axis: axes }), shape)
}

/** The axes of a reduction, ascending, and the result's shape: with those axes at length 1 (`kept`), and as it was asked for (`out`). */
export interface Reduction {
  axes: readonly number[]
  kept: Shape
  out: Shape
}

const axisOptions: readonly string[] = ['axis', 'keepDims']

/** Resolves which axes are reduced. Throws UsageError for axes that x does not have, and for options that are not `known`. */
export function reduced(op: string, x: Tensor, options: AxisOptions, known = axisOptions): Reduction {
  checkOptions(op, options, known)
  const axes = checkAxes(op, options.axis, x.shape)
  const kept: number[] = []
  const rest: number[] = []
  for (let axis = 0; axis < x.rank; axis++) {
    const isReduced = axes.includes(axis)
    kept.push(isReduced ? 1 : x.shape[axis]!)
    if (!isReduced) rest.push(x.shape[axis]!)
  }
  return { axes, kept, out: options.keepDims ? kept : rest }
}

/** Whether ascending axes follow each other without gaps. */
export function areNeighbours(axes: readonly number[]): boolean {
  return axes.length === 0 || axes[axes.length - 1]! - axes[0]! + 1 === axes.length
}

/** x's axes with those named last, in their order. */
export function lastly(x: Tensor, axes: readonly number[]): number[] {
  const order: number[] = []
  for (let axis = 0; axis < x.rank; axis++) if (!axes.includes(axis)) order.push(axis)
  return order.concat(axes)
}

/** Product of sizes from axis `from` up to, not including, `to`. */
function product(shape: Shape, from: number, to: number): number {
  let n = 1
  for (let axis = from; axis < to; axis++) n *= shape[axis]!
  return n
}

/** How a shape looks from neighbouring axes: [outer, length, inner], length the product of their sizes. */
export function linesOf(shape: Shape, axes: readonly number[]): readonly [number, number, number] {
  const first = axes.length === 0 ? shape.length : axes[0]!
  const end = axes.length === 0 ? shape.length : axes[axes.length - 1]! + 1
  return [product(shape, 0, first), product(shape, first, end), product(shape, end, shape.length)]
}

/**
 * Lends x as a contiguous [outer, length, inner] with `length` the product of `axes`: in place where those are neighbours, else as a copy with
 * the axes last, freed afterwards.
 */
export function asLines<R>(
  x: Tensor,
  axes: readonly number[],
  work: (lines: Tensor, outer: number, length: number, inner: number) => R,
): R {
  if (!areNeighbours(axes)) {
    const ordered = permuted(x, lastly(x, axes))
    const last = axes.map((_, i) => x.rank - axes.length + i)
    try {
      return asLines(ordered, last, work)
    } finally {
      ordered.dispose()
    }
  }
  const [outer, length, inner] = linesOf(x.shape, axes)
  if (x.isContiguous) return work(x, outer, length, inner)
  const lines = copyOf(x)
  try {
    return work(lines, outer, length, inner)
  } finally {
    lines.dispose()
  }
}

/** A view with its axes in another order, off the tape. */
export function permuted(x: Tensor, axes: readonly number[]): Tensor {
  return viewOf(
    x,
    axes.map((axis) => x.shape[axis]!),
    axes.map((axis) => x.strides[axis]!),
    x.offset,
  )
}

const sumCode = reduceOps.indexOf('sum')

/**
 * Sum over axes (all by default), kept in float64 and rounded once. bool counts; i32 stays i32.
 *
 * Gradient: repeated. Throws UsageError when a sum of i32 leaves its range.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).sum({ axis: 0 }) // [4, 6]
 */
export function sum(x: Tensor, options: AxisOptions = {}): Tensor {
  checkTensor('sum', x)
  const { axes, kept, out: shape } = reduced('sum', x, options)
  if (x.dtype === 'bool' || x.dtype === 'i32') return wholeSum(x, axes, shape)
  const out = empty(x.dtype, shape)
  asLines(x, axes, (lines, outer, length, inner) =>
    kernels().array.reduce(sumCode, typeCode[x.dtype], outer, length, inner, lines.pointer, out.pointer),
  )
  const from = x.shape
  return record(out, 'sum', [x], [], (g) => [broadcastTo(reshape(g, kept), from)])
}

function wholeSum(x: Tensor, axes: readonly number[], shape: Shape): Tensor {
  const whole = castOf(x, 'i32')
  const sums = empty('f64', shape)
  asLines(whole, axes, (lines, outer, length, inner) =>
    kernels().array.reduce(sumCode, typeCode.i32, outer, length, inner, lines.pointer, sums.pointer),
  )
  if (whole !== x) whole.dispose()
  for (const value of kernels().f64(sums.pointer, sums.size))
    if (value !== (value | 0)) {
      sums.dispose()
      throw new UsageError(`sum: ${describe(x)} sums to ${value}, which i32 does not hold. Try to('f64') first.`)
    }
  const out = castOf(sums, 'i32')
  sums.dispose()
  return out
}
