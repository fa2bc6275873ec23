/** Shapes: outermost axis first. */

/** Number of elements, or null when it is beyond 2^53 - 1 (a lie of the file, never a tensor). An empty shape is a scalar: 1. */
export function elementCount(shape: readonly number[]): number | null {
  if (shape.includes(0)) return 0
  let count = 1
  for (const size of shape) {
    count *= size
    if (!Number.isSafeInteger(count)) return null
  }
  return count
}

/** Row-major strides in elements. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= Math.max(1, shape[axis]!)
  }
  return strides
}

/** `[2, 3]`, as in every message. */
export function showShape(shape: readonly (number | string | bigint)[]): string {
  return `[${shape.join(', ')}]`
}
