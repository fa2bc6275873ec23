/** Convex quadratic programs, small and exact, with the multipliers that prove the solution. */
import { InterruptedError, UsageError } from '../../core/index.js'
import { eigvalsh } from '../../linalg/index.js'
import { type Tensor, tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { checkCount, type MinimizeEnding, type MinimizeOptions, type MinimizeOutcome, settle } from '../ending.js'
import { dot, largest, length, minus, plus, times } from '../vector.js'
import { type ActiveSetResult, activeSet } from './activeSet.js'
import { boundsTimes, type Multipliers, multipliersOf, type Program, programOf, pullBack, type QuadraticProgram, rowsOf, symmetricTimes, violation } from './problem.js' // biome-ignore format: one line

/** How far x and its multipliers are from proving each other optimal: each 0 up to rounding. */
export interface KKTResiduals {
  /** Largest element of P x + q + A'y + G'z - lower + upper. */
  readonly stationarity: number
  /** Largest violation of a constraint. */
  readonly primal: number
  /** Largest multiplier of the wrong sign. */
  readonly dual: number
  /** Primal minus dual value. */
  readonly gap: number
}

/** Multipliers of the constraints: P x + q + A'y + G'z - lower + upper = 0, all but y from 0 on. */
export interface QuadprogMultipliers {
  readonly y: Tensor
  readonly z: Tensor
  readonly lower: Tensor
  readonly upper: Tensor
}

export interface QuadprogResult {
  /** [n], f64; null where there is no solution. */
  readonly x: Tensor | null
  readonly value: number
  readonly multipliers: QuadprogMultipliers | null
  /** The dual's value, a lower bound of what any feasible x can reach. */
  readonly dualValue: number
  readonly kkt: KKTResiduals | null
  readonly outcome: MinimizeOutcome
  readonly message: string | null
  /** Changes of the active set. */
  readonly iterations: number
  /**
   * For `infeasible`: multipliers with A'y + G'z - lower + upper = 0 and b'y + h'z - l'lower + u'upper < 0, which no feasible x allows. For
   * `unbounded`: a direction [n] along which the constraints hold and the value falls for ever.
   */
  readonly certificate: QuadprogMultipliers | Tensor | null
}

export type QuadprogOptions = Omit<MinimizeOptions, 'onIteration'>

/**
 * min x'Px/2 + q'x with A x = b, G x <= h, lower <= x <= upper, for symmetric positive semidefinite P.
 *
 * Shapes: P [n, n], q [n], A [m, n], b [m], G [k, n], h [k], bounds a number or [n]; what is left out is not asked for. Dtypes: any number,
 * computed in f64; results f64. For tens to a few hundred unknowns: n^3 to begin, n^2 and the number of constraints times n for each change of
 * the active set. Where the solution is not unique (P singular), one of them.
 *
 * Throws NumericalError `infeasible` or `unbounded` unless `check` is false: then `certificate` proves it; UsageError for shapes that do not
 * fit and a P that is not positive semidefinite. Sources: Goldfarb & Idnani (1983); for singular P a proximal point iteration around it
 * (Rockafellar 1976).
 *
 * @example
 * // The point of the simplex that is nearest to (1, 0.5, -2).
 * quadprog({ P: eye(3), q: tensor([-1, -0.5, 2]), A: ones([1, 3]), b: tensor([1]), lower: 0 }).x // [0.75, 0.25, 0]
 */
export function quadprog(given: QuadraticProgram, options: QuadprogOptions = {}): QuadprogResult {
  const program = programOf(given)
  const { n } = program
  const { rows, origins } = rowsOf(program)
  const { maxIterations = 100 * (n + rows.length) + 1000 } = options
  checkCount('quadprog', 'maxIterations', maxIterations, 1)
  const least = smallestEigenvalue(program)
  const found = least.isDefinite
    ? once(program, rows, new Float64Array(n), 0, maxIterations)
    : inTurns(program, rows, least.scale, maxIterations, options.signal)
  const { ending, solved, direction } = found
  const message = settle('quadprog', ending, found.iterations, options.check)
  const base = { outcome: ending.outcome, message, iterations: found.iterations }
  if (ending.outcome === 'infeasible') {
    const proof = tensorsOf(multipliersOf(program, origins, solved.infeasible!))
    return { ...base, x: null, value: Infinity, multipliers: null, dualValue: Infinity, kkt: null, certificate: proof }
  }
  if (ending.outcome === 'unbounded')
    return { ...base, x: null, value: -Infinity, multipliers: null, dualValue: -Infinity, kkt: null, certificate: tensor(direction!, { dtype: 'f64' }) } // biome-ignore format: one line
  const { x } = solved
  const multipliers = multipliersOf(program, origins, solved.multipliers)
  const { value, dualValue, kkt } = judge(program, x, multipliers)
  return { ...base, x: tensor(x, { dtype: 'f64' }), value, multipliers: tensorsOf(multipliers), dualValue, kkt, certificate: null } // biome-ignore format: one line
}

const tensorsOf = ({ y, z, lower, upper }: Multipliers): QuadprogMultipliers => {
  const of = (values: Float64Array): Tensor => tensor(values, { dtype: 'f64' })
  return { y: of(y), z: of(z), lower: of(lower), upper: of(upper) }
}

function judge(program: Program, x: Float64Array, m: Multipliers): { value: number; dualValue: number; kkt: KKTResiduals } {
  const { P, q } = program
  const Px = symmetricTimes(P, x)
  const half = dot(x, Px) / 2
  const value = half + dot(q, x)
  const dualValue = -half - boundsTimes(program, m)
  const stationarity = largest(plus(plus(Px, 1, q), 1, pullBack(program, m)))
  const dual = Math.max(0, ...[m.z, m.lower, m.upper].map((list) => list.reduce((most, one) => Math.max(most, -one), 0)))
  return { value, dualValue, kkt: { stationarity, primal: violation(program, x), dual, gap: value - dualValue } }
} // biome-ignore format: as it stands

/** Whether P is definite to working precision, and the scale of its elements. */
function smallestEigenvalue({ n, P }: Program): { isDefinite: boolean; scale: number } {
  const scale = largest(P)
  if (scale === 0) return { isDefinite: false, scale }
  const values = tidy(() => eigvalsh(tensor(P.map((value) => value / scale), { dtype: 'f64' }).reshape([n, n])).toArray()) // biome-ignore format: one line
  const [least, most] = [values[0]!, values.at(-1)!]
  if (least < -1e-10 * Math.max(Math.abs(least), Math.abs(most)))
    throw new UsageError(`quadprog: P has the eigenvalue ${(least * scale).toPrecision(3)}; expected a positive semidefinite matrix.`) // biome-ignore format: one line
  return { isDefinite: least > 1e-10 * most, scale }
}

interface Found {
  readonly solved: ActiveSetResult
  readonly ending: MinimizeEnding
  readonly iterations: number
  readonly direction: Float64Array | null
}

/** L with L L' = P + delta. */
function choleskyFactor({ n, P }: Program, delta: number): Float64Array {
  const L = new Float64Array(n * n)
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = P[i * n + j]! + (i === j ? delta : 0)
      for (let k = 0; k < j; k++) sum -= L[i * n + k]! * L[j * n + k]!
      L[i * n + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / L[j * n + j]!
    }
  return L
}

type Rows = Parameters<typeof activeSet>[2]

function once(program: Program, rows: Rows, centre: Float64Array, delta: number, maxIterations: number, L = choleskyFactor(program, delta)): Found {
  const solved = activeSet(L, plus(program.q, -delta, centre), rows, maxIterations)
  const outcome = solved.infeasible !== null ? 'infeasible' : solved.isLimited ? 'iteration-limit' : 'converged'
  return { solved, ending: { outcome }, iterations: solved.iterations, direction: null }
} // biome-ignore format: as it stands

/**
 * Singular P: x <- argmin of the program plus delta/2 ||x - x_before||^2, until x stays. For linear programs, and where the active set has settled,
 * that is after finitely many; where x runs away along one direction, that direction proves that there is no minimum.
 */
function inTurns(program: Program, rows: Rows, scale: number, maxIterations: number, signal: AbortSignal | undefined): Found {
  const { n, P, q } = program
  const reach = Math.max(1e-3, ...rows.map(({ bound }) => Math.abs(bound)))
  const delta = scale > 0 ? 1e-5 * scale : (0.1 * (largest(q) || 1)) / reach
  const L = choleskyFactor(program, delta)
  let x: Float64Array = new Float64Array(n)
  let before = new Float64Array(n)
  let iterations = 0
  for (let turn = 0; ; turn++) {
    if (signal?.aborted) throw new InterruptedError()
    const found = once(program, rows, x, delta, maxIterations - iterations, L)
    iterations += found.iterations
    const next = found.solved.x
    const move = minus(next, x)
    if (found.ending.outcome !== 'converged') return { ...found, iterations }
    // The program's own gradient at `next` is the multipliers' but for delta times the move.
    const size = largest(q) + largest(symmetricTimes(P, next))
    if (delta * largest(move) <= 1e-13 * size) return { ...found, iterations }
    const isSteady = length(minus(move, before)) <= 1e-9 * length(move)
    if (isSteady && turn > 2 && isRecession(program, rows, P, q, move))
      return { ...found, iterations, ending: { outcome: 'unbounded' }, direction: times(1 / length(move), move) }
    if (turn > 5000 || iterations >= maxIterations) return { ...found, iterations, ending: { outcome: 'iteration-limit' } }
    before = move as Float64Array<ArrayBuffer>
    x = next
  }
} // biome-ignore format: as it stands

/** Whether a direction keeps every constraint and has no curvature, and the value falls along it. */
function isRecession({ n }: Program, rows: Rows, P: Float64Array, q: Float64Array, d: Float64Array): boolean {
  const size = length(d)
  if (!(dot(q, d) < -1e-12 * length(q) * size)) return false
  if (largest(symmetricTimes(P, d)) > 1e-9 * largest(P) * size * Math.sqrt(n)) return false
  return rows.every(({ normal, isEquality }) => {
    const along = dot(normal, d)
    return along >= -1e-9 * size && (!isEquality || along <= 1e-9 * size)
  })
}
