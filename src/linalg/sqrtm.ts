/** The principal square root of a matrix. */
import { add, eye, matmul, mul, sub } from '../tensor/index.js'
import { slogdet } from './det.js'
import { inv } from './inv.js'
import { checkFinite, LinalgError, ok } from './outcome.js'
import { asReal, copyOf, describe, epsilon, oneMatrix, squareOf, type Tensor, tidy, view } from './support.js'

const mostSteps = 60

/**
 * The square root of A whose eigenvalues have positive real parts: X X = A. For one matrix without eigenvalues on the closed negative real axis.
 *
 * Dtypes: f32, f64; others in f64. Gradient: through the iteration. Throws NumericalError (`not-converged`) where there is no such root.
 * Source: the product form of Denman and Beavers' iteration with determinantal scaling, Cheng, Higham, Kenney & Laub 2001.
 */
export function sqrtm(A: Tensor): Tensor {
  return tidy(() => {
    const a = asReal('sqrtm', A)
    const { n, type } = squareOf('sqrtm', a)
    oneMatrix('sqrtm', a)
    checkFinite('sqrtm', copyOf(a))
    const I = eye(n, { dtype: type })
    let [X, M] = [a, a]
    let scaled = true
    let before = Number.POSITIVE_INFINITY
    for (let step = 0; step < mostSteps; step++) {
      const { value: inverse } = inv(M, { check: false })
      if (inverse === null) break
      const mu = scaled ? Math.exp(-slogdet(M.detach()).logabsdet.item() / (2 * n)) : 1
      X = mul(matmul(X, add(I, mul(inverse, mu ** -2))), 0.5 * mu)
      M = mul(add(I, mul(add(mul(M, mu ** 2), mul(inverse, mu ** -2)), 0.5)), 0.5)
      const distance = largestSize(sub(M, I))
      if (distance < 1e-2) scaled = false
      // Quadratic until rounding stops it.
      if (
        distance <= n * epsilon[type] ||
        (!scaled && distance >= before / 2 && distance < 1e-3 * Math.sqrt(epsilon[type]) * 1e3)
      )
        return X
      before = distance
    }
    throw new LinalgError({
      ...ok,
      outcome: 'not-converged',
      message: `sqrtm: ${describe(a)}: the iteration did not converge; expected no eigenvalue on the closed negative real axis.`,
    })
  })
}

const largestSize = (x: Tensor): number =>
  Array.from(view(x)).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
