/** Cholesky factorization of symmetric positive definite matrices, A = L L^T. */
import { add, eye, matmul, mul, sub, Tensor, transpose, tril } from '../tensor/index.js'
import { checkRight } from './apply.js'
import type { Factorization } from './factorization.js'
import { type CheckOptions, demand, finiteness, type Outcome, ok, type Status, whichMatrix } from './outcome.js'
import { ofTriangle } from './pivots.js'
import { asReal, clearTriangle, copyOf, describe, lapack, record, squareOf, tidy } from './support.js'
import { solveTriangular } from './triangular.js'

/** The factor L, a tensor, that can also solve. */
export type Cholesky = Tensor &
  Factorization & {
    /** The tensor itself, for who likes `const { L } = cholesky(A)`. */
    readonly L: Tensor
    readonly outcome: Outcome
  }

export interface CholeskyOptions extends CheckOptions {
  /** Read the upper triangle of A in place of the lower one. The result is L in either case. */
  upper?: boolean
}

/**
 * The lower triangular L with A = L L^T and a positive diagonal, of a symmetric positive definite matrix, or of each of a batch. Only one triangle
 * of A is read (the lower one by default). The tensor has `solve`, `det`, `inverse`, `logdet` for A.
 *
 * Shapes: [.., n, n] -> [.., n, n]. Dtypes: f32, f64; others in f64. Gradient: symmetric, as of a function of symmetric matrices.
 * Throws NumericalError when A is not positive definite, with the order of the first minor that is not positive. Source: LAPACK's potrf; Murray
 * 2016 for the gradient.
 *
 * @example
 * cholesky(tensor([[4, 2], [2, 5]])) // [[2, 0], [1, 2]]
 */
export function cholesky(A: Tensor, options: CholeskyOptions = {}): Cholesky {
  return tidy(() => {
    const X = asReal('cholesky', A)
    const { L: factor, status } = factorCholesky('cholesky', X, options.upper ?? false)
    if (options.check !== false) demand(status)
    const L = new CholeskyTensor(factor, status)
    record(L, 'cholesky', [X], [L], (g, [saved]) => [choleskyGradient(g, saved!)])
    return L
  })
}

/** L of a copy of A, its upper triangle cleared, and the first failure. */
export function factorCholesky(op: string, A: Tensor, upper = false): { L: Tensor; status: Status } {
  const { type, count, n, step } = squareOf(op, A)
  const L = copyOf(upper ? transpose(A.detach()) : A)
  let status = ok
  for (let i = 0; i < count; i++) {
    const at = L.pointer + i * step
    const info = lapack().potrf(type, 'lower', n, at, n)
    clearTriangle(type, 'above', n, n, at)
    if (info > 0 && status.outcome === 'ok')
      status = {
        ...ok,
        outcome: 'not-positive-definite',
        pivot: info - 1,
        matrix: i,
        message: `${op}: ${describe(A)}${whichMatrix(i, count)} is not positive definite: its leading minor of order ${info} is not positive. Try lu, ldlt or eigh, or { check: false }.`,
      }
  }
  // NaN and infinities reach the diagonal or the rows below, and are told apart here, where it costs nothing.
  if (status.outcome !== 'ok' || finiteness(op, L).outcome !== 'ok') {
    const read = finiteness(op, tril(copyOf(upper ? transpose(A.detach()) : A)))
    if (read.outcome !== 'ok') status = read
  }
  return { L, status }
}

/** L^-T Phi(L^T g) L^-1, made symmetric; Phi takes the lower triangle with half the diagonal. */
function choleskyGradient(g: Tensor, L: Tensor): Tensor {
  const product = tril(matmul(transpose(L), g))
  const half = sub(product, mul(product, eye(L.shape.at(-1)!, { dtype: L.dtype }).mul(0.5)))
  const symmetric = mul(add(half, transpose(half)), 0.5)
  const left = solveTriangular(L, symmetric, { upper: false, trans: true })
  return transpose(solveTriangular(L, transpose(left), { upper: false, trans: true }))
}

/** A class of its own: methods given to each object cost two microseconds, a third of a call at n = 16. */
class CholeskyTensor extends Tensor implements Factorization {
  #status: Status

  /** Takes L's elements over. */
  constructor(L: Tensor, status: Status) {
    const { storage } = L
    storage.refs++
    storage.tensors++
    super(L.dtype, L.shape, L.strides, L.offset, storage, L.size, L.isContiguous)
    this.#status = status
    L.dispose()
  }

  get L(): Tensor {
    return this
  }

  get outcome(): Outcome {
    return this.#status.outcome
  }

  solve(b: Tensor): Tensor {
    demand(this.#status)
    return tidy(() => {
      const right = asReal('cholesky.solve', b)
      checkRight('cholesky.solve', this, right, this.shape.at(-1)!)
      const half = solveTriangular(this, right, { upper: false })
      return solveTriangular(this, half, { upper: false, trans: true })
    })
  }

  det(): Tensor {
    demand(this.#status)
    return tidy(() => {
      const root = ofTriangle('det', this)
      return mul(root, root)
    })
  }

  logdet(): Tensor {
    demand(this.#status)
    return tidy(() => mul(ofTriangle('logdet', this), 2))
  }

  inverse(): Tensor {
    demand(this.#status)
    return tidy(() => this.solve(eye(this.shape.at(-1)!, { dtype: this.dtype })))
  }
}
