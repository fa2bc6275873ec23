/** Diagonals, triangles, and reversed axes. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { elementBytes, typeCode } from '../dtype.js'
import { kernels, writePlan } from '../runtime.js'
import { tidy } from '../scope.js'
import { checkAxes, contiguousStrides, count, type Shape } from '../shape.js'
import { describe, empty, type Tensor, viewOf } from '../tensor.js'
import { sum } from './broadcast.js'
import { checkTensor, together } from './raw.js'

/** x reversed along axes (all by default): a view. Gradient: reversed. */
export function flip(x: Tensor, axis?: number | readonly number[]): Tensor {
  checkTensor('flip', x)
  const axes = checkAxes('flip', axis, x.shape)
  let { offset } = x
  for (const one of axes) offset += Math.max(0, x.shape[one]! - 1) * x.strides[one]!
  const strides = x.strides.map((stride, i) => (axes.includes(i) ? -stride : stride))
  return record(viewOf(x, x.shape, strides, offset), 'flip', [x], [], (g) => [flip(g, axes)])
}

/** The matrix (or each of a batch) with zeros above its k-th diagonal (0 by default). Gradient: likewise. */
export function tril(x: Tensor, k = 0): Tensor {
  return triangle('tril', x, k)
}

/** The matrix (or each of a batch) with zeros below its k-th diagonal (0 by default). Gradient: likewise. */
export function triu(x: Tensor, k = 0): Tensor {
  return triangle('triu', x, k)
}

function triangle(name: 'tril' | 'triu', x: Tensor, k: number): Tensor {
  checkTensor(name, x)
  checkDiagonal(name, k)
  if (x.rank < 2) throw new UsageError(`${name}: ${describe(x)} has no rows and columns; expected at least two axes.`)
  const from = together(x)
  const out = empty(x.dtype, x.shape)
  const [m, n] = [x.shape.at(-2)!, x.shape.at(-1)!]
  kernels().array.triangle(
    elementBytes[x.dtype],
    name === 'triu',
    count(x.shape.slice(0, -2)),
    m,
    n,
    k,
    from.pointer,
    out.pointer,
  )
  if (from !== x) from.dispose()
  return record(out, name, [x], [], (g) => [triangle(name, g, k)])
}

function checkDiagonal(op: string, k: number): void {
  if (!Number.isInteger(k)) throw new UsageError(`${op}: diagonal ${k}; expected a whole number.`)
}

/** How the k-th diagonal of the last two axes lies. */
function diagonalOf(shape: Shape, strides: Shape, k: number): { shape: Shape; strides: Shape; offset: number } {
  const [m, n] = [shape.at(-2)!, shape.at(-1)!]
  const [row, column] = [strides.at(-2)!, strides.at(-1)!]
  const length = Math.max(0, Math.min(m + Math.min(k, 0), n - Math.max(k, 0)))
  return {
    shape: [...shape.slice(0, -2), length],
    strides: [...strides.slice(0, -2), row + column],
    offset: length === 0 ? 0 : Math.max(-k, 0) * row + Math.max(k, 0) * column,
  }
}

/**
 * The k-th diagonal (0 by default) of a matrix, or of each of a batch, as a view; of a vector, the matrix that has it as k-th diagonal.
 *
 * Gradient: on that diagonal, or from it.
 */
export function diag(x: Tensor, k = 0): Tensor {
  checkTensor('diag', x)
  checkDiagonal('diag', k)
  if (x.rank === 0) throw new UsageError(`diag: ${describe(x)} is a scalar; expected a vector or matrices.`)
  if (x.rank === 1) {
    const n = x.size + Math.abs(k)
    return onDiagonal(x, [n, n], k)
  }
  const { shape, strides, offset } = diagonalOf(x.shape, x.strides, k)
  const from = x.shape
  return record(viewOf(x, shape, strides, x.offset + offset), 'diag', [x], [], (g) => [onDiagonal(g, from, k)])
}

/** Zeros of `shape` with g on the k-th diagonal of the last two axes. */
function onDiagonal(g: Tensor, shape: Shape, k: number): Tensor {
  const out = empty(g.dtype, shape)
  kernels().array.fill(typeCode[g.dtype], out.size, 0, out.pointer)
  const place = diagonalOf(shape, contiguousStrides(shape), k)
  const from = together(g)
  const bytes = elementBytes[g.dtype]
  writePlan(place.shape, place.strides)
  if (g.size > 0) kernels().array.scatterStrided(bytes, g.rank, from.pointer, out.pointer + place.offset * bytes)
  if (from !== g) from.dispose()
  return record(out, 'diag', [g], [], (h) => [diag(h, k)])
}

/** Sum of the diagonal of a matrix, or of each of a batch. Gradient: on the diagonal. */
export function trace(x: Tensor): Tensor {
  checkTensor('trace', x)
  if (x.rank < 2) throw new UsageError(`trace: ${describe(x)} has no diagonal; expected a matrix.`)
  return tidy(() => sum(diag(x), { axis: -1 }))
}
