/** The solvers on tensors: what programs call. */
import { UsageError } from '../../core/index.js'
import { type DType, noGrad, promoteTypes, scope, Tensor } from '../../tensor/index.js'
import { castOf, checkTensor, describe, empty, kernels, lapack, together, typeCode } from '../../tensor/internal.js'
import { SparseMatrix } from '../sparse/matrix.js'
import { finish, finishInTurns, type Iteration } from './drive.js'
import { type MethodName, methodNames } from './methods.js'
import { denseOperator, sparseOperator } from './operators.js'
import { failure, type Outcome } from './outcomes.js'
import type { PreconditionerName } from './precondition/index.js'
import { defaults, type Settings, type Solved, solveBy } from './solve.js'
import type { Operator, Preconditioner } from './system.js'

/** A matrix, dense or sparse, or what it does to a vector: a function of x [n] (f64) that returns A x [n]. */
export type LinearMap = Tensor | SparseMatrix | ((x: Tensor) => Tensor)

export interface SolverOptions {
  /** Converged when ||b - A x|| <= max(tol ||b||, atol). Default 1e-5. (MINRES, LSQR and LSMR: see there.) */
  tol?: number
  /** Default 0. */
  atol?: number
  /** Default 10 n; MINRES 5 n, LSQR and LSMR 2 min(m, n). For GMRES all inner iterations count. */
  maxIterations?: number
  /** By name (the matrix has to be given by its entries), or a function r -> M^-1 r, which sees f64 vectors [n]. */
  preconditioner?: PreconditionerName | ((r: Tensor) => Tensor) | null
  /** Where to start; 0 by default. */
  x0?: Tensor
  /** GMRES: iterations between restarts. Default 30. */
  restart?: number
  /** SOR and SSOR: relaxation between 0 and 2. Default 1. */
  omega?: number
  /** MINRES: `backward` (default, as SciPy) stops at ||r|| <= tol ||A|| ||x||, `residual` at ||r|| <= tol ||b||. */
  criterion?: 'backward' | 'residual'
  /** `false` returns whatever the outcome is; by default every outcome but `converged` throws NumericalError with the outcome as its code. */
  check?: boolean
  onIteration?: (at: Iteration) => void
  /** Heard between two iterations; a call that does not return to the event loop hears only what `onIteration` aborts. */
  signal?: AbortSignal
}

export interface SolverResult {
  /** Of b's shape; its type is what A's and b's promote to. */
  x: Tensor
  outcome: Outcome
  iterations: number
  /** ||b - A x|| / ||b||, computed anew at the end. */
  residual: number
  /** ||b - A x|| / ||b|| at the start and after each iteration, as the method's recurrence knows it. */
  history: number[]
}

/**
 * Solves A x = b for symmetric positive definite A by conjugate gradients (Hestenes & Stiefel 1952).
 *
 * Shapes: A [n, n], b [n] or [n, 1]. Dtypes: f32 and f64; computed in f64, x in the type A and b promote to. No gradient.
 * Outcomes beside `converged`: `indefinite`, `not-symmetric` and `inconsistent` are found and told, `iteration-limit`, `stagnated`,
 * `diverged`, `breakdown`. Throws NumericalError for them, unless `check: false`.
 *
 * @example
 * const { x, iterations } = cg(sparse.diagonals([3, 3], { 0: [4], 1: [1], '-1': [1] }), ones([3], { dtype: 'f64' }))
 */
export function cg(A: LinearMap, b: Tensor, options?: SolverOptions): SolverResult {
  return solveNow('cg', A, b, options)
}

/** Solves A x = b for symmetric A, definite or not, by MINRES (Paige & Saunders 1975). As `cg`; see `criterion`. Preconditioners have to be positive definite. */
export function minres(A: LinearMap, b: Tensor, options?: SolverOptions): SolverResult {
  return solveNow('minres', A, b, options)
}

/** Solves A x = b for any square A by restarted GMRES (Saad & Schultz 1986), preconditioned from the right. As `cg`; keeps `restart` + 1 vectors. */
export function gmres(A: LinearMap, b: Tensor, options?: SolverOptions): SolverResult {
  return solveNow('gmres', A, b, options)
}

/** Solves A x = b for any square A by BiCGSTAB (van der Vorst 1992), preconditioned from the right. As `cg`; an iteration has two products. */
export function bicgstab(A: LinearMap, b: Tensor, options?: SolverOptions): SolverResult {
  return solveNow('bicgstab', A, b, options)
}

/** Solves A x = b or min ||b - A x|| for any A [m, n] by LSQR (Paige & Saunders 1982). `tol` serves as the paper's atol and btol; A must not be a function. */
export function lsqr(A: LinearMap, b: Tensor, options?: SolverOptions): SolverResult {
  return solveNow('lsqr', A, b, options)
}

/** As `lsqr`, by LSMR (Fong & Saunders 2011), whose ||Aᵀ r|| never grows: safer to stop early. */
export function lsmr(A: LinearMap, b: Tensor, options?: SolverOptions): SolverResult {
  return solveNow('lsmr', A, b, options)
}

/** Jacobi's iteration x += D^-1 (b - A x). A is dense or sparse; `zero-diagonal` and `diverged` are told. */
export function jacobi(A: LinearMap, b: Tensor, options?: SolverOptions): SolverResult {
  return solveNow('jacobi', A, b, options)
}

/** Gauss-Seidel's iteration, rows from first to last. As `jacobi`. */
export function gaussSeidel(A: LinearMap, b: Tensor, options?: SolverOptions): SolverResult {
  return solveNow('gaussSeidel', A, b, options)
}

/** Successive over-relaxation with `omega`; with 1 it is Gauss-Seidel. As `jacobi`. */
export function sor(A: LinearMap, b: Tensor, options?: SolverOptions): SolverResult {
  return solveNow('sor', A, b, options)
}

/**
 * Any of the methods by name, letting the event loop have its turn every few milliseconds: a page stays alive, and `signal` is heard at once.
 *
 * @example
 * await solveInTurns('cg', A, b, { signal: AbortSignal.timeout(1000) })
 */
export async function solveInTurns(
  method: MethodName,
  A: LinearMap,
  b: Tensor,
  options: SolverOptions = {},
): Promise<SolverResult> {
  if (!methodNames.includes(method))
    throw new UsageError(`solveInTurns: the method '${String(method)}'; expected ${methodNames.join(', ')}.`)
  const prepared = prepare(method, A, b, options)
  try {
    return prepared.result(await finishInTurns(prepared.run, options.signal))
  } finally {
    prepared.dispose()
  }
}

function solveNow(method: MethodName, A: LinearMap, b: Tensor, options: SolverOptions = {}): SolverResult {
  const prepared = prepare(method, A, b, options)
  try {
    return prepared.result(finish(prepared.run))
  } finally {
    prepared.dispose()
  }
}

interface Prepared {
  readonly run: Generator<void, Solved, void>
  result(solved: Solved): SolverResult
  dispose(): void
}

function prepare(name: MethodName, A: LinearMap, b: Tensor, options: SolverOptions): Prepared {
  checkTensor(name, b)
  if (b.rank < 1 || b.rank > 2 || (b.rank === 2 && b.shape[1] !== 1))
    throw new UsageError(`${name}: b is ${describe(b)}; expected a vector [n] or [n, 1]. Try one call for each column.`)
  const start = options.x0 === undefined ? null : startOf(name, options.x0)
  const { operator, type, dispose } = operatorOf(name, A, b)
  const { x0: _, check = true, preconditioner = null, onIteration, signal, ...rest } = options
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  const settings: Settings = {
    ...defaults,
    ...given,
    preconditioner:
      typeof preconditioner === 'function' ? functionPreconditioner(name, preconditioner, b) : preconditioner,
    onIteration,
    signal,
  }
  return {
    run: solveBy(name, kernels(), operator, elements(b), start, settings),
    result({ x, ending, iterations, residual, history }) {
      if (check && ending.outcome !== 'converged') throw failure(name, ending, iterations, residual, settings.tol)
      const out = empty(type, b.rank === 1 ? [operator.columns] : [operator.columns, 1])
      ;(out.data as Float64Array).set(x)
      return { x: out, outcome: ending.outcome, iterations, residual, history }
    },
    dispose,
  }
}

function startOf(name: MethodName, x0: Tensor): Float64Array {
  checkTensor(name, x0)
  return elements(x0)
}

/** A copy of a tensor's elements in float64. */
function elements(x: Tensor): Float64Array {
  return Float64Array.from(x.toArray() as ArrayLike<number>)
}

interface Prepositioned {
  readonly operator: Operator
  readonly type: DType
  dispose(): void
}

function operatorOf(name: MethodName, A: LinearMap, b: Tensor): Prepositioned {
  const float = b.dtype === 'f32' ? 'f32' : 'f64'
  if (A instanceof SparseMatrix) {
    checkFinite(
      name,
      A.entries.values.findIndex((value) => !Number.isFinite(value)),
      `${A}`,
    )
    const operator = sparseOperator(kernels(), A.entries)
    return { operator, type: promoteTypes(A.dtype, float), dispose: operator.dispose }
  }
  if (typeof A === 'function') {
    const n = b.shape[0]!
    const operator: Operator = {
      rows: n,
      columns: n,
      apply: (x, y) => applyFunction(`${name}: A`, A, n, x, y),
      applyTransposed: null,
      entries: null,
    }
    return { operator, type: float, dispose: () => undefined }
  }
  if (!(A instanceof Tensor) || A.rank !== 2)
    throw new UsageError(
      `${name}: A is ${A instanceof Tensor ? describe(A) : typeof A}; expected a matrix, a sparse matrix or a function.`,
    )
  const cast = castOf(A, 'f64')
  const dense = together(cast)
  const dispose = (): void => {
    if (dense !== cast) dense.dispose()
    if (cast !== A) cast.dispose()
  }
  try {
    checkFinite(name, kernels().array.firstNonfinite(typeCode.f64, dense.size, dense.pointer), describe(A))
  } catch (error) {
    dispose()
    throw error
  }
  const operator = denseOperator(lapack(), A.shape[0]!, A.shape[1]!, dense.pointer)
  return { operator, type: promoteTypes(A.dtype === 'f32' ? 'f32' : 'f64', float), dispose }
}

function checkFinite(name: MethodName, place: number, what: string): void {
  if (place >= 0) throw new UsageError(`${name}: A (${what}) holds NaN or an infinity; expected finite numbers.`)
}

function functionPreconditioner(name: MethodName, apply: (r: Tensor) => Tensor, b: Tensor): Preconditioner {
  const n = b.shape[0]!
  return { name: 'function', apply: (r, z) => applyFunction(`${name}: the preconditioner`, apply, n, r, z) }
}

/** y = f(x) on copies, so that nothing the function keeps is changed later. */
function applyFunction(what: string, f: (x: Tensor) => Tensor, n: number, x: number, y: number): void {
  scope(() =>
    noGrad(() => {
      const into = empty('f64', [n])
      const memory = kernels()
      memory.f64(into.pointer, n).set(memory.f64(x, n))
      const result = f(into)
      if (!(result instanceof Tensor) || result.size !== n)
        throw new UsageError(
          `${what} returned ${result instanceof Tensor ? describe(result) : typeof result} for f64[${n}]; expected ${n} elements.`,
        )
      const out = together(castOf(result, 'f64'))
      memory.f64(y, n).set(memory.f64(out.pointer, n))
    }),
  )
}
