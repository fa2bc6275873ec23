/** The matrix exponential. */
import {
  add,
  concat,
  eye,
  matmul,
  mul,
  noGrad,
  reshape,
  slice,
  stack,
  sub,
  to,
  transpose,
  zeros,
} from '../tensor/index.js'
import { checkFinite, demand, finiteness } from './outcome.js'
import { oneNorm, overflow } from './singular.js'
import { solve } from './solve.js'
import { asReal, copyOf, matrixAt, record, squareOf, type Tensor, tidy } from './support.js'

/** Degrees of the Pade approximants and the one-norms up to which each is accurate to double precision: Higham 2005, table 2.3. */
const degrees: readonly (readonly [degree: number, reach: number])[] = [
  [3, 1.495585217958292e-2],
  [5, 2.53939833006323e-1],
  [7, 9.504178996162932e-1],
  [9, 2.097847961257068],
  [13, 5.371920351148152],
]

/**
 * exp(A) = I + A + A^2 / 2 + ... of a square matrix, or of each of a batch.
 *
 * Shapes: [.., n, n] -> [.., n, n]. Dtypes: f32 (computed in f64), f64; others in f64. Gradient: the adjoint Frechet derivative, which is a block of
 * the exponential of a matrix of twice the size. Throws NumericalError when A is not finite, or the result is beyond the type's range.
 * Source: scaling and squaring, Higham 2005.
 *
 * @example
 * expm(tensor([[0, -Math.PI], [Math.PI, 0]])) // [[-1, 0], [0, -1]]
 */
export function expm(A: Tensor): Tensor {
  return tidy(() => {
    const X = asReal('expm', A)
    const { type, count, n, batch } = squareOf('expm', X)
    if (type === 'f32') {
      const out = to(expm(to(X, 'f64')), 'f32')
      if (finiteness('expm', out).outcome !== 'ok') demand(overflow('expm', out))
      return out
    }
    const out = noGrad(() => {
      if (X.rank === 2) return exponential(copyOf(X))
      const each = reshape(copyOf(X), [count, n, n])
      const list = Array.from({ length: count }, (_, i) => exponential(copyOf(slice(each, i))))
      return list.length === 0 ? copyOf(X) : reshape(stack(list), [...batch, n, n])
    })
    return record(out, 'expm', [X], [X], (g, [a]) => [frechet(transpose(a!), g)])
  })
}

/** One contiguous f64 matrix. */
function exponential(A: Tensor): Tensor {
  checkFinite('expm', A)
  const shape = squareOf('expm', A)
  const { n } = shape
  if (n === 0) return A
  const norm = oneNorm(matrixAt(A, shape, 0), n, n)
  const [degree] = degrees.find(([, reach]) => norm <= reach) ?? degrees.at(-1)!
  const squarings = Math.max(0, Math.ceil(Math.log2(norm / degrees.at(-1)![1])))
  if (!(squarings < 1100)) demand(overflow('expm', A))
  let X = pade(degree, mul(A, 2 ** -squarings))
  for (let i = 0; i < squarings; i++) {
    const next = matmul(X, X)
    X.dispose()
    X = next
  }
  if (finiteness('expm', X).outcome !== 'ok') demand(overflow('expm', X))
  return X
}

/** q(A)^-1 p(A): with odd part U and even part V, (V - U)^-1 (V + U). */
function pade(degree: number, A: Tensor): Tensor {
  const b = coefficients(degree)
  const I = eye(A.shape[0]!, { dtype: 'f64' })
  const A2 = matmul(A, A)
  const powers = [I, A2]
  const top = degree === 13 ? 3 : (degree - 1) / 2
  for (let i = 2; i <= top; i++) powers.push(matmul(powers[i - 1]!, A2))
  const combine = (from: number, scales: readonly number[]): Tensor =>
    scales.map((scale, i) => mul(powers[from + i]!, scale)).reduce((sum, one) => add(sum, one))
  const odd = b.filter((_, i) => i % 2 === 1)
  const even = b.filter((_, i) => i % 2 === 0)
  const part = (c: readonly number[]): Tensor =>
    degree === 13 ? add(matmul(powers[3]!, combine(1, c.slice(4, 7))), combine(0, c.slice(0, 4))) : combine(0, c)
  const U = matmul(A, part(odd))
  const V = part(even)
  return solve(sub(V, U), add(V, U))
}

/** b[i] = (2m - i)! m! / ((2m)! (m - i)! i!), scaled so that b[m] = 1. */
function coefficients(m: number): number[] {
  const b = new Array<number>(m + 1).fill(1)
  for (let i = m - 1; i >= 0; i--) b[i] = (b[i + 1]! * (i + 1) * (2 * m - i)) / (m - i)
  return b
}

/** The derivative of exp at A in direction E: the upper right block of exp [[A, E], [0, A]]. */
function frechet(A: Tensor, E: Tensor): Tensor {
  const n = A.shape.at(-1)!
  const lower = concat([zeros(A.shape, { dtype: 'f64' }), A], A.rank - 1)
  const whole = expm(concat([concat([A, E], A.rank - 1), lower], A.rank - 2))
  const lead = new Array<null>(A.rank - 2).fill(null)
  return slice(whole, ...lead, { stop: n }, { start: n })
}
