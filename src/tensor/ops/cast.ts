/** Copies, types, and leaving the tape. */
import { record } from '../autograd/tape.js'
import { checkType, type DType } from '../dtype.js'
import { type Tensor, viewOf } from '../tensor.js'
import { castOf, checkTensor, copyOf } from './raw.js'

/**
 * x in another type; x itself when it has that type. Floats to i32 are cut toward zero and saturate, NaN gives 0; to bool tells what is not 0.
 *
 * Gradient: cast back (of floats).
 */
export function to(x: Tensor, dtype: DType): Tensor {
  checkTensor('to', x)
  checkType('to', dtype)
  if (x.dtype === dtype) return x
  const from = x.dtype
  return record(castOf(x, dtype), 'to', [x], [], (g) => [to(g, from)])
}

/** A copy of its own memory, row-major. Gradient: passed on. */
export function clone(x: Tensor): Tensor {
  checkTensor('clone', x)
  return record(copyOf(x), 'clone', [x], [], (g) => [g])
}

/** x itself when its elements lie row-major without gaps, else a copy where they do. Gradient: passed on. */
export function contiguous(x: Tensor): Tensor {
  checkTensor('contiguous', x)
  return x.isContiguous ? x : clone(x)
}

/** The same elements (a view), off the tape: no gradient flows through it. */
export function detach(x: Tensor): Tensor {
  checkTensor('detach', x)
  return viewOf(x, x.shape, x.strides, x.offset)
}
