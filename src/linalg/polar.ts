/** Polar decomposition: a matrix as an orthogonal one times a symmetric positive semidefinite one. */
import { add, div, isGradEnabled, matmul, mul, sub, transpose, unsqueeze } from '../tensor/index.js'
import { NotDifferentiable } from './degenerate.js'
import { asReal, epsilon, record, stackOf, type Tensor, tidy, together, view } from './support.js'
import { outside, svd } from './svd.js'

/**
 * A = U P with orthonormal columns in U [.., m, n] and symmetric positive semidefinite P [.., n, n], for m >= n; for wide A its rows are
 * orthonormal and A = P U, P [.., m, m]. U is the nearest matrix with orthonormal columns (rows).
 *
 * Dtypes: f32, f64; others in f64. Gradient: where A has full rank, also for repeated singular values (a second one only where they are not
 * repeated). Source: the SVD; Higham 1986.
 */
export function polar(A: Tensor): { U: Tensor; P: Tensor } {
  return tidy(() => {
    const X = asReal('polar', A)
    const { m, n } = stackOf('polar', X)
    if (m < n) {
      const { U, P } = polar(transpose(X))
      return { U: transpose(U), P }
    }
    const { U, S, Vh } = svd(X.detach())
    const Q = matmul(U, Vh)
    record(Q, 'polar', [X], [X, U, S, Vh], (g, [a, u, s, vh]) => {
      const again = isGradEnabled() ? svd(a!) : { U: u!, S: s!, Vh: vh! }
      return [polarGradient(g, again)]
    })
    const P = Q.requiresGrad ? matmul(transpose(Q), X) : matmul(mul(transpose(Vh), unsqueeze(S, -2)), Vh)
    return { U: Q, P: mul(add(P, transpose(P)), 0.5) }
  })
}

/** U [(M - M^T) / (s_i + s_j)] V^T with M = U^T g V, and what leaves U's range over s. */
function polarGradient(g: Tensor, { U, S, Vh }: { U: Tensor; S: Tensor; Vh: Tensor }): Tensor {
  const values = view(together(S.detach()))
  const k = S.shape.at(-1)!
  for (let i = 0; i < values.length; i++)
    if (!(values[i]! > k * epsilon[S.dtype as 'f64'] * values[i - (i % k)]!))
      throw new NotDifferentiable('polar: A has not full rank, where its orthogonal factor has no derivative.')
  const V = transpose(Vh)
  const M = matmul(matmul(transpose(U), g), V)
  const inner = div(sub(M, transpose(M)), add(unsqueeze(S, -1), unsqueeze(S, -2)))
  const within = matmul(matmul(U, inner), Vh)
  if (U.shape.at(-2) === k) return within
  return add(within, matmul(div(outside(U, matmul(g, V)), unsqueeze(S, -2)), Vh))
}
