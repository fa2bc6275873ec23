/** The methods by name, with what each asks of the matrix. */
import { bicgstab } from './bicgstab.js'
import { cg } from './cg.js'
import { gmres } from './gmres.js'
import { lsmr } from './lsmr.js'
import { lsqr } from './lsqr.js'
import { minres } from './minres.js'
import { gaussSeidel, jacobi, sor } from './stationary.js'
import type { Method } from './system.js'

export const methodNames = [
  'cg',
  'minres',
  'gmres',
  'bicgstab',
  'lsqr',
  'lsmr',
  'jacobi',
  'gaussSeidel',
  'sor',
] as const
export type MethodName = (typeof methodNames)[number]

export interface MethodFacts {
  readonly method: Method
  /** Asks for A = Aᵀ. */
  readonly isSymmetric?: true
  /** Takes rectangular A, and needs Aᵀ. */
  readonly isRectangular?: true
  /** Needs the entries of A. */
  readonly needsEntries?: true
  /** Takes a preconditioner. */
  readonly isPreconditioned?: true
  /** Stops on a recurrence's residual, which rounding may take away from the true one. */
  readonly isRecurrence?: true
  /** Default of `maxIterations`, as in SciPy where it has the method. */
  readonly limit: (rows: number, columns: number) => number
}

export const methods: Readonly<Record<MethodName, MethodFacts>> = {
  cg: { method: cg, isSymmetric: true, isPreconditioned: true, isRecurrence: true, limit: (n) => 10 * n },
  minres: { method: minres, isSymmetric: true, isPreconditioned: true, limit: (n) => 5 * n },
  gmres: { method: gmres, isPreconditioned: true, isRecurrence: true, limit: (n) => 10 * n },
  bicgstab: { method: bicgstab, isPreconditioned: true, isRecurrence: true, limit: (n) => 10 * n },
  lsqr: { method: lsqr, isRectangular: true, limit: (_, n) => 2 * n },
  lsmr: { method: lsmr, isRectangular: true, limit: (m, n) => Math.max(2, Math.min(m, n)) * 2 },
  jacobi: { method: jacobi, needsEntries: true, limit: (n) => 10 * n },
  gaussSeidel: { method: gaussSeidel, needsEntries: true, limit: (n) => 10 * n },
  sor: { method: sor, needsEntries: true, limit: (n) => 10 * n },
}
