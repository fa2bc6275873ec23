/**
 * Fixed memory of the elementwise kernels (see assembly/arith/scratch.ts): 0x199000 .. 0x19f000. The plan that callers write lies at 0x197000.
 */

export const plan: usize = 0x197000

/** Blocks of an operand that is not contiguous, and how many elements they hold. */
export const firstBlock: usize = 0x199000
export const secondBlock: usize = 0x19b000
export const conditionBlock: usize = 0x19d000
// @ts-ignore: decorator
@inline
export function blockElements(bytes: i32): i32 {
  return bytes == 8 ? 1024 : 2048
}

/** One vector of bytes at the end of a run. */
export const tailVector: usize = 0x19d800
/** A scalar operand, repeated over 64 bytes. */
export const splatVector: usize = 0x19d840
/** The last operands and result of a run, filled up to vectors. */
export const tailFirst: usize = 0x19d880
export const tailSecond: usize = 0x19d890
export const tailOut: usize = 0x19d8a0
/** Lists of up to 16 axes that `coalesce` leaves: shape, then strides of each operand. */
export const axes: usize = 0x19e000
export const listBytes: usize = 64
/** The same for one copy: shape, strides in bytes of source and target, index. */
export const copyAxes: usize = 0x19e200
/** Index of the outer axes of a broadcast, and its operands' records. */
export const outerIndex: usize = 0x19e300
export const operands: usize = 0x19e400
