/** Views: the same elements under another shape and other strides, without copying. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { elementBytes, typeCode } from '../dtype.js'
import { kernels, writePlan } from '../runtime.js'
import { checkAxis, contiguousStrides, type Shape, showShape } from '../shape.js'
import { describe, empty, type Tensor, viewOf } from '../tensor.js'
import { permuted, reshape } from './broadcast.js'
import { checkTensor, together } from './raw.js'

/**
 * Axes in another order: axis i of the result is axis `axes[i]` of x; reversed by default.
 *
 * Gradient: ordered back.
 */
export function permute(x: Tensor, axes?: readonly number[]): Tensor {
  checkTensor('permute', x)
  const order = (axes ?? x.shape.map((_, axis) => -1 - axis)).map((axis) => checkAxis('permute', axis, x.shape))
  if (new Set(order).size !== x.rank || order.length !== x.rank)
    throw new UsageError(
      `permute: axes ${showShape(axes ?? [])} for ${describe(x)}; expected each of 0 to ${x.rank - 1} once.`,
    )
  const back = order.map((_, axis) => order.indexOf(axis))
  return record(permuted(x, order), 'permute', [x], [], (g) => [permute(g, back)])
}

/** Two axes exchanged, by default the last two: the transpose of a matrix, or of each matrix in a batch. Gradient: exchanged back. */
export function transpose(x: Tensor, first = -2, second = -1): Tensor {
  checkTensor('transpose', x)
  const [a, b] = [checkAxis('transpose', first, x.shape), checkAxis('transpose', second, x.shape)]
  const order = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis))
  return record(permuted(x, order), 'transpose', [x], [], (g) => [transpose(g, a, b)])
}

/** A new axis of length 1 before `axis` (from 0 to rank; negative counts from the end of the result). Gradient: passed on. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  checkTensor('unsqueeze', x)
  const at = checkAxis('unsqueeze', axis, [...x.shape, 1])
  const out = viewOf(x, x.shape.toSpliced(at, 0, 1), x.strides.toSpliced(at, 0, 0), x.offset)
  return record(out, 'unsqueeze', [x], [], (g) => [squeeze(g, at)])
}

/** Without axes of length 1: all of them, or those named, which must have it. Gradient: passed on. */
export function squeeze(x: Tensor, axis?: number | readonly number[]): Tensor {
  checkTensor('squeeze', x)
  const named =
    axis === undefined
      ? [...x.shape.keys()].filter((one) => x.shape[one] === 1)
      : typeof axis === 'number'
        ? [axis]
        : axis
  const axes = named.map((one) => checkAxis('squeeze', one, x.shape))
  for (const one of axes)
    if (x.shape[one] !== 1)
      throw new UsageError(`squeeze: axis ${one} of ${describe(x)} has length ${x.shape[one]}; expected 1.`)
  const keeps = (_: number, at: number): boolean => !axes.includes(at)
  const out = viewOf(x, x.shape.filter(keeps), x.strides.filter(keeps), x.offset)
  const from = x.shape
  return record(out, 'squeeze', [x], [], (g) => [reshape(g, from)])
}

/** What is taken along one axis: a place (the axis goes), or from `start` up to `stop` in steps, each optional; null for all. */
export type Range = number | null | { start?: number; stop?: number; step?: number }

interface Taken {
  offset: number
  shape: Shape
  strides: Shape
}

/** Python's rules for one axis: negative places count from the end, ranges are cut to what is there. */
function resolveRange(
  range: Exclude<Range, number | null>,
  size: number,
  axis: number,
): { start: number; step: number; length: number } {
  const { step = 1 } = range
  for (const [name, value] of Object.entries(range))
    if (value !== undefined && !Number.isSafeInteger(value))
      throw new UsageError(`slice: ${name} ${value} at axis ${axis}; expected a whole number.`)
  if (step === 0) throw new UsageError(`slice: step 0 at axis ${axis}; expected a positive or negative whole number.`)
  const bound = (value: number): number => {
    const place = value < 0 ? value + size : value
    return step > 0 ? Math.min(Math.max(place, 0), size) : Math.min(Math.max(place, -1), size - 1)
  }
  const start = range.start === undefined ? (step > 0 ? 0 : size - 1) : bound(range.start)
  const stop = range.stop === undefined ? (step > 0 ? size : -1) : bound(range.stop)
  return { start, step, length: Math.max(0, Math.ceil((stop - start) / step)) }
}

function take(x: { shape: Shape; strides: Shape; offset: number }, ranges: readonly Range[]): Taken {
  const [shape, strides]: [number[], number[]] = [[], []]
  let { offset } = x
  for (const [axis, size] of x.shape.entries()) {
    const range = ranges[axis] ?? null
    const stride = x.strides[axis]!
    if (typeof range === 'number') {
      const place = range < 0 ? range + size : range
      if (!Number.isInteger(range) || place < 0 || place >= size)
        throw new UsageError(
          `slice: place ${range} at axis ${axis} of shape ${showShape(x.shape)}; expected a whole number from ${-size} to ${size - 1}.`,
        )
      offset += place * stride
      continue
    }
    const { start, step, length } =
      range === null ? { start: 0, step: 1, length: size } : resolveRange(range, size, axis)
    if (length > 0) offset += start * stride
    shape.push(length)
    strides.push(step * stride)
  }
  return { offset, shape, strides }
}

/**
 * Part of x, as a view: for each axis a place, a range, or null for all; axes not named are whole.
 *
 * Gradient: in its place among zeros. Throws UsageError for a place outside; ranges are cut to what is there, as Python's.
 *
 * @example
 * x.slice(0, { start: 1, step: 2 }) // NumPy's x[0, 1::2]
 */
export function slice(x: Tensor, ...ranges: Range[]): Tensor {
  checkTensor('slice', x)
  if (ranges.length > x.rank)
    throw new UsageError(`slice: ${ranges.length} ranges for ${describe(x)}; expected at most ${x.rank}.`)
  const { offset, shape, strides } = take(x, ranges)
  const from = x.shape
  return record(viewOf(x, shape, strides, offset), 'slice', [x], [], (g) => [unslice(g, from, ranges)])
}

/** Zeros of `shape` with g where `slice(..., ranges)` would look. Gradient: that slice. */
function unslice(g: Tensor, shape: Shape, ranges: readonly Range[]): Tensor {
  const out = empty(g.dtype, shape)
  kernels().array.fill(typeCode[g.dtype], out.size, 0, out.pointer)
  const part = take({ shape, strides: contiguousStrides(shape), offset: 0 }, ranges)
  const from = together(g)
  writePlan(part.shape, part.strides)
  const bytes = elementBytes[g.dtype]
  kernels().array.scatterStrided(bytes, part.shape.length, from.pointer, out.pointer + part.offset * bytes)
  if (from !== g) from.dispose()
  return record(out, 'unslice', [g], [], (h) => [slice(h, ...ranges)])
}
