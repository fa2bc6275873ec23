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

/** The part of a tensor that says how it lies. */
type Layout = Pick<Tensor, 'shape' | 'strides'>

/** How gemm reads the last two axes: as they lie, or as their transpose; null when neither has unit stride. */
function reading({ shape, strides }: Layout): { trans: boolean; stride: number } | null {
  const [m, n] = [shape.at(-2)!, shape.at(-1)!]
  const [row, column] = [strides.at(-2)!, strides.at(-1)!]
  if ((column === 1 || n <= 1) && (row >= n || m <= 1)) return { trans: false, stride: m <= 1 ? n : row }
  if ((row === 1 || m <= 1) && (column >= m || n <= 1)) return { trans: true, stride: n <= 1 ? m : column }
  return null
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
  if (a.shape.at(-1) !== b.shape.at(-2))
    throw new UsageError(
      `matmul: ${describe(a)} and ${describe(b)}: inner sizes are ${a.shape.at(-1)} and ${b.shape.at(-2)}; expected equal ones.`,
    )
  const type = commonType(a, b, true) as Real
  if (a.dtype !== type || b.dtype !== type) return tidy(() => matmul(to(a, type), to(b, type)))
  if (reading(a) === null || reading(b) === null)
    return tidy(() => matmul(reading(a) ? a : clone(a), reading(b) ? b : clone(b)))
  return record(product(a, b, type), 'matmul', [a, b], [a, b], (g, [p, q], needs) => [
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

function product(a: Tensor, b: Tensor, type: Real): Tensor {
  const n = b.shape.at(-1)!
  if (a.rank === 2 && b.rank === 2) {
    const out = empty(type, [a.shape[0]!, n])
    multiply(type, a, b, out, [[a.pointer, b.pointer, out.pointer]])
    return out
  }
  // A batch of matrices times one matrix is one product.
  if (b.rank === 2 && a.isContiguous) {
    const k = a.shape.at(-1)!
    const out = empty(type, a.shape.with(-1, n))
    const rows = out.size / Math.max(n, 1)
    multiply(type, { shape: [rows, k], strides: [k, 1] }, b, out, [[a.pointer, b.pointer, out.pointer]])
    return out
  }
  return batched(a, b, type)
}

function batched(a: Tensor, b: Tensor, type: Real): Tensor {
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const [m, n] = [a.shape.at(-2)!, b.shape.at(-1)!]
  const out = empty(type, [...batch, m, n])
  const bytes = elementBytes[type]
  const [from, by] = [offsets(a, batch), offsets(b, batch)]
  const places = from.map(
    (offset, i): Place => [a.pointer + offset * bytes, b.pointer + by[i]! * bytes, out.pointer + i * m * n * bytes],
  )
  multiply(type, a, b, out, places)
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

/** Addresses of two factors and their product. */
type Place = readonly [Pointer, Pointer, Pointer]

/** Products of matrices that lie as the last two axes of a and b, at the places given; out is contiguous. */
function multiply(type: Real, a: Layout, b: Layout, out: Tensor, places: readonly Place[]): void {
  const [m, k, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-1)!]
  const [left, right] = [reading(a)!, reading(b)!]
  if (k === 0) kernels().array.fill(typeCode[type], out.size, 0, out.pointer)
  else
    for (const [x, y, z] of places)
      lapack().gemm(type, left.trans, right.trans, m, n, k, 1, x, left.stride, y, right.stride, 0, z, n)
}
