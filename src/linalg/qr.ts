/** QR factorization, A = Q R, plain or with column pivoting. */
import { add, concat, eye, matmul, slice, sub, transpose, tril } from '../tensor/index.js'
import { checkRight } from './apply.js'
import { NotDifferentiable } from './degenerate.js'
import type { Factorization } from './factorization.js'
import { checkFinite } from './outcome.js'
import { ofTriangle } from './pivots.js'
import {
  asReal,
  clearTriangle,
  copyOf,
  elementBytes,
  empty,
  joint,
  kernels,
  lapack,
  matrixAt,
  type Real,
  type Shape,
  type Stack,
  squareOf,
  stackOf,
  type Tensor,
  tidy,
  UsageError,
  view,
} from './support.js'
import { solveTriangular } from './triangular.js'

export interface QROptions {
  /** `reduced` (default): Q [m, k], R [k, n] with k = min(m, n). `complete`: Q [m, m], R [m, n]. */
  mode?: 'reduced' | 'complete'
  /** Exchange columns so that the diagonal of R falls in size: A[:, pivots] = Q R. */
  pivoting?: boolean
}

/** A = Q R of a matrix, or of each of a batch. */
export class QR implements Factorization {
  constructor(
    readonly Q: Tensor,
    readonly R: Tensor,
    /** With `pivoting`: column j of A[:, pivots] was column `pivots[j]` of A, i32 [.., n]; else null. */
    readonly pivots: Tensor | null,
    /** For this package: determinants of Q and of the exchange of columns together, +-1 each. */
    readonly signs: readonly number[],
  ) {}

  /** X with A X = b; of least squares when A has more rows than columns. Throws NumericalError where R is singular. */
  solve(b: Tensor): Tensor {
    const { Q, R, pivots } = this
    const [m, n] = [Q.shape.at(-2)!, R.shape.at(-1)!]
    if (R.shape.at(-2)! < n)
      throw new UsageError(`qr.solve: A is [${m}, ${n}], wider than tall; expected at least as many rows. Try lstsq.`)
    return tidy(() => {
      const right = asReal('qr.solve', b)
      checkRight('qr.solve', Q, right, m)
      const matrixB = right.rank === 1 ? right.unsqueeze(1) : right
      const half = slice(
        matmul(transpose(Q), matrixB),
        ...new Array<null>(Math.max(Q.rank, matrixB.rank) - 2).fill(null),
        { start: 0, stop: n },
      )
      const Y = solveTriangular(slice(R, ...new Array<null>(R.rank - 2).fill(null), { start: 0, stop: n }), half)
      const X = pivots === null ? Y : matmul(exchange(pivots, Y.dtype), Y)
      return right.rank === 1 ? X.squeeze(-1) : X
    })
  }

  det(): Tensor {
    squareOf('qr.det', this.product)
    return ofTriangle('det', this.R, this.signs)
  }

  logdet(): Tensor {
    squareOf('qr.logdet', this.product)
    return ofTriangle('logdet', this.R)
  }

  inverse(): Tensor {
    const { n, type } = squareOf('qr.inverse', this.product)
    return tidy(() => this.solve(eye(n, { dtype: type })))
  }

  /** The shape of A, for messages. */
  private get product(): { dtype: Tensor['dtype']; shape: Shape; rank: number } {
    const { Q, R } = this
    return { dtype: R.dtype, shape: [...Q.shape.slice(0, -1), R.shape.at(-1)!], rank: Q.rank }
  }
}

/** The matrix [.., n, n] that puts row j of what it multiplies to row `pivots[j]`. */
function exchange(pivots: Tensor, dtype: Tensor['dtype']): Tensor {
  const n = pivots.shape.at(-1)!
  const out = empty(dtype, [...pivots.shape, n])
  const [to, from] = [view(out).fill(0), view(pivots)]
  for (let at = 0; at < from.length; at++) {
    const b = Math.floor(at / n)
    to[(b * n + from[at]!) * n + (at - b * n)] = 1
  }
  return out
}

/**
 * QR factorization, A = Q R with orthonormal columns in Q and R upper triangular; with `pivoting`, of A with its columns exchanged.
 *
 * Shapes: A [.., m, n]. Dtypes: f32, f64; others in f64. The signs of R's diagonal are LAPACK's. Gradient: for the reduced form, where the
 * first min(m, n) columns are independent. Throws NumericalError when A is not finite. Source: LAPACK's geqrf, geqp3, orgqr; for the
 * gradient Walter & Lehmann 2018.
 *
 * @example
 * const { Q, R } = qr(A)
 */
export function qr(A: Tensor, options: QROptions = {}): QR {
  const { mode = 'reduced', pivoting = false } = options
  if (mode !== 'reduced' && mode !== 'complete')
    throw new UsageError(`qr: mode ${JSON.stringify(mode)}; expected 'reduced' or 'complete'.`)
  return tidy(() => {
    const X = asReal('qr', A)
    const stack = stackOf('qr', X)
    const { m, n, batch, type, count } = stack
    const rows = mode === 'complete' ? m : Math.min(m, n)
    const pivots = pivoting ? empty('i32', [...batch, n]) : null
    const signs = new Array<number>(count).fill(1)
    const shapes = [
      [...batch, m, rows],
      [...batch, rows, n],
    ]
    const [Q, R] = joint(
      'qr',
      type,
      shapes,
      [X],
      pivots ? [pivots] : [],
      ([q, r]) => factor(X, stack, q!, r!, pivots, signs),
      ([gQ, gR], [q, r], [exchanges]) => {
        if (rows > n) throw new NotDifferentiable("qr: a gradient is offered for mode 'reduced' only.")
        const gradient = qrGradient(gQ!, gR!, q!, r!)
        return [exchanges === undefined ? gradient : matmul(gradient, transpose(exchange(exchanges, type)))]
      },
    )
    return new QR(Q!, R!, pivots, signs)
  })
}

/** Factors a copy of A into Q and R, and tells the sign of det Q times that of the exchange. */
function factor(A: Tensor, stack: Stack, Q: Tensor, R: Tensor, pivots: Tensor | null, signs: number[]): void {
  const { type, m, n, count, step } = stack
  const k = Math.min(m, n)
  const columns = Q.shape.at(-1)!
  const bytes = elementBytes[type]
  const work = copyOf(A)
  checkFinite('qr', work)
  const tau = empty(type, [k])
  for (let i = 0; i < count; i++) {
    const a = work.pointer + i * step
    const q = Q.pointer + i * m * columns * bytes
    if (pivots === null) lapack().geqrf(type, m, n, a, n, tau.pointer)
    else lapack().geqp3(type, m, n, a, n, pivots.pointer + 4 * n * i, tau.pointer)
    const reflections = Array.from(view(tau)).filter((one) => one !== 0).length
    signs[i] = (reflections % 2 === 0 ? 1 : -1) * (pivots ? parity(view(pivots).subarray(i * n, (i + 1) * n)) : 1)
    const [from, toQ, toR] = [
      elements(type, a, m * n),
      elements(type, q, m * columns),
      matrixAt(R, { ...stack, m: columns, step: columns * n * bytes }, i),
    ]
    toR.set(from.subarray(0, columns * n))
    clearTriangle(type, 'below', columns, n, R.pointer + i * columns * n * bytes)
    if (columns === n) toQ.set(from)
    else for (let row = 0; row < m; row++) toQ.set(from.subarray(row * n, row * n + k), row * columns)
    lapack().orgqr(type, m, columns, k, q, columns, tau.pointer)
  }
}

const elements = (type: Real, pointer: number, length: number): Float32Array | Float64Array =>
  type === 'f64' ? kernels().f64(pointer, length) : kernels().f32(pointer, length)

/** Sign of a permutation. */
function parity(order: ArrayLike<number>): number {
  const seen = new Uint8Array(order.length)
  let sign = 1
  for (let start = 0; start < order.length; start++)
    for (let at = order[start]!; at !== start && seen[at] === 0; at = order[at]!) {
      seen[at] = 1
      sign = -sign
    }
  return sign
}

/** With Y the columns of A beyond the square part: their gradient is Q gV, and V = Q^T Y passes on to Q. */
function qrGradient(gQ: Tensor, gR: Tensor, Q: Tensor, R: Tensor): Tensor {
  const [m, n] = [Q.shape.at(-2)!, R.shape.at(-1)!]
  if (m >= n) return tallGradient(gQ, gR, Q, R)
  const before = new Array<null>(R.rank - 1).fill(null)
  const [U, V] = [slice(R, ...before, { stop: m }), slice(R, ...before, { start: m })]
  const [gU, gV] = [slice(gR, ...before, { stop: m }), slice(gR, ...before, { start: m })]
  const Y = matmul(Q, V)
  const square = tallGradient(add(gQ, matmul(Y, transpose(gV))), gU, Q, U)
  return concat([square, matmul(Q, gV)], R.rank - 1)
}

/** (gQ + Q copyltu(R gR^T - gQ^T Q)) R^-T; copyltu mirrors the lower triangle. */
function tallGradient(gQ: Tensor, gR: Tensor, Q: Tensor, R: Tensor): Tensor {
  const M = sub(matmul(R, transpose(gR)), matmul(transpose(gQ), Q))
  const mirrored = add(tril(M), transpose(tril(M, -1)))
  const inner = add(gQ, matmul(Q, mirrored))
  return transpose(solveTriangular(R, transpose(inner)))
}
