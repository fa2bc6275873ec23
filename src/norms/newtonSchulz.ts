/** The polar factor of a matrix by products alone: what Muon takes for the steepest direction of the spectral norm. */
import { UsageError } from '../core/index.js'
import { add, div, matmul, mul, noGrad, norm, reshape, type Tensor, to, transpose, zerosLike } from '../tensor/index.js'
import { checkOptions, checkTensor, count, describe, floatType, tidy } from '../tensor/internal.js'
import { checkFinite } from './layout.js'

export interface NewtonSchulzOptions {
  /** Steps of the quick quintic (5). Each makes small singular values 3.44 times as large. */
  readonly steps?: number
  /** Steps of the convergent cubic afterwards (0). Each about squares the error. */
  readonly polish?: number
}

/** a X + b (X X^T) X + c (X X^T)^2 X, tuned for the steepest slope at 0 rather than for a limit at 1. */
const quick = [3.4445, -4.775, 2.0315] as const
/** 1.5 X - 0.5 (X X^T) X: converges to singular values of 1 from all in (0, sqrt(3)). */
const cubic = [1.5, -0.5, 0] as const

/**
 * About U V^T of g = U diag(S) V^T, `spectral.steepest(g)`, without a decomposition: g divided by its Frobenius norm, then steps of polynomials.
 *
 * Error: with 5 steps singular values of at least 0.01 ||g||_F end in [0.68, 1.14] in place of 1, those of at least 0.001 ||g||_F
 * in [0.47, 1.21], smaller ones lower; vectors are exact to rounding. With `polish: 5` the first end within 1e-10 of 1 (f64). Zeros stay zeros;
 * of a zero matrix, zeros.
 *
 * Shapes: two axes or more, seen as [shape[0], product of the rest]. Dtypes: f32, f64, computed in their own; i32 in f64, bool in f32. Off the
 * tape. Throws UsageError for fewer than two axes and for steps that are no whole numbers from 0 on, NumericalError for elements that are not
 * finite. Source: Jordan et al. 2024, "Muon", for the quintic's coefficients; Bjorck & Bowie 1971 for the cubic.
 *
 * @example
 * newtonSchulz(tensor([[2, 0], [0, 1]]), { polish: 6 }) // [[1, 0], [0, 1]] to rounding
 */
export function newtonSchulz(g: Tensor, options: NewtonSchulzOptions = {}): Tensor {
  checkTensor('newtonSchulz', g)
  checkOptions('newtonSchulz', options, ['steps', 'polish'])
  const { steps = 5, polish = 0 } = options
  for (const [name, value] of Object.entries({ steps, polish }))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new UsageError(`newtonSchulz: ${name} ${value}; expected a whole number from 0 on.`)
  if (g.rank < 2)
    throw new UsageError(`newtonSchulz: ${describe(g)} is no matrix; expected two axes or more. Try reshape.`)
  checkFinite('newtonSchulz', g)
  return tidy(() => noGrad(() => reshape(iterated(to(g, floatType(g.dtype)), steps, polish), g.shape)))
}

function iterated(g: Tensor, steps: number, polish: number): Tensor {
  const [m, n] = [g.shape[0]!, count(g.shape.slice(1))]
  const size = norm(g).item()
  if (size === 0) return zerosLike(g)
  // Twice, because the norm of the smallest numbers has no digits to divide by.
  const near = div(reshape(g, [m, n]), size)
  let X = div(near, norm(near).item())
  // The smaller of the two products X X^T and X^T X.
  if (m > n) X = transpose(X)
  for (let i = 0; i < steps + polish; i++) {
    const next = step(X, i < steps ? quick : cubic)
    X.dispose()
    X = next
  }
  return m > n ? transpose(X) : X
}

function step(X: Tensor, [a, b, c]: readonly [number, number, number]): Tensor {
  return tidy(() => {
    const A = matmul(X, transpose(X))
    const B = c === 0 ? mul(A, b) : add(mul(A, b), mul(matmul(A, A), c))
    return add(mul(X, a), matmul(B, X))
  })
}
