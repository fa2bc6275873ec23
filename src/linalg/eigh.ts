/** Eigenvalues and eigenvectors of symmetric matrices. */
import { add, div, eye, matmul, mul, squeeze, sub, transpose, tril, triu, unsqueeze } from '../tensor/index.js'
import { checkRight } from './apply.js'
import { apart, usedColumns } from './degenerate.js'
import type { Factorization } from './factorization.js'
import { type CheckOptions, demand, finiteness, notConverged, type Outcome, ok, type Status } from './outcome.js'
import { ofTriangle } from './pivots.js'
import {
  asReal,
  copyInto,
  describe,
  diagonal,
  elementBytes,
  empty,
  epsilon,
  isTracked,
  isZero,
  joint,
  lapack,
  type Real,
  type Stack,
  squareOf,
  type Tensor,
  tidy,
  together,
  view,
} from './support.js'

export interface EighOptions extends CheckOptions {
  /** Read the upper triangle of A in place of the lower one. */
  upper?: boolean
}

/** A = V diag(eigenvalues) V^T of a symmetric matrix, or of each of a batch. */
export class Eigh implements Factorization {
  constructor(
    /** Ascending. */
    readonly eigenvalues: Tensor,
    /** Orthonormal, as columns. */
    readonly eigenvectors: Tensor,
    readonly outcome: Outcome = 'ok',
  ) {}

  /** X with A X = b. Throws NumericalError where an eigenvalue is zero to working precision. */
  solve(b: Tensor): Tensor {
    return tidy(() => {
      const { eigenvalues: w, eigenvectors: V } = this
      const right = asReal('eigh.solve', b)
      checkRight('eigh.solve', V, right, V.shape.at(-1)!)
      if (right.rank === 1) return squeeze(this.solve(unsqueeze(right, 1)), -1)
      demand(this.singularity())
      return matmul(V, div(matmul(transpose(V), right), unsqueeze(w, -1)))
    })
  }

  det(): Tensor {
    return tidy(() => ofTriangle('det', diagonal(this.eigenvalues)))
  }

  logdet(): Tensor {
    return tidy(() => ofTriangle('logdet', diagonal(this.eigenvalues)))
  }

  inverse(): Tensor {
    const { eigenvalues: w } = this
    return tidy(() => this.solve(eye(w.shape.at(-1)!, { dtype: w.dtype })))
  }

  private singularity(): Status {
    const { eigenvalues, eigenvectors } = this
    const n = eigenvalues.shape.at(-1)!
    const values = view(together(eigenvalues.detach()))
    for (let start = 0; start < values.length; start += n) {
      const sizes = Array.from(values.subarray(start, start + n), Math.abs)
      const rcond = Math.min(...sizes) / Math.max(...sizes)
      if (rcond >= epsilon[eigenvalues.dtype as Real]) continue
      const pivot = sizes.indexOf(Math.min(...sizes))
      const message = `eigh.solve: ${describe(eigenvectors)} is singular to working precision (eigenvalue ${pivot} is ${values[start + pivot]}). Try lstsq or pinv.`
      return { outcome: 'singular', pivot, rcond: rcond || 0, matrix: start / n, message }
    }
    return ok
  }
}

/**
 * Eigenvalues (ascending) and orthonormal eigenvectors (columns) of a symmetric matrix, or of each of a batch. One triangle is read, the lower
 * one by default.
 *
 * Shapes: A [.., n, n] -> eigenvalues [.., n], eigenvectors [.., n, n]. Dtypes: f32, f64; others in f64. The signs of vectors are arbitrary.
 * Gradient: symmetric; of values always, of vectors where their values are not repeated, else NumericalError (`not-differentiable`). Throws
 * NumericalError when A is not finite, or LAPACK's iteration did not converge. Source: LAPACK's syevd.
 *
 * @example
 * const { eigenvalues, eigenvectors } = eigh(A)
 */
export function eigh(A: Tensor, options: EighOptions = {}): Eigh {
  return tidy(() => {
    const X = asReal('eigh', A)
    const stack = squareOf('eigh', X)
    const { n, batch, type } = stack
    let status = ok
    const shapes = [[...batch, n], X.shape]
    const [w, V] = joint(
      'eigh',
      type,
      shapes,
      [X],
      [],
      (results) => {
        status = decompose('eigh', X, stack, options.upper ?? false, results[0]!, results[1]!, true)
      },
      ([gw, gV], [values, vectors]) => [eighGradient(gw!, gV!, values!, vectors!)],
    )
    if (options.check !== false) demand(status)
    return new Eigh(w!, V!, status.outcome)
  })
}

/** Eigenvalues of a symmetric matrix, ascending: see `eigh`, in less time. Shapes: [.., n, n] -> [.., n]. */
export function eigvalsh(A: Tensor, options: EighOptions = {}): Tensor {
  return tidy(() => {
    const X = asReal('eigvalsh', A)
    if (isTracked(X)) return eigh(X, options).eigenvalues
    const stack = squareOf('eigvalsh', X)
    const w = empty(stack.type, [...stack.batch, stack.n])
    const status = decompose('eigvalsh', X, stack, options.upper ?? false, w, empty(stack.type, X.shape), false)
    if (options.check !== false) demand(status)
    return w
  })
}

function decompose(
  op: string,
  A: Tensor,
  stack: Stack,
  upper: boolean,
  w: Tensor,
  V: Tensor,
  vectors: boolean,
): Status {
  const { type, n, count, step } = stack
  copyInto(V, A)
  if (finiteness(op, V).outcome !== 'ok') {
    // What counts is the triangle that is read; the other is made zero.
    const read = upper ? triu(V) : tril(V)
    demand(finiteness(op, read))
    copyInto(V, read)
  }
  let status = ok
  for (let i = 0; i < count; i++) {
    const info = lapack().syevd(
      type,
      vectors,
      upper ? 'upper' : 'lower',
      n,
      V.pointer + i * step,
      n,
      w.pointer + i * n * elementBytes[type],
    )
    if (info > 0) status = notConverged(op, A, info, i, count)
  }
  return status
}

/** V [diag(gw) + sym(F * (V^T gV))] V^T with F[i, j] = 1 / (w_j - w_i). */
function eighGradient(gw: Tensor, gV: Tensor, w: Tensor, V: Tensor): Tensor {
  let inner = diagonal(gw)
  if (!isZero(gV)) {
    const mask = apart('eigh', w.detach(), usedColumns(gV), w.shape.at(-1)!)
    const F = div(mask, add(sub(unsqueeze(w, -2), unsqueeze(w, -1)), sub(1, mask)))
    const product = mul(F, matmul(transpose(V), gV))
    inner = add(inner, mul(add(product, transpose(product)), 0.5))
  }
  return matmul(matmul(V, inner), transpose(V))
}
