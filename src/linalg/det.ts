/** Determinants, and their signs and logarithms. */
import { matmul, mul, transpose, unsqueeze } from '../tensor/index.js'
import { NotDifferentiable } from './degenerate.js'
import { inv } from './inv.js'
import { checkFinite } from './outcome.js'
import { column, productLog, products, productValue } from './pivots.js'
import { asReal, copyOf, empty, record, squareOf, type Tensor, tidy, view } from './support.js'
import { svd } from './svd.js'

/**
 * Determinant of a square matrix, or of each of a batch; 1 for 0 x 0. Beyond the type's range it is 0 or infinite: use `slogdet`.
 *
 * Shapes: [.., n, n] -> [..]. Dtypes: f32, f64; others in f64. Gradient: the cofactors, also where A is singular (there without a second
 * derivative). Source: LAPACK's getrf.
 *
 * @example
 * det(tensor([[1, 2], [3, 4]])) // -2
 */
export function det(A: Tensor): Tensor {
  return tidy(() => {
    const X = asReal('det', A)
    const stack = squareOf('det', X)
    const copy = copyOf(X)
    checkFinite('det', copy)
    const values = products(copy, stack).map(productValue)
    const out = empty(stack.type, stack.batch)
    view(out).set(values)
    return record(out, 'det', [X], [X, out], (g, [x, d]) => [mul(column(g), cofactors(x!, d!))])
  })
}

/** det(A) A^-T, continued to singular matrices. */
function cofactors(A: Tensor, d: Tensor): Tensor {
  const { value } = inv(A, { check: false })
  return value === null ? singularCofactors(A) : mul(column(d), transpose(value))
}

/** The same by the SVD: det(U V^T) U adj(S) V^T, where adj(S) has the products of all singular values but one. */
function singularCofactors(A: Tensor): Tensor {
  const { U, S, Vh } = svd(A.detach())
  const { count, n, type } = squareOf('det', A)
  const adjugate = empty(type, S.shape)
  for (let i = 0; i < count; i++)
    for (let k = 0; k < n; k++) {
      let product = 1
      for (let j = 0; j < n; j++) if (j !== k) product *= view(S)[i * n + j]!
      view(adjugate)[i * n + k] = product
    }
  const sign = det(matmul(U, Vh))
  const out = matmul(mul(mul(U, unsqueeze(adjugate, -2)), column(sign)), Vh)
  return record(out, 'cofactors', [A], [], () => {
    throw new NotDifferentiable('det: a second derivative at a singular matrix is not offered. Try slogdet near it.')
  })
}

/**
 * Sign (1, -1 or 0) and logarithm of the size (-Infinity for 0) of the determinant of a square matrix, or of each of a batch.
 *
 * Shapes: [.., n, n] -> { sign: [..], logabsdet: [..] }. Dtypes: as `det`. Gradient of `logabsdet`: A^-T; throws where A is singular.
 *
 * @example
 * slogdet(tensor([[0, 2], [3, 0]])) // { sign: -1, logabsdet: log(6) }
 */
export function slogdet(A: Tensor): { sign: Tensor; logabsdet: Tensor } {
  return tidy(() => {
    const X = asReal('slogdet', A)
    const stack = squareOf('slogdet', X)
    const copy = copyOf(X)
    checkFinite('slogdet', copy)
    const found = products(copy, stack)
    const sign = empty(stack.type, stack.batch)
    const logabsdet = empty(stack.type, stack.batch)
    view(sign).set(found.map(({ mantissa }) => Math.sign(mantissa)))
    view(logabsdet).set(found.map(productLog))
    record(logabsdet, 'slogdet', [X], [X], (g, [x]) => [mul(column(g), transpose(inv(x!)))])
    return { sign, logabsdet }
  })
}
