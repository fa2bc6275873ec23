/** Determinants from the diagonals of triangular factors, as products that no factor makes overflow. */
import { diag, div, eye, mul, unsqueeze } from '../tensor/index.js'
import { NotDifferentiable } from './degenerate.js'
import {
  empty,
  kernels,
  lapack,
  matrixAt,
  record,
  type Stack,
  squareOf,
  type Tensor,
  tidy,
  together,
  view,
} from './support.js'

/** Sign and size of a product as mantissa 2^exponent, which no product of doubles leaves. */
export interface Product {
  mantissa: number
  exponent: number
}

/** Product of the pivots of each matrix of contiguous A, which is destroyed; its sign is turned by each exchange of rows. */
export function products(A: Tensor, stack: Stack): Product[] {
  const { type, count, n, step } = stack
  const ipiv = kernels().alloc(Math.max(4, 4 * n))
  try {
    return Array.from({ length: count }, (_, i) => {
      lapack().getrf(type, n, n, A.pointer + i * step, n, ipiv)
      return productOf(matrixAt(A, stack, i), kernels().i32(ipiv, n), n)
    })
  } finally {
    kernels().free(ipiv)
  }
}

/** The same from factors that are there. */
export function productOf(factors: Float32Array | Float64Array, pivots: Int32Array, n: number): Product {
  let [mantissa, exponent] = [1, 0]
  for (let k = 0; k < n; k++) {
    let factor = factors[k * n + k]!
    if (pivots[k] !== k) factor = -factor
    const size = Math.abs(factor)
    // Two subnormal numbers would lose digits, two huge ones overflow.
    const shift = size === 0 || !Number.isFinite(size) ? 0 : Math.floor(Math.log2(size))
    mantissa *= scaleBy(factor, -shift)
    exponent += shift
    if (Math.abs(mantissa) >= 2) {
      mantissa /= 2
      exponent++
    }
  }
  return { mantissa, exponent }
}

/** x 2^exponent, rounded once at most. */
function scaleBy(x: number, exponent: number): number {
  let [value, rest] = [x, exponent]
  for (; rest > 1000; rest -= 1000) value *= 2 ** 1000
  for (; rest < -1000; rest += 1000) value *= 2 ** -1000
  return value * 2 ** rest
}

export const productValue = ({ mantissa, exponent }: Product): number => scaleBy(mantissa, exponent)
export const productLog = ({ mantissa, exponent }: Product): number =>
  Math.log(Math.abs(mantissa)) + exponent * Math.LN2

/**
 * Determinant, or the logarithm of its size, of triangular T [.., n, n] times +-1, from the diagonal. Gradient: on the diagonal; throws where
 * there is a zero.
 */
export function ofTriangle(name: 'det' | 'logdet', T: Tensor, signs: readonly number[] | null = null): Tensor {
  const stack = squareOf(name, T)
  const { n, type, count } = stack
  const still = Int32Array.from({ length: n }, (_, i) => i)
  return tidy(() => {
    const from = together(T)
    const out = empty(type, stack.batch)
    const found = Array.from({ length: count }, (_, i) => productOf(matrixAt(from, stack, i), still, n))
    view(out).set(found.map((one, i) => (name === 'det' ? (signs?.[i] ?? 1) * productValue(one) : productLog(one))))
    return record(out, name, [T], [T, out], (g, [t, d]) => {
      if (view(d!).includes(name === 'det' ? 0 : Number.NEGATIVE_INFINITY))
        throw new NotDifferentiable(`${name}: the gradient of a factorization's determinant where it is 0. Try det(A).`)
      const inverse = unsqueeze(div(1, diag(t!)), -1)
      return [mul(mul(column(name === 'det' ? mul(g, d!) : g), inverse), eye(n, { dtype: type }))]
    })
  })
}

/** [..] as [.., 1, 1]. */
export const column = (x: Tensor): Tensor => unsqueeze(unsqueeze(x, -1), -1)
