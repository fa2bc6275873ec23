/**
 * What a convolution or a pool is over, as the caller wrote it: i32 values, three axes (depth, height, width; missing ones are 1 long), outermost
 * first. `src/nn/window.ts` writes it.
 */

/** Places of the groups of three values. */
export const inputAt: i32 = 0
export const outputAt: i32 = 3
export const kernelAt: i32 = 6
export const strideAt: i32 = 9
export const paddingAt: i32 = 12
export const dilationAt: i32 = 15
/** Pools: where windows start and end along each axis, and how many places count for an average; three values for each output. */
export const tablesAt: i32 = 18

/** Value `group + axis`. */
// @ts-ignore: decorator
@inline
export function at(plan: usize, group: i32, axis: i32): i32 {
  return load<i32>(plan + (<usize>(group + axis) << 2))
}

/** Outputs o with 0 <= o stride + shift < length lie from here ... */
// @ts-ignore: decorator
@inline
export function firstInside(shift: i32, stride: i32, outputs: i32): i32 {
  return shift >= 0 ? 0 : min(outputs, (stride - 1 - shift) / stride)
}

/** ... to here (not included). */
// @ts-ignore: decorator
@inline
export function endInside(shift: i32, stride: i32, length: i32, outputs: i32): i32 {
  return shift >= length ? 0 : min(outputs, (length - 1 - shift) / stride + 1)
}
