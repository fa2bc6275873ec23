/** Solves A x = b with a sparse A by the method that suits it, or that is asked for, and says what came of it. */
import { UsageError } from '../../core/index.js'
import type { Lapack } from '../../lapack/index.js'
import { finishInTurns, type Hooks } from '../krylov/drive.js'
import { methodNames } from '../krylov/methods.js'
import { sparseOperator } from '../krylov/operators.js'
import { meanings, type Outcome } from '../krylov/outcomes.js'
import type { PreconditionerName } from '../krylov/precondition/index.js'
import { defaults, solveBy } from '../krylov/solve.js'
import { applyPlain } from '../sparse/algebra.js'
import type { Csr } from '../sparse/csr.js'
import { type Attempt, chooseMethods, directMethods, type SystemMethod } from './choose.js'
import { solveBand } from './direct.js'
import { directLimit, type Examined, examine, type MatrixFacts } from './examine.js'

export const systemMethods: readonly ('auto' | SystemMethod)[] = ['auto', ...directMethods, ...methodNames]

export interface SystemOptions extends Hooks {
  readonly method?: 'auto' | SystemMethod
  /** Default: what the method chosen works well with; for a method that was asked for, none. */
  readonly preconditioner?: PreconditionerName | null
  readonly tol?: number
  readonly maxIterations?: number
  readonly restart?: number
  readonly omega?: number
}

export interface SystemReport {
  readonly matrix: MatrixFacts
  readonly method: SystemMethod
  readonly preconditioner: PreconditionerName | null
  readonly why: string
  readonly outcome: Outcome
  /** What the outcome means and what to try, where it is not `converged`. */
  readonly explanation: string | null
  /** For direct methods, steps of iterative refinement. */
  readonly iterations: number
  /** ||b - A x|| / ||b||. */
  readonly residual: number
  readonly history: readonly number[]
  /** Bound of ||x - x*|| / ||x||, as good as the condition estimate; null without one. */
  readonly forwardError: number | null
  /** Earlier attempts that did not converge. */
  readonly attempts: readonly { method: SystemMethod; preconditioner: PreconditionerName | null; outcome: Outcome; residual: number }[] // biome-ignore format: one line
  readonly x: Float64Array
}

type Result = Pick<SystemReport, 'outcome' | 'iterations' | 'residual' | 'history' | 'x'> & { detail?: string }

/** `matrix` and `b` are finite. */
export async function solveSystem(
  lapack: Lapack,
  matrix: Csr,
  b: Float64Array,
  options: SystemOptions = {},
): Promise<SystemReport> {
  const examined = examine(lapack, matrix)
  try {
    const plan = planOf(examined.facts, options)
    const attempts: SystemReport['attempts'][number][] = []
    for (const [index, attempt] of plan.entries()) {
      const result = await attemptOnce(lapack, matrix, b, attempt, examined, options)
      if (result.outcome === 'converged' || index === plan.length - 1)
        return report(matrix, examined.facts, attempt, result, attempts, b)
      const { method, preconditioner } = attempt
      attempts.push({ method, preconditioner, outcome: result.outcome, residual: result.residual })
    }
    throw new Error('solveSystem: no attempt')
  } finally {
    examined.factor?.dispose()
  }
}

function planOf(facts: MatrixFacts, { method = 'auto', preconditioner }: SystemOptions): Attempt[] {
  if (method !== 'auto') return [{ method, preconditioner: preconditioner ?? null, why: 'asked for' }]
  if (preconditioner === undefined) return chooseMethods(facts)
  // A preconditioner that is asked for rules out direct methods and least squares.
  const { rows, columns, symmetric, definite } = facts
  if (rows !== columns) throw new UsageError(`solve: the matrix is ${rows} by ${columns}; preconditioners are for square ones. Try without.`) // biome-ignore format: one line
  const iterative = symmetric ? (definite === 'no' ? 'minres' : 'cg') : 'gmres'
  return [{ method: iterative, preconditioner, why: `${symmetric ? `symmetric${definite === 'no' ? ' and not positive definite' : ''}` : 'not symmetric'}; preconditioner asked for` }] // biome-ignore format: one line
}

async function attemptOnce(
  lapack: Lapack,
  matrix: Csr,
  b: Float64Array,
  { method, preconditioner }: Attempt,
  examined: Examined,
  options: SystemOptions,
): Promise<Result> {
  if (method === 'band') return byBand(lapack, matrix, b, examined.facts)
  if (method === 'lu' || method === 'cholesky') return byFactor(matrix, b, method, examined)
  const A = sparseOperator(lapack.kernels, matrix)
  try {
    const { ending, ...rest } = await finishInTurns(
      solveBy(method, lapack.kernels, A, b, null, {
        ...defaults,
        tol: options.tol ?? 1e-8,
        maxIterations: options.maxIterations,
        restart: options.restart ?? defaults.restart,
        omega: options.omega ?? defaults.omega,
        criterion: options.method === 'minres' ? 'backward' : 'residual',
        preconditioner,
        onIteration: options.onIteration,
        signal: options.signal,
      }),
      options.signal,
    )
    return { ...rest, outcome: ending.outcome, ...(ending.detail === undefined ? {} : { detail: ending.detail }) }
  } finally {
    A.dispose()
  }
}

/** ||b - A x|| / ||b||, and the residual itself. */
function residualOf(matrix: Csr, b: Float64Array, x: Float64Array): { r: Float64Array; relative: number } {
  const r = new Float64Array(matrix.rows)
  applyPlain(matrix, x, r)
  for (let i = 0; i < r.length; i++) r[i] = b[i]! - r[i]!
  const size = length(b)
  return { r, relative: length(r) / (size === 0 ? 1 : size) }
}

/** ||v|| without overflow. */
function length(v: Float64Array): number {
  let top = 0
  for (let i = 0; i < v.length; i++) top = Math.max(top, Math.abs(v[i]!))
  if (top === 0 || !Number.isFinite(top)) return top
  let sum = 0
  for (let i = 0; i < v.length; i++) sum += (v[i]! / top) ** 2
  return top * Math.sqrt(sum)
}

function byFactor(matrix: Csr, b: Float64Array, method: 'lu' | 'cholesky', { factor, facts }: Examined): Result {
  if (factor === null)
    throw new UsageError(
      `solve: ${method} of a matrix of ${facts.rows} by ${facts.columns}; expected a square of order up to ${directLimit}. Try auto or gmres.`,
    )
  const failed = (outcome: Outcome, detail: string): Result => ({ outcome, detail, iterations: 0, residual: 1, history: [1], x: new Float64Array(b.length) }) // biome-ignore format: one line
  if (method === 'cholesky' && factor.kind !== 'cholesky')
    return failed(facts.symmetric ? 'indefinite' : 'not-symmetric', facts.symmetric ? 'A is not positive definite' : 'A is not symmetric') // biome-ignore format: one line
  if (factor.zeroPivot > 0) return failed('breakdown', `pivot ${factor.zeroPivot} is zero: A is singular`)
  const x = b.slice()
  factor.solve(x)
  const first = residualOf(matrix, b, x)
  // One step of refinement, kept where it helps.
  const better = first.r.slice()
  factor.solve(better)
  for (let i = 0; i < x.length; i++) better[i]! += x[i]!
  const second = residualOf(matrix, b, better)
  const outcome = Number.isFinite(first.relative) ? 'converged' : 'breakdown'
  if (!(second.relative < first.relative)) return { outcome, iterations: 0, residual: first.relative, history: [first.relative], x } // biome-ignore format: one line
  return { outcome, iterations: 1, residual: second.relative, history: [first.relative, second.relative], x: better }
}

function byBand(lapack: Lapack, matrix: Csr, b: Float64Array, { rows, columns, bandwidth }: MatrixFacts): Result {
  if (rows !== columns) throw new UsageError(`solve: band elimination of a matrix of ${rows} by ${columns}; expected a square. Try lsqr.`) // biome-ignore format: one line
  const x = b.slice()
  const pivot = solveBand(lapack, matrix, bandwidth.lower, bandwidth.upper, x)
  if (pivot > 0) {
    const detail = `pivot ${pivot} is zero: A is singular`
    return { outcome: 'breakdown', detail, iterations: 0, residual: 1, history: [1], x: new Float64Array(rows) }
  }
  const { relative } = residualOf(matrix, b, x)
  // Rounding in a singular matrix may leave a pivot that is only nearly zero.
  const outcome = relative < 1e-6 ? 'converged' : 'stagnated'
  return { outcome, iterations: 0, residual: relative, history: [relative], x }
}

function report(
  matrix: Csr,
  facts: MatrixFacts,
  { method, preconditioner, why }: Attempt,
  { detail, ...result }: Result,
  attempts: SystemReport['attempts'],
  b: Float64Array,
): SystemReport {
  const { what, hint } = meanings[result.outcome]
  const explanation = result.outcome === 'converged' ? null : `${method}: ${detail ?? what}. ${hint}`
  return { matrix: facts, method, preconditioner, why, ...result, explanation, forwardError: forwardError(matrix, facts, b, result.x), attempts } // biome-ignore format: one line
}

/** cond(A) ||r|| / (||A|| ||x||) in the condition's norm. */
function forwardError(matrix: Csr, facts: MatrixFacts, b: Float64Array, x: Float64Array): number | null {
  const { condition, conditionFrom, norm, spectral } = facts
  if (condition === null || matrix.rows !== matrix.columns) return null
  const { r } = residualOf(matrix, b, x)
  const oneNorm = (v: Float64Array): number => v.reduce((sum, value) => sum + Math.abs(value), 0)
  const size = conditionFrom === 'factors' ? oneNorm : length
  const scale = (conditionFrom === 'factors' ? norm.one : spectral!) * size(x)
  return scale === 0 ? null : (condition * size(r)) / scale
}
