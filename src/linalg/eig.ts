/** Eigenvalues and eigenvectors of general real matrices: complex ones, as real and imaginary parts. */
import { type CheckOptions, checkFinite, demand, notConverged, type Outcome, ok, type Status } from './outcome.js'
import {
  asReal,
  copyOf,
  elementBytes,
  empty,
  lapack,
  type Stack,
  squareOf,
  type Tensor,
  tidy,
  view,
} from './support.js'

/** Complex numbers as two tensors of one shape. */
export interface Complex {
  readonly re: Tensor
  readonly im: Tensor
}

/** A V = V diag(eigenvalues). */
export interface Eig {
  /** [.., n]; conjugate pairs stand together, the one with the positive imaginary part first. */
  readonly eigenvalues: Complex
  /** Columns of norm 1 [.., n, n], the largest component of each real. */
  readonly eigenvectors: Complex
  readonly outcome: Outcome
}

/**
 * Eigenvalues and right eigenvectors of a square matrix, or of each of a batch. For symmetric matrices `eigh` is faster and its vectors are
 * orthonormal.
 *
 * Shapes: A [.., n, n]. Dtypes: f32, f64; others in f64. Order as LAPACK finds them. Throws NumericalError when A is not finite, or LAPACK's
 * iteration did not converge. Source: LAPACK's geev.
 *
 * @example
 * const { eigenvalues: { re, im } } = eig(tensor([[0, -1], [1, 0]])) // re [0, 0], im [1, -1]
 */
export function eig(A: Tensor, options: CheckOptions = {}): Eig {
  return tidy(() => {
    const X = asReal('eig', A)
    const stack = squareOf('eig', X)
    const [re, im] = [empty(stack.type, [...stack.batch, stack.n]), empty(stack.type, [...stack.batch, stack.n])]
    const vectors = empty(stack.type, X.shape)
    const status = decompose('eig', X, stack, re, im, vectors)
    if (options.check !== false) demand(status)
    return { eigenvalues: { re, im }, eigenvectors: unpacked(vectors, im, stack), outcome: status.outcome }
  })
}

/** Eigenvalues of a square matrix, or of each of a batch, without vectors: see `eig`. */
export function eigvals(A: Tensor, options: CheckOptions = {}): Complex {
  return tidy(() => {
    const X = asReal('eigvals', A)
    const stack = squareOf('eigvals', X)
    const [re, im] = [empty(stack.type, [...stack.batch, stack.n]), empty(stack.type, [...stack.batch, stack.n])]
    const status = decompose('eigvals', X, stack, re, im, null)
    if (options.check !== false) demand(status)
    return { re, im }
  })
}

function decompose(op: string, A: Tensor, stack: Stack, re: Tensor, im: Tensor, vectors: Tensor | null): Status {
  const { type, n, count, step } = stack
  const work = copyOf(A)
  checkFinite(op, work)
  let status = ok
  for (let i = 0; i < count; i++) {
    const at = i * n * elementBytes[type]
    const v = vectors === null ? 0 : vectors.pointer + i * step
    const info = lapack().geev(
      type,
      vectors !== null,
      n,
      work.pointer + i * step,
      n,
      re.pointer + at,
      im.pointer + at,
      v,
      Math.max(1, n),
    )
    if (info > 0) status = notConverged(op, A, info, i, count)
  }
  return status
}

/** Real and imaginary parts from LAPACK's packing: columns j and j + 1 of a pair are its real and imaginary parts. `packed` becomes the real ones. */
function unpacked(packed: Tensor, im: Tensor, { n, count, type }: Stack): Complex {
  const imaginary = empty(type, packed.shape)
  const [re, out, values] = [view(packed), view(imaginary).fill(0), view(im)]
  for (let b = 0; b < count; b++)
    for (let j = 0; j < n; j++) {
      if (!(values[b * n + j]! > 0) || j + 1 === n) continue
      for (let i = 0; i < n; i++) {
        const at = (b * n + i) * n + j
        out[at] = re[at + 1]!
        out[at + 1] = -re[at + 1]!
        re[at + 1] = re[at]!
      }
      j++
    }
  return { re: packed, im: imaginary }
}
