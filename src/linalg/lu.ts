/** LU factorization with row exchanges, A = P L U, and what is done with its factors. */
import { add, eye, matmul, mul, slice, to, transpose, tril, triu } from '../tensor/index.js'
import { applyInverse, checkRight, type Solver } from './apply.js'
import { NotDifferentiable } from './degenerate.js'
import type { Factorization } from './factorization.js'
import { checkFinite, demand, type Outcome, ok, type Status } from './outcome.js'
import { column, productLog, productOf, productValue } from './pivots.js'
import { isSuspicious, singularity } from './singular.js'
import {
  alias,
  asReal,
  commonReal,
  copyOf,
  elementBytes,
  empty,
  isTracked,
  kernels,
  lapack,
  matrixAt,
  type Real,
  record,
  type Stack,
  squareOf,
  stackOf,
  type Tensor,
  tidy,
  UsageError,
  view,
} from './support.js'
import { solveTriangular } from './triangular.js'

/** A = P L U of a matrix [m, n], or of each of a batch. P, L and U are made when first read. */
export class LU implements Factorization {
  /** As `outcome.ts`; a factorization exists also where A is singular. */
  readonly outcome: Outcome
  /** For this package: parts made so far. */
  readonly made: { P?: Tensor; L?: Tensor; U?: Tensor } = {}

  constructor(
    /** LAPACK's packed form [.., m, n]: U in the upper triangle, L without its diagonal of ones below. */
    readonly factors: Tensor,
    /** LAPACK's exchanges, 0-based [.., min(m, n)]: row i was exchanged with `pivots[i]`. */
    readonly pivots: Tensor,
    /** For this package: A on the tape, or null. */
    readonly source: Tensor | null,
    readonly status: readonly Status[],
  ) {
    this.outcome = status.find((one) => one.outcome !== 'ok')?.outcome ?? 'ok'
  }

  /** Permutation [.., m, m]. */
  get P(): Tensor {
    return this.part('P', () => permutation(this.factors, this.pivots))
  }

  /** [.., m, min(m, n)], ones on the diagonal; multipliers of size at most 1. */
  get L(): Tensor {
    const [m, k] = [this.factors.shape.at(-2)!, this.pivots.shape.at(-1)!]
    return this.part('L', () => {
      const unit = eye(m, { m: k, dtype: this.factors.dtype })
      return add(tril(columns(this.factors, k), -1), unit)
    })
  }

  /** [.., min(m, n), n]. */
  get U(): Tensor {
    const k = this.pivots.shape.at(-1)!
    return this.part('U', () => triu(rows(this.factors, k)))
  }

  private part(name: 'P' | 'L' | 'U', make: () => Tensor): Tensor {
    const found = this.made[name]
    if (found !== undefined && !found.isDisposed) return found
    const fresh = tidy(make)
    this.made[name] = fresh
    return fresh
  }

  solve(b: Tensor): Tensor {
    const stack = squareOf('lu.solve', this.factors)
    for (const one of this.status) demand(one)
    return tidy(() => {
      const right = asReal('lu.solve', b)
      checkRight('lu.solve', this.factors, right, stack.n)
      const type = commonReal(this.factors, right)
      if (type !== stack.type)
        throw new UsageError(
          `lu.solve: the factors are ${stack.type}, the right-hand side ${right.dtype}; expected one type. Try b.to('${stack.type}').`,
        )
      const X = applyInverse(
        luSolver(this.factors.detach(), this.pivots),
        this.source ?? this.factors.detach(),
        to(right, type),
      )
      return X
    })
  }

  det(): Tensor {
    return this.determinant('det')
  }

  logdet(): Tensor {
    return this.determinant('logdet')
  }

  inverse(): Tensor {
    const { n, type } = squareOf('lu.inverse', this.factors)
    return tidy(() => this.solve(eye(n, { dtype: type })))
  }

  private determinant(name: 'det' | 'logdet'): Tensor {
    const stack = squareOf(`lu.${name}`, this.factors)
    return tidy(() => {
      const out = empty(stack.type, stack.batch)
      const { n } = stack
      for (let i = 0; i < stack.count; i++) {
        const product = productOf(
          matrixAt(this.factors, stack, i),
          kernels().i32(this.pivots.pointer + 4 * n * i, n),
          n,
        )
        view(out)[i] = name === 'det' ? productValue(product) : productLog(product)
      }
      if (!isTracked(this.factors)) return out
      // An input of its own, so that it stands on the tape for gradients of gradients; its own gradient is part of A's.
      const inverse = this.inverse()
      return record(out, name, [this.source!, inverse], [inverse, out], (g, [X, d]) => [
        mul(column(name === 'det' ? mul(g, d!) : g), transpose(X!)),
        null,
      ])
    })
  }
}

const rows = (x: Tensor, k: number): Tensor => slice(x, ...lead(x), { start: 0, stop: k })
const columns = (x: Tensor, k: number): Tensor => slice(x, ...lead(x), null, { start: 0, stop: k })
const lead = (x: Tensor): null[] => new Array<null>(x.rank - 2).fill(null)

/** P [.., m, m] with A = P (L U) from LAPACK's exchanges. */
function permutation(factors: Tensor, pivots: Tensor): Tensor {
  const { m, n, count, batch, type } = stackOf('lu', factors)
  const k = Math.min(m, n)
  const out = empty(type, [...batch, m, m])
  view(out).fill(0)
  for (let b = 0; b < count; b++) {
    const order = Array.from({ length: m }, (_, i) => i)
    const exchanges = view(pivots).subarray(b * k, (b + 1) * k)
    for (const [i, j] of exchanges.entries()) [order[i], order[j]] = [order[j]!, order[i]!]
    const P = view(out).subarray(b * m * m, (b + 1) * m * m)
    for (const [i, from] of order.entries()) P[from * m + i] = 1
  }
  return out
}

/** Solves with packed factors [.., n, n]. */
export function luSolver(factors: Tensor, pivots: Tensor): Solver {
  return {
    name: 'solve',
    parts: [factors, pivots],
    solve([lu, ipiv], trans, B, places) {
      const [n, k] = [B.shape.at(-2)!, B.shape.at(-1)!]
      const type = B.dtype as Real
      const bytes = elementBytes[type]
      for (const [i, place] of places.entries())
        lapack().getrs(
          type,
          trans,
          n,
          k,
          lu!.pointer + place * n * n * bytes,
          n,
          ipiv!.pointer + place * n * 4,
          B.pointer + i * n * k * bytes,
          k,
        )
    },
  }
}

/** Factors a copy of A: packed factors and exchanges, and what is to be said of each matrix. A is a float. */
export function factorLU(op: string, A: Tensor): { factors: Tensor; pivots: Tensor; status: Status[]; stack: Stack } {
  const stack = stackOf(op, A)
  const { type, batch, count, m, n, step } = stack
  const k = Math.min(m, n)
  const factors = copyOf(A)
  checkFinite(op, factors)
  const pivots = empty('i32', [...batch, k])
  const original = A.isContiguous ? A : copyOf(A)
  const status = Array.from({ length: count }, (_, i): Status => {
    const info = lapack().getrf(type, m, n, factors.pointer + i * step, n, pivots.pointer + 4 * k * i)
    if (m !== n || (info === 0 && !isSuspicious(matrixAt(factors, stack, i), n, type))) return { ...ok, matrix: i }
    return singularity(op, original, stack, i)
  })
  return { factors, pivots, status, stack }
}

/**
 * LU factorization with partial pivoting, A = P L U, as an object with `P`, `L`, `U` and `solve`, `det`, `inverse`, `logdet`.
 *
 * Shapes: A [.., m, n]. Dtypes: f32, f64; others in f64. Gradient: for square matrices that are not singular. Singular ones have a
 * factorization, too, and `outcome` says so; `solve` then throws. Source: LAPACK's getrf.
 *
 * @example
 * const { P, L, U } = lu(A) // A = P L U
 * lu(A).solve(b)
 */
export function lu(A: Tensor): LU {
  return tidy(() => {
    const X = asReal('lu', A)
    const { factors, pivots, status, stack } = factorLU('lu', X)
    const wide = stack.m !== stack.n
    record(factors, 'lu', [X], [factors, pivots], (g, [F, exchanges]) => {
      if (wide) throw new NotDifferentiable('lu: a gradient is offered for square matrices only.')
      return [luGradient(g, F!, exchanges!)]
    })
    return new LU(factors, pivots, isTracked(X) ? alias(X) : null, status)
  })
}

/** P L^-T (tril(L^T gL, -1) + triu(gU U^T)) U^-T, g holding gL below the diagonal and gU in the rest. Source: differentiating P^T A = L U. */
function luGradient(g: Tensor, F: Tensor, pivots: Tensor): Tensor {
  const L = add(tril(F, -1), eye(F.shape.at(-1)!, { dtype: F.dtype }))
  const U = triu(F)
  const inner = add(tril(matmul(transpose(L), tril(g, -1)), -1), triu(matmul(triu(g), transpose(U))))
  const left = solveTriangular(L, inner, { upper: false, unit: true, trans: true })
  const both = transpose(solveTriangular(U, transpose(left)))
  return matmul(permutation(F.detach(), pivots), both)
}
