/** Which method suits a matrix, and why: the order of the attempts. */
import { plural } from '../../core/index.js'
import type { MethodName } from '../krylov/methods.js'
import type { PreconditionerName } from '../krylov/precondition/index.js'
import { directLimit, type MatrixFacts } from './examine.js'

export const directMethods = ['cholesky', 'lu', 'band'] as const
export type SystemMethod = (typeof directMethods)[number] | MethodName

export interface Attempt {
  readonly method: SystemMethod
  readonly preconditioner: PreconditionerName | null
  /** A clause without a full stop. */
  readonly why: string
}

/** Numbers in a band that elimination may hold: 160 MB, and a second or two of work. */
const mostBandNumbers = 2e7

/** Attempts in order; the first that converges ends it. There is at least one. */
export function chooseMethods(facts: MatrixFacts): Attempt[] {
  const { rows, columns, symmetric, definite, emptyLines, zeroDiagonal, condition } = facts
  const least: Attempt = { method: 'lsqr', preconditioner: null, why: 'least squares of minimum norm' }
  if (rows !== columns) return [{ ...least, why: `the matrix is ${rows} by ${columns}, not square: least squares` }]
  if (emptyLines > 0)
    return [{ ...least, why: `${plural(emptyLines, 'row or column is', 'rows and columns are')} empty, so the matrix is singular: least squares of minimum norm` }] // biome-ignore format: one line
  if (rows <= directLimit) {
    if (definite === 'positive')
      return [{ method: 'cholesky', preconditioner: null, why: `symmetric positive definite and small enough (order up to ${directLimit}) for a direct solution` }] // biome-ignore format: one line
    if (condition !== null && condition < 1 / Number.EPSILON)
      return [{ method: 'lu', preconditioner: null, why: `small enough (order up to ${directLimit}) for a direct solution${symmetric ? ', and not positive definite' : ''}` }] // biome-ignore format: one line
    return [{ ...least, why: 'the matrix is singular to working precision: least squares of minimum norm' }]
  }
  const iterative = symmetric ? forSymmetric(definite) : forGeneral(zeroDiagonal)
  const { lower, upper } = facts.bandwidth
  if (rows * (2 * lower + upper + 1) > mostBandNumbers) return [...iterative, least]
  const band: Attempt = { method: 'band', preconditioner: null, why: `all entries lie within ${lower} below and ${upper} above the diagonal, so elimination stays there` } // biome-ignore format: one line
  return [band, ...iterative, least]
}

function forSymmetric(definite: MatrixFacts['definite']): Attempt[] {
  const minres: Attempt = { method: 'minres', preconditioner: null, why: 'symmetric and not positive definite' }
  if (definite === 'no') return [minres]
  const what =
    definite === 'positive' ? 'symmetric positive definite' : 'symmetric with nothing against positive definiteness'
  return [
    { method: 'cg', preconditioner: 'ic0', why: `${what}: conjugate gradients with an incomplete Cholesky factor` },
    { method: 'cg', preconditioner: 'jacobi', why: `${what}: conjugate gradients with the diagonal` },
    minres,
  ]
}

function forGeneral(zeroDiagonal: number): Attempt[] {
  const plain: Attempt = { method: 'gmres', preconditioner: null, why: `not symmetric${zeroDiagonal > 0 ? ', and zeros on the diagonal rule out the usual preconditioners' : ''}` } // biome-ignore format: one line
  if (zeroDiagonal > 0) return [plain]
  return [
    { method: 'gmres', preconditioner: 'ilu0', why: 'not symmetric: GMRES with an incomplete LU factor' },
    { method: 'bicgstab', preconditioner: 'jacobi', why: 'not symmetric: BiCGSTAB with the diagonal' },
  ]
}
