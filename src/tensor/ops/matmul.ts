/** Products of matrices and vectors, and of batches of them, by the linear algebra that was chosen. */
import { UsageError } from '../../core/index.js'
import type { Pointer } from '../../kernels/index.js'
import type { Real } from '../../lapack/index.js'
import { record } from '../autograd/tape.js'
import { elementBytes, typeCode } from '../dtype.js'
import { kernels, lapack } from '../runtime.js'
import { tidy } from '../scope.js'
import { broadcastShapes, type Shape } from '../shape.js'
import { describe, empty, type Tensor } from '../tensor.js'
import { sumTo } from './broadcast.js'
import { clone, to } from './cast.js'
import { checkTensor, commonType } from './raw.js'
import { squeeze, transpose, unsqueeze } from './views.js'

/**
 * How gemm reads matrices of the last two axes: the step from row to row; negative, from column to column, for their transpose; 0 when neither
 * rows nor columns lie together. One number, because small products are made by the million.
 */
function leading(shape: Shape, strides: Shape): number {
  const last = shape.length - 1
  const [m, n] = [shape[last - 1]!, shape[last]!]
  const [row, column] = [strides[last - 1]!, strides[last]!]
  if ((column === 1 || n <= 1) && (row >= n || m <= 1)) return Math.max(1, m <= 1 ? n : row)
  if ((row === 1 || m <= 1) && (column >= m || n <= 1)) return -Math.max(1, n <= 1 ? m : column)
  return 0
}

/**
 * Matrix product, as NumPy's `matmul`: [.., m, k] [.., k, n] -> [.., m, n]; axes before the last two broadcast; a vector on the left is a row, on
 * the right a column, and its axis is dropped again.
 *
 * Dtypes: f32 and f64, mixed to f64; i32 and bool are computed in f64. Gradient: g bᵀ and aᵀ g.
 * Throws UsageError when inner sizes differ.
 */
export function matmul(a: Tensor, b: Tensor): Tensor {
  checkTensor('matmul', a)
  checkTensor('matmul', b)
  if (a.rank < 2 || b.rank < 2) return withVectors(a, b)
  const [inner, rows] = [a.shape[a.rank - 1], b.shape[b.rank - 2]]
  if (inner !== rows)
    throw new UsageError(
      `matmul: ${describe(a)} and ${describe(b)}: inner sizes are ${inner} and ${rows}; expected equal ones.`,
    )
  const type = commonType(a, b, true) as Real
  if (a.dtype !== type || b.dtype !== type) return tidy(() => matmul(to(a, type), to(b, type)))
  const [left, right] = [leading(a.shape, a.strides), leading(b.shape, b.strides)]
  if (left === 0 || right === 0) return readable(a, b, left, right)
  return record(product(a, b, type, left, right), 'matmul', [a, b], [a, b], (g, [p, q], needs) => [
    needs[0] ? sumTo(matmul(g, transpose(q!)), p!.shape) : null,
    needs[1] ? sumTo(matmul(transpose(p!), g), q!.shape) : null,
  ])
}

function withVectors(a: Tensor, b: Tensor): Tensor {
  if (a.rank === 0 || b.rank === 0)
    throw new UsageError(`matmul: ${describe(a)} and ${describe(b)}; expected vectors or matrices. Try mul().`)
  return tidy(() => {
    const [x, y] = [a.rank === 1 ? unsqueeze(a, 0) : a, b.rank === 1 ? unsqueeze(b, 1) : b]
    const axes = [...(a.rank === 1 ? [-2] : []), ...(b.rank === 1 ? [-1] : [])]
    return squeeze(matmul(x, y), axes)
  })
}

/** matmul once gemm can read both. */
function readable(a: Tensor, b: Tensor, left: number, right: number): Tensor {
  return tidy(() => matmul(left === 0 ? clone(a) : a, right === 0 ? clone(b) : b))
}

function product(a: Tensor, b: Tensor, type: Real, left: number, right: number): Tensor {
  const [k, n] = [a.shape[a.rank - 1]!, b.shape[b.rank - 1]!]
  if (b.rank > 2 || (a.rank > 2 && !a.isContiguous)) return batched(a, b, type, left, right)
  // A batch of matrices times one matrix is one product.
  const shape = a.rank === 2 ? [a.shape[0]!, n] : a.shape.with(-1, n)
  const out = empty(type, shape)
  const step = a.rank === 2 ? left : Math.max(1, k)
  multiply(
    type,
    step,
    right,
    a.rank === 2 ? shape[0]! : out.size / Math.max(n, 1),
    n,
    k,
    a.pointer,
    b.pointer,
    out.pointer,
  )
  return out
}

function batched(a: Tensor, b: Tensor, type: Real, left: number, right: number): Tensor {
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!]
  const out = empty(type, [...batch, m, n])
  const bytes = elementBytes[type]
  const [from, by] = [offsets(a, batch), offsets(b, batch)]
  const [x, y, z] = [a.pointer, b.pointer, out.pointer]
  for (const [i, offset] of from.entries())
    multiply(type, left, right, m, n, k, x + offset * bytes, y + by[i]! * bytes, z + i * m * n * bytes)
  return out
}

/** Where each matrix of a batch begins, in elements. */
function offsets(x: Tensor, batch: Shape): number[] {
  const lead = batch.length - (x.rank - 2)
  let list = [0]
  for (const [axis, size] of batch.entries()) {
    const stride = axis < lead || x.shape[axis - lead] === 1 ? 0 : x.strides[axis - lead]!
    list = list.flatMap((offset) => Array.from({ length: size }, (_, i) => offset + i * stride))
  }
  return list
}

/** z = x y for an m x k and a k x n matrix that lie as `left` and `right` say; z is contiguous. */
function multiply(
  type: Real,
  left: number,
  right: number,
  m: number,
  n: number,
  k: number,
  x: Pointer,
  y: Pointer,
  z: Pointer,
): void {
  if (k === 0) kernels().array.fill(typeCode[type], m * n, 0, z)
  else lapack().gemm(type, left < 0, right < 0, m, n, k, 1, x, Math.abs(left), y, Math.abs(right), 0, z, n)
}
