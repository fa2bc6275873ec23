/** One solution by one method, on float64 arrays: what the functions on tensors and the command line share. */
import { NormballError, UsageError } from '../../core/index.js'
import type { Kernels, Pointer } from '../../kernels/index.js'
import { drive, type Hooks } from './drive.js'
import { type MethodName, methods } from './methods.js'
import type { Ending } from './outcomes.js'
import { makePreconditioner, type PreconditionerName, preconditioners } from './precondition/index.js'
import type { Operator, Preconditioner, System } from './system.js'
import { Vectors } from './vectors.js'

export interface Settings extends Hooks {
  readonly tol: number
  readonly atol: number
  readonly maxIterations: number | undefined
  readonly restart: number
  readonly omega: number
  readonly criterion: 'backward' | 'residual'
  /** By name, or as z = M^-1 r on vectors in the kernels' memory. */
  readonly preconditioner: PreconditionerName | Preconditioner | null
}

export const defaults: Settings = {
  tol: 1e-5,
  atol: 0,
  maxIterations: undefined,
  restart: 30,
  omega: 1,
  criterion: 'backward',
  preconditioner: null,
}

export interface Solved {
  readonly x: Float64Array
  readonly ending: Ending
  readonly iterations: number
  readonly residual: number
  readonly history: number[]
}

const finishedEarly = (ending: Ending, columns: number): Solved => ({
  x: new Float64Array(columns),
  ending,
  iterations: 0,
  residual: 1,
  history: [1],
})

/** Yields after every iteration. b and x0 are finite and fit; settings are checked here. */
export function* solveBy(
  name: MethodName,
  kernels: Kernels,
  given: Operator,
  b: Float64Array,
  x0: Float64Array | null,
  settings: Settings,
): Generator<void, Solved, void> {
  check(name, given, b, x0, settings)
  const { method, isRecurrence, isSymmetric, limit } = methods[name]
  const [m, n] = [given.rows, given.columns]
  const vectors = new Vectors(kernels)
  try {
    const bAt = vectors.alloc(m)
    const xAt = vectors.alloc(n)
    vectors.view(bAt, m).set(b)
    if (x0 === null) vectors.view(xAt, n).fill(0)
    else vectors.view(xAt, n).set(x0)
    // (factor A) x' = b / unit, x = unit factor x': everything stays in the middle of float64's range.
    const unit = powerOfTwo(vectors.norm(m, bAt))
    vectors.scale(m, 1 / unit, bAt, bAt)
    const factor = factorFor(vectors, given, bAt)
    const A = factor === 1 ? given : scaledOperator(vectors, given, factor)
    vectors.scale(n, 1 / unit / factor, xAt, xAt)
    const normB = vectors.norm(m, bAt)
    // Any method would divide by ||b||; and x = 0 is the answer.
    if (normB === 0) return { ...finishedEarly({ outcome: 'converged' }, n), residual: 0, history: [0] }
    if (isSymmetric && !looksSymmetric(vectors, A)) return finishedEarly({ outcome: 'not-symmetric' }, n)
    const M = preconditionerOf(settings, A, vectors)
    if ('outcome' in M) return finishedEarly(M, n)
    const system: System = {
      vectors,
      A,
      M: M.preconditioner,
      b: bAt,
      x: xAt,
      normB,
      target: Math.max(settings.tol * normB, settings.atol / unit),
      tol: settings.tol,
      maxIterations: settings.maxIterations ?? limit(m, n),
      restart: settings.restart,
      omega: settings.omega,
      criterion: settings.criterion,
    }
    // With a preconditioner MINRES knows the residual in M^-1's norm only.
    const isClaimed = isRecurrence === true || (name === 'minres' && settings.criterion === 'residual')
    const driven = yield* drive(method, system, isClaimed, settings)
    vectors.scale(n, unit * factor, xAt, xAt)
    return { ...driven, x: vectors.view(xAt, n).slice() }
  } finally {
    vectors.dispose()
  }
}

/** 1 for matrices of ordinary size; else the power of two that makes them so, as far as their product with b shows. */
function factorFor(vectors: Vectors, A: Operator, b: Pointer): number {
  if (A.rows === 0 || A.columns === 0) return 1
  const z = vectors.alloc(A.columns)
  if (A.applyTransposed === null) A.apply(b, z)
  else A.applyTransposed(b, z)
  const size = vectors.norm(A.columns, z)
  return size > 1e-60 && size < 1e60 ? 1 : 1 / powerOfTwo(size)
}

function scaledOperator(vectors: Vectors, A: Operator, factor: number): Operator {
  const { rows, columns, applyTransposed, entries } = A
  const multiplied = (apply: Operator['apply'], length: number) => (x: Pointer, y: Pointer) => {
    apply(x, y)
    vectors.scale(length, factor, y, y)
  }
  return {
    rows,
    columns,
    apply: multiplied(A.apply, rows),
    applyTransposed: applyTransposed && multiplied(applyTransposed, columns),
    entries: entries && (() => ({ ...entries(), values: entries().values.map((value) => value * factor) })),
  }
}

/** The power of two next to a norm, within what has an inverse; 1 of 0. */
const powerOfTwo = (norm: number): number =>
  norm === 0 ? 1 : 2 ** Math.max(-1000, Math.min(1000, Math.round(Math.log2(norm))))

function preconditionerOf(
  { preconditioner, omega }: Settings,
  A: Operator,
  vectors: Vectors,
): { preconditioner: Preconditioner | null } | Ending {
  if (typeof preconditioner !== 'string') return { preconditioner }
  try {
    return { preconditioner: makePreconditioner(preconditioner, A.entries!(), vectors, omega) }
  } catch (error) {
    if (!(error instanceof NormballError) || error.exitCode !== 3) throw error
    return { outcome: error.code as Ending['outcome'], detail: error.message.replace(/;.*$/s, '') }
  }
}

/** uᵀ A v = vᵀ A u for two vectors without structure: no matrix that matters passes by accident, and it costs two products. */
function looksSymmetric(vectors: Vectors, A: Operator): boolean {
  const n = A.rows
  if (n < 2) return true
  const [u, v, Au, Av] = Array.from({ length: 4 }, () => vectors.alloc(n)) as [number, number, number, number]
  const [inU, inV] = [vectors.view(u, n), vectors.view(v, n)]
  // Weyl sequences: irrational steps modulo 1.
  for (let i = 0; i < n; i++) {
    inU[i] = ((i * 0.6180339887498949) % 1) - 0.5
    inV[i] = ((i * 0.7548776662466927) % 1) - 0.5
  }
  A.apply(u, Au)
  A.apply(v, Av)
  const difference = Math.abs(vectors.dot(n, v, Au) - vectors.dot(n, u, Av))
  const scale = vectors.norm(n, Au) * vectors.norm(n, v) + vectors.norm(n, Av) * vectors.norm(n, u)
  return !(difference > 1e-7 * scale)
}

function check(name: MethodName, A: Operator, b: Float64Array, x0: Float64Array | null, settings: Settings): void {
  const { isRectangular, needsEntries, isPreconditioned } = methods[name]
  const refuse = (what: string): never => {
    throw new UsageError(`${name}: ${what}`)
  }
  const size = `[${A.rows}, ${A.columns}]`
  if (!isRectangular && A.rows !== A.columns) refuse(`A is ${size}; expected a square. Try lsqr or lsmr.`)
  if (isRectangular && A.applyTransposed === null)
    refuse('A is a function, but the method needs products with Aᵀ too. Try a dense or a sparse matrix.')
  if (needsEntries && A.entries === null)
    refuse('A is a function, but the method needs its entries. Try a dense or a sparse matrix, or cg or gmres.')
  if (b.length !== A.rows) refuse(`b has ${b.length} elements for A ${size}; expected ${A.rows}.`)
  if (x0 !== null && x0.length !== A.columns)
    refuse(`x0 has ${x0.length} elements for A ${size}; expected ${A.columns}.`)
  for (const [what, values] of [['b', b], ['x0', x0]] as const) {
    const place = values === null ? -1 : values.findIndex((value) => !Number.isFinite(value))
    if (place >= 0) refuse(`${what} holds ${values![place]} at [${place}]; expected finite numbers.`)
  } // biome-ignore format: pairs
  const { tol, atol, maxIterations, restart, omega, criterion, preconditioner } = settings
  if (!(tol >= 0 && tol < 1)) refuse(`tol is ${tol}; expected at least 0 and under 1.`)
  if (!(atol >= 0 && atol < Number.POSITIVE_INFINITY)) refuse(`atol is ${atol}; expected at least 0.`)
  if (maxIterations !== undefined && !(Number.isSafeInteger(maxIterations) && maxIterations >= 0))
    refuse(`maxIterations is ${maxIterations}; expected a whole number from 0 on.`)
  if (!(Number.isSafeInteger(restart) && restart >= 1))
    refuse(`restart is ${restart}; expected a whole number from 1 on.`)
  if (!(omega > 0 && omega < 2)) refuse(`omega is ${omega}; expected a number between 0 and 2.`)
  if (criterion !== 'backward' && criterion !== 'residual')
    refuse(`criterion is '${String(criterion)}'; expected 'backward' or 'residual'.`)
  if (preconditioner === null) return
  if (!isPreconditioned) refuse('the method takes no preconditioner. Try cg, minres, gmres or bicgstab.')
  if (typeof preconditioner !== 'string') return
  if (!preconditioners.includes(preconditioner))
    refuse(`the preconditioner '${String(preconditioner)}'; expected ${preconditioners.join(', ')} or a function.`)
  if (A.entries === null)
    refuse(`A is a function, but the preconditioner ${preconditioner} needs its entries. Try a function here too.`)
}
