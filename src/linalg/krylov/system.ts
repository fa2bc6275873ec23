/** What every iterative method works on: an operator, a right-hand side, a starting point, and when to stop. */
import type { Pointer } from '../../kernels/index.js'
import type { Csr } from '../sparse/csr.js'
import type { Ending } from './outcomes.js'
import type { Vectors } from './vectors.js'

/** A matrix by what it does to float64 vectors in the kernels' memory. */
export interface Operator {
  readonly rows: number
  readonly columns: number
  /** y = A x; x and y are apart. */
  apply(x: Pointer, y: Pointer): void
  /** y = Aᵀ x; null where only A itself is known. */
  readonly applyTransposed: ((x: Pointer, y: Pointer) => void) | null
  /** The entries, where they are known. */
  readonly entries: (() => Csr) | null
}

/** z = M^-1 r, M near A. */
export interface Preconditioner {
  readonly name: string
  apply(r: Pointer, z: Pointer): void
}

export interface System {
  readonly vectors: Vectors
  readonly A: Operator
  readonly M: Preconditioner | null
  readonly b: Pointer
  /** Holds x0 at first, and the best x at the end. */
  readonly x: Pointer
  readonly normB: number
  /** max(tol ||b||, atol): where ||b - A x|| has to be. */
  readonly target: number
  readonly tol: number
  readonly maxIterations: number
  /** GMRES: iterations between restarts. */
  readonly restart: number
  /** SOR: relaxation. */
  readonly omega: number
  /** MINRES: stop on ||r|| / (||A|| ||x||), as SciPy, or on ||r|| / ||b||. */
  readonly criterion: 'backward' | 'residual'
}

/**
 * A method: yields the norm of the residual at the start and after each iteration (at most `maxIterations` of them), and returns how it
 * ended. The driver records, reports, and stops it between two iterations.
 */
export type Method = (system: System) => Generator<number, Ending, void>

/** r = b - A x; returns its norm. */
export function residual({ vectors, A, b, x }: System, r: Pointer): number {
  A.apply(x, r)
  vectors.subtract(A.rows, b, r, r)
  return vectors.norm(A.rows, r)
}

/** A residual this many times the first one is beyond hope. */
export const divergence = 1e8
