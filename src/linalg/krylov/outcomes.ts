/** How an iteration can end: one table of what each outcome means and what to try next. */
import { NumericalError } from '../../core/index.js'

/**
 * | outcome | meaning |
 * |---|---|
 * | `converged` | the tolerance is met |
 * | `iteration-limit` | `maxIterations` are used up |
 * | `breakdown` | the recurrence divides by zero or leaves the range of float64 |
 * | `indefinite` | a method for positive definite matrices met a direction of negative curvature |
 * | `not-symmetric` | a method for symmetric matrices found that A is not |
 * | `inconsistent` | A is singular and b is not in its range: there is no solution |
 * | `stagnated` | the residual no longer falls: rounding, or a restart that loses what was gained |
 * | `diverged` | the residual grew beyond 1e8 times the first one |
 * | `zero-diagonal` | a method that divides by the diagonal met a zero there |
 */
export const outcomes = [
  'converged',
  'iteration-limit',
  'breakdown',
  'indefinite',
  'not-symmetric',
  'inconsistent',
  'stagnated',
  'diverged',
  'zero-diagonal',
] as const
export type Outcome = (typeof outcomes)[number]

interface Meaning {
  readonly what: string
  /** What to try next. */
  readonly hint: string
}

export const meanings: Readonly<Record<Outcome, Meaning>> = {
  converged: { what: 'the tolerance is met', hint: '' },
  'iteration-limit': {
    what: 'the iteration limit is reached',
    hint: 'Try a preconditioner (ic0 or ilu0), a larger maxIterations, or a looser tol.',
  },
  breakdown: {
    what: 'the recurrence broke down',
    hint: 'Try gmres, another starting vector x0, or a preconditioner.',
  },
  indefinite: { what: 'A is not positive definite', hint: 'Try minres for symmetric matrices, gmres for others.' },
  'not-symmetric': { what: 'A is not symmetric', hint: 'Try gmres or bicgstab.' },
  inconsistent: {
    what: 'A is singular and no x solves the system',
    hint: 'Try lsqr or lsmr, which give the least-squares solution.',
  },
  stagnated: {
    what: 'the residual no longer falls',
    hint: 'Try a larger restart, a preconditioner, or a looser tol: rounding may allow no better.',
  },
  diverged: {
    what: 'the iteration diverges',
    hint: 'Try a Krylov method (cg, minres, gmres) or a smaller omega.',
  },
  'zero-diagonal': {
    what: 'the diagonal holds a zero',
    hint: 'Try gmres without this preconditioner, or reorder the rows.',
  },
}

/** How a method ends, with what is special about this case. */
export interface Ending {
  readonly outcome: Outcome
  /** A clause that replaces the outcome's general one. */
  readonly detail?: string
}

/** The error of an iteration that did not converge, for callers that did not ask for a status by `check: false`. */
export function failure(
  method: string,
  ending: Ending,
  iterations: number,
  residual: number,
  tol: number,
): NumericalError {
  const { what, hint } = meanings[ending.outcome]
  return new NumericalError(
    ending.outcome,
    `${method}: ${ending.detail ?? what}, after ${iterations} iterations with a relative residual of ${residual.toExponential(2)}; expected ${tol}. ${hint}`,
  )
}
