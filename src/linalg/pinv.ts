/** The pseudo-inverse of Moore and Penrose. */
import { add, eye, matmul, mul, neg, sub, transpose, unsqueeze } from '../tensor/index.js'
import { asReal, epsilon, record, stackOf, type Tensor, tidy } from './support.js'
import { reciprocals, svd } from './svd.js'

export interface PinvOptions {
  /** Singular values up to `rtol` times the largest count as zero. Default: max(m, n) eps. */
  rtol?: number
}

/**
 * The pseudo-inverse of a matrix of any rank, or of each of a batch.
 *
 * Shapes: [.., m, n] -> [.., n, m]. Dtypes: f32, f64; others in f64. Gradient: within matrices of the same rank. Source: by the SVD; Golub &
 * Pereyra 1973 for the gradient.
 *
 * @example
 * pinv(tensor([[1], [1]])) // [[0.5, 0.5]]
 */
export function pinv(A: Tensor, options: PinvOptions = {}): Tensor {
  return tidy(() => {
    const X = asReal('pinv', A)
    const { m, n, type } = stackOf('pinv', X)
    const rtol = options.rtol ?? Math.max(m, n) * epsilon[type]
    const { U, S, Vh } = svd(X.detach())
    const P = matmul(transpose(Vh), mul(unsqueeze(reciprocals(S, rtol), -1), transpose(U)))
    return record(P, 'pinv', [X], [X, P], (g, [a, p]) => [pinvGradient(g, a!, p!)])
  })
}

/** -P^T g P^T + (I - A P) g^T P P^T + P^T P g^T (I - P A). */
function pinvGradient(g: Tensor, A: Tensor, P: Tensor): Tensor {
  const [m, n] = [A.shape.at(-2)!, A.shape.at(-1)!]
  const [Pt, gt] = [transpose(P), transpose(g)]
  const left = sub(eye(m, { dtype: A.dtype }), matmul(A, P))
  const right = sub(eye(n, { dtype: A.dtype }), matmul(P, A))
  const first = neg(matmul(matmul(Pt, g), Pt))
  const second = matmul(matmul(left, gt), matmul(P, Pt))
  return add(add(first, second), matmul(matmul(matmul(Pt, P), gt), right))
}
