/** Shapes, strides and broadcasting. Strides are in elements. */
import { elementCount, rowMajorStrides, showShape, UsageError } from '../core/index.js'
import { largestRank } from '../kernels/index.js'

export type Shape = readonly number[]

/** Number of elements of a shape that was checked. */
export function count(shape: Shape): number {
  let n = 1
  for (let i = 0; i < shape.length; i++) n *= shape[i]!
  return n
}

/** Row-major strides of a shape. */
export function contiguousStrides(shape: Shape): Shape {
  return rowMajorStrides(shape)
}

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Whether elements lie row-major without gaps; axes of length 1 do not count. */
export function isContiguous(shape: Shape, strides: Shape): boolean {
  let step = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i]!
    if (size === 0) return true
    if (size !== 1 && strides[i] !== step) return false
    step *= size
  }
  return true
}

/** A copy of `shape` that is one: whole numbers from 0 on, at most 16 axes and 2^32 - 1 elements. */
export function checkShape(op: string, shape: Shape): Shape {
  for (let i = 0; i < shape.length; i++) {
    const size = shape[i]!
    if (!Number.isSafeInteger(size) || size < 0)
      throw new UsageError(
        `${op}: axis ${i} of shape ${showShape(shape)} is ${size}; expected a whole number from 0 on.`,
      )
  }
  if (shape.length > largestRank)
    throw new UsageError(`${op}: shape ${showShape(shape)} has ${shape.length} axes; expected at most ${largestRank}.`)
  const n = elementCount(shape)
  if (n === null || n >= 2 ** 32)
    throw new UsageError(`${op}: shape ${showShape(shape)} has more than 2^32 - 1 elements, which memory cannot hold.`)
  return [...shape]
}

/** Axis from 0 to rank - 1; negative ones count from the end. */
export function checkAxis(op: string, axis: number, shape: Shape): number {
  const rank = shape.length
  const resolved = axis < 0 ? axis + rank : axis
  if (!Number.isInteger(axis) || resolved < 0 || resolved >= rank)
    throw new UsageError(
      rank === 0
        ? `${op}: axis ${axis} of a scalar, which has none.`
        : `${op}: axis ${axis} of shape ${showShape(shape)}; expected a whole number from ${-rank} to ${rank - 1}.`,
    )
  return resolved
}

/** Different axes in ascending order; all of them when none is named. */
export function checkAxes(op: string, axes: number | readonly number[] | undefined, shape: Shape): readonly number[] {
  if (axes === undefined) return shape.map((_, axis) => axis)
  const list = (typeof axes === 'number' ? [axes] : [...axes])
    .map((axis) => checkAxis(op, axis, shape))
    .sort((a, b) => a - b)
  for (let i = 1; i < list.length; i++)
    if (list[i] === list[i - 1]) throw new UsageError(`${op}: axis ${list[i]} is named twice.`)
  return list
}

/** The shape both broadcast to, by NumPy's rule: aligned at the end, sizes equal or one of them 1. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a
  const rank = Math.max(a.length, b.length)
  const shape = new Array<number>(rank)
  for (let i = 1; i <= rank; i++) {
    const x = i <= a.length ? a[a.length - i]! : 1
    const y = i <= b.length ? b[b.length - i]! : 1
    if (x !== y && x !== 1 && y !== 1)
      throw new UsageError(
        `${op}: shapes ${showShape(a)} and ${showShape(b)} do not broadcast: ${x} and ${y} at axis ${-i}; expected equal sizes, or 1.`,
      )
    shape[rank - i] = x === 1 ? y : x
  }
  return shape
}

/** Strides that make `shape` look like the larger `target`: 0 where it repeats. The shapes must broadcast. */
export function broadcastStrides(shape: Shape, strides: Shape, target: Shape): Shape {
  if (sameShape(shape, target)) return strides
  const lead = target.length - shape.length
  return target.map((size, i) => (i < lead || (shape[i - lead] === 1 && size !== 1) ? 0 : strides[i - lead]!))
}

export { showShape }
