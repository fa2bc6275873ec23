/** Products of vectors and of their last axes. */
import { concat, matmul, mul, permute, reshape, slice, sub, unsqueeze } from '../tensor/index.js'
import { broadcastShapes, count } from '../tensor/internal.js'
import { checkTensor, describe, type Tensor, tidy, UsageError } from './support.js'

/**
 * Dot product as NumPy's `dot`: of two vectors a scalar, of matrices their product, else the sum over the last axis of a and the last but one of b:
 * [..a, k] [..b, k, n] -> [..a, ..b, n]. A scalar multiplies. Gradient: to both. Throws UsageError when the lengths differ.
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  checkTensor('dot', a)
  checkTensor('dot', b)
  if (a.rank === 0 || b.rank === 0) return mul(a, b)
  return contract('dot', a, b, Math.max(0, b.rank - 2))
}

/**
 * Sum over the last axes of both, as NumPy's `inner`: [..a, k] [..b, k] -> [..a, ..b]; a scalar multiplies. Gradient: to both.
 *
 * @example
 * inner(tensor([1, 2]), tensor([3, 4])) // 11
 */
export function inner(a: Tensor, b: Tensor): Tensor {
  checkTensor('inner', a)
  checkTensor('inner', b)
  if (a.rank === 0 || b.rank === 0) return mul(a, b)
  return contract('inner', a, b, b.rank - 1)
}

/** Sums over a's last axis and b's axis `axis`; the other axes follow one another. */
function contract(op: string, a: Tensor, b: Tensor, axis: number): Tensor {
  const k = a.shape.at(-1)!
  if (k !== b.shape[axis])
    throw new UsageError(
      `${op}: ${describe(a)} and ${describe(b)}: the axes to sum over have ${k} and ${b.shape[axis]} elements; expected as many.`,
    )
  const others = [...b.shape.keys()].filter((one) => one !== axis)
  const rest = others.map((one) => b.shape[one]!)
  return tidy(() => {
    const left = reshape(a, [count(a.shape.slice(0, -1)), k])
    const right = reshape(permute(b, [axis, ...others]), [k, count(rest)])
    return reshape(matmul(left, right), [...a.shape.slice(0, -1), ...rest])
  })
}

/** a b^T of two vectors: [m] [n] -> [m, n]; other shapes are laid out as vectors, as in NumPy. Gradient: to both. */
export function outer(a: Tensor, b: Tensor): Tensor {
  checkTensor('outer', a)
  checkTensor('outer', b)
  return tidy(() => mul(reshape(a, [a.size, 1]), reshape(b, [1, b.size])))
}

/**
 * Cross product of vectors of three along the last axis; leading axes broadcast. Gradient: to both. Throws UsageError for other lengths.
 *
 * @example
 * cross(tensor([1, 0, 0]), tensor([0, 1, 0])) // [0, 0, 1]
 */
export function cross(a: Tensor, b: Tensor): Tensor {
  checkTensor('cross', a)
  checkTensor('cross', b)
  for (const x of [a, b])
    if (x.shape.at(-1) !== 3)
      throw new UsageError(`cross: ${describe(a)} and ${describe(b)}; expected 3 elements along the last axis.`)
  broadcastShapes('cross', a.shape, b.shape)
  return tidy(() => {
    const [a1, b1] = [turned(a, 1), turned(b, 1)]
    return sub(mul(a1, turned(b, 2)), mul(turned(a, 2), b1))
  })
}

/** x[.., (i + by) mod 3]. */
function turned(x: Tensor, by: number): Tensor {
  const lead = new Array<null>(x.rank - 1).fill(null)
  return concat([slice(x, ...lead, { start: by }), slice(x, ...lead, { stop: by })], x.rank - 1)
}

/**
 * Kronecker product of matrices (or of the last two axes of a batch, broadcast): [.., m, n] [.., p, q] -> [.., m p, n q], block [i, j] being
 * a[i, j] b. Gradient: to both.
 */
export function kron(a: Tensor, b: Tensor): Tensor {
  checkTensor('kron', a)
  checkTensor('kron', b)
  if (a.rank < 2 || b.rank < 2)
    throw new UsageError(`kron: ${describe(a)} and ${describe(b)}; expected matrices, or batches of them.`)
  const [m, n, p, q] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-2)!, b.shape.at(-1)!]
  const batch = broadcastShapes('kron', a.shape.slice(0, -2), b.shape.slice(0, -2))
  return tidy(() => {
    // [.., m, 1, n, 1] times [.., 1, p, 1, q].
    const left = unsqueeze(unsqueeze(a, -2), -1)
    const right = unsqueeze(unsqueeze(b, -3), -2)
    return reshape(mul(left, right), [...batch, m * p, n * q])
  })
}
