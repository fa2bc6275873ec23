/** What the operations of this folder share: tensors as stacks of matrices, copies that LAPACK may destroy, results on one place of the tape. */
import { showShape, UsageError } from '../core/index.js'
import type { Real } from '../lapack/index.js'
import { eye, isGradEnabled, mul, reshape, slice, type Tensor, to, unsqueeze } from '../tensor/index.js'
import {
  alias,
  checkTensor,
  contiguousStrides,
  copyInto,
  copyOf,
  count,
  describe,
  elementBytes,
  empty,
  isFloat,
  kernels,
  lapack,
  record,
  type Shape,
  tidy,
  together,
  typeCode,
  view,
  viewOf,
} from '../tensor/internal.js'

export type { Real, Shape, Tensor }
export {
  alias,
  checkTensor,
  copyInto,
  copyOf,
  count,
  describe,
  elementBytes,
  empty,
  isFloat,
  kernels,
  lapack,
  record,
  showShape,
  tidy,
  together,
  typeCode,
  UsageError,
  view,
  viewOf,
}

/** Distance from 1 to the next number. */
export const epsilon: Readonly<Record<Real, number>> = { f32: 2 ** -23, f64: 2 ** -52 }

/** The last two axes of a tensor as matrices, and how many there are of them. */
export interface Stack {
  readonly type: Real
  readonly batch: Shape
  readonly count: number
  readonly m: number
  readonly n: number
  /** Bytes from one matrix to the next. */
  readonly step: number
}

/** The matrices of x. Throws UsageError for fewer than two axes. x is a float by now. */
export function stackOf(op: string, x: Pick<Tensor, 'dtype' | 'shape' | 'rank'>): Stack {
  if (x.rank < 2)
    throw new UsageError(`${op}: ${describe(x)} has ${x.rank} axes; expected a matrix, or a batch of them.`)
  const [m, n] = [x.shape.at(-2)!, x.shape.at(-1)!]
  const batch = x.shape.slice(0, -2)
  const type = x.dtype as Real
  return { type, batch, count: count(batch), m, n, step: m * n * elementBytes[type] }
}

/** The same for square matrices. */
export function squareOf(op: string, x: Pick<Tensor, 'dtype' | 'shape' | 'rank'>): Stack {
  const stack = stackOf(op, x)
  if (stack.m !== stack.n)
    throw new UsageError(`${op}: ${describe(x)} is not square; expected as many rows as columns. Try lstsq or pinv.`)
  return stack
}

/** Throws unless x is one matrix. */
export function oneMatrix(op: string, x: Tensor): Stack {
  const stack = stackOf(op, x)
  if (x.rank !== 2) throw new UsageError(`${op}: ${describe(x)} is a batch; expected one matrix.`)
  return stack
}

/** Whether what is done with these tensors goes on the tape. */
export function isTracked(...inputs: readonly Tensor[]): boolean {
  return isGradEnabled() && inputs.some((input) => input.requiresGrad)
}

/** Gradient rule of an operation with several results: `gradients` and `results` in order, and what was saved beside them. */
export type JointRule = (
  gradients: readonly Tensor[],
  results: readonly Tensor[],
  saved: readonly Tensor[],
  needs: readonly boolean[],
) => readonly (Tensor | null)[]

/**
 * Several results of one operation. On the tape they lie in one storage and are views of it, so that one rule sees the gradients of all (zeros
 * for what is not used) and finds all results again, itself on the tape where gradients of gradients are wanted.
 */
export function joint(
  name: string,
  type: Real,
  shapes: readonly Shape[],
  inputs: readonly Tensor[],
  saved: readonly Tensor[],
  compute: (results: readonly Tensor[]) => void,
  rule: JointRule,
): readonly Tensor[] {
  if (!isTracked(...inputs)) {
    const results = shapes.map((shape) => empty(type, shape))
    compute(results)
    return results
  }
  return tidy(() => {
    const ends = shapes.map((_, i) => shapes.slice(0, i + 1).reduce((sum, shape) => sum + count(shape), 0))
    const flat = empty(type, [ends.at(-1)!])
    const start = (i: number): number => ends[i - 1] ?? 0
    compute(shapes.map((shape, i) => viewOf(flat, shape, contiguousStrides(shape), start(i))))
    const split = (x: Tensor): Tensor[] =>
      shapes.map((shape, i) => reshape(slice(x, { start: start(i), stop: ends[i]! }), shape))
    record(flat, name, inputs, [...saved, flat], (g, all, needs) =>
      rule(split(g), split(all.at(-1)!), all.slice(0, -1), needs),
    )
    return split(flat)
  })
}

/** Whether every element is exactly zero. */
export function isZero(x: Tensor): boolean {
  const from = together(x)
  const zero = view(from).every((value) => value === 0)
  if (from !== x) from.dispose()
  return zero
}

/** x in a type that LAPACK knows: f32 and f64 as they are, i32 and bool as f64. */
export function asReal(op: string, x: Tensor): Tensor {
  checkTensor(op, x)
  return isFloat(x.dtype) ? x : to(x, 'f64')
}

/** Vectors [.., k] as diagonal matrices [.., k, k]. Differentiable. */
export function diagonal(x: Tensor): Tensor {
  return mul(unsqueeze(x, -1), eye(x.shape.at(-1)!, { dtype: x.dtype }))
}

/** The type two operands meet in. */
export function commonReal(a: Tensor, b: Tensor): Real {
  return a.dtype === 'f32' && b.dtype === 'f32' ? 'f32' : 'f64'
}

/** Sets a matrix's elements below (or above) its k-th diagonal to zero, in place. */
export function clearTriangle(type: Real, part: 'below' | 'above', m: number, n: number, a: number, k = 0): void {
  if (m === 0 || n === 0) return
  const values = type === 'f64' ? kernels().f64(a, m * n) : kernels().f32(a, m * n)
  for (let i = 0; i < m; i++) {
    const diagonal = Math.min(n, Math.max(0, i + k + (part === 'above' ? 1 : 0)))
    if (part === 'below') values.fill(0, i * n, i * n + diagonal)
    else values.fill(0, i * n + diagonal, (i + 1) * n)
  }
}

/** The elements of one matrix of a contiguous stack. Dies when memory grows. */
export function matrixAt(x: Tensor, stack: Stack, i: number): Float32Array | Float64Array {
  const pointer = x.pointer + i * stack.step
  return stack.type === 'f64' ? kernels().f64(pointer, stack.m * stack.n) : kernels().f32(pointer, stack.m * stack.n)
}
