/**
 * Levenberg-Marquardt, one iteration: damped Gauss-Newton steps until one lowers the loss. The damping follows the gain ratio, the actual over
 * the predicted reduction. Sources: Nielsen (1999), "Damping parameter in Marquardt's method"; Madsen, Nielsen & Tingleff (2004), 3.2; the
 * scaling of unknowns is More's (1978): D holds the largest norms of J's columns so far. Geodesic acceleration: Transtrum & Sethna (2012).
 */
import { dot, largest, length, minus, plus } from '../vector.js'
import { denseModel, type Linearized, productModel } from './linearized.js'
import type { ResidualPoint, ResidualProblem } from './problem.js'

/** What lives from one iteration to the next. */
export interface Damping {
  /** Relative to D: 1 is as strong as J itself. */
  mu: number
  /** What mu is multiplied by when a step fails; doubles each time. */
  growth: number
  /** Scales of the unknowns; null before the first iteration. */
  D: Float64Array | null
}

export interface IterateOptions {
  /** `jacobian`: More's scaling; `none`: unknowns count as they are. */
  readonly scaling: 'jacobian' | 'none'
  readonly solver: 'qr' | 'cg'
  /** Add the second-order correction of the step where it is small. */
  readonly geodesic: boolean
  /** Relative accuracy of an inner solution by `cg`. */
  readonly cgTolerance: number
  readonly cgIterations: number
}

export interface Iterated {
  /** The new point, or null where no step lowered the loss. */
  readonly x: Float64Array | null
  readonly residuals: Float64Array
  /** How many residuals there are. */
  readonly count: number
  /** ||r||^2 / 2 before and after. */
  readonly before: number
  readonly after: number
  /** What the linear model expected after - before to be, negative. */
  readonly predicted: number
  /** Largest cosine between the residuals and a column of J, before: 0 at a minimum, whatever the units. */
  readonly cosine: number
  /** ||D p|| / ||D x||. */
  readonly relativeStep: number
  readonly stepNorm: number
  readonly evaluations: number
  /** Whether J, or the residuals with it, hold NaN or infinity. */
  readonly nonFinite: string | null
  /** Whether the steps that failed ended because they no longer change x. */
  readonly isTiny: boolean
}

export const freshDamping = (mu: number): Damping => ({ mu, growth: 2, D: null })

export const halfSquare = (r: Float64Array): number => dot(r, r) / 2

/** Damping beyond which a step is a rounding error. */
const hopeless = 1e32

export function iterate(problem: ResidualProblem, x: Float64Array, state: Damping, options: IterateOptions): Iterated {
  return problem.at(x, (point) => {
    const { residuals: r } = point
    const before = halfSquare(r)
    const still = { x: null, residuals: r, count: r.length, before, after: before, predicted: 0, cosine: 0, relativeStep: 0, stepNorm: 0, evaluations: 1, nonFinite: null, isTiny: false } // biome-ignore format: one line
    const badResidual = nonFinite('residual', r)
    if (badResidual !== null) return { ...still, nonFinite: badResidual }
    if (before === 0) return still
    const model = modelOf(point, problem.n, options)
    if (typeof model === 'string') return { ...still, nonFinite: model }
    const D = scale(state, model.columns, options)
    const cosine = largestCosine(model, r)
    if (cosine === 0) return still
    const tried = attempt(problem, x, r, before, model, D, state, options)
    return { ...still, ...tried, cosine, evaluations: 1 + tried.evaluations }
  })
}

type Attempt = Pick<Iterated, 'x' | 'residuals' | 'after' | 'predicted' | 'relativeStep' | 'stepNorm' | 'evaluations' | 'isTiny'> // biome-ignore format: one line

/** Steps under growing damping until one lowers the loss; with it the damping falls again. */
function attempt(
  problem: ResidualProblem,
  x: Float64Array,
  r: Float64Array,
  before: number,
  model: Linearized,
  D: Float64Array,
  state: Damping,
  options: IterateOptions,
): Attempt {
  const size = length(scaledBy(D, x))
  let evaluations = 0
  for (;;) {
    let p = model.step(state.mu, D)
    if (options.geodesic) {
      const { step, cost } = bend(problem, x, r, model, D, state.mu, p)
      p = step
      evaluations += cost
    }
    const moved = length(scaledBy(D, p))
    const Jp = model.times(p)
    const predicted = -(halfSquare(Jp) + state.mu * moved * moved)
    const next = plus(x, 1, p)
    const isTiny = next.every((value, i) => value === x[i])
    const residuals = isTiny ? r : problem.residuals(next)
    if (!isTiny) evaluations++
    const after = halfSquare(residuals)
    // (|r|^2 - |r'|^2) / 2 as a product: near the minimum the difference of squares would be rounding alone.
    const actual = -dot(minus(r, residuals), plus(r, 1, residuals)) / 2
    if (after <= before && actual < 0) {
      const gain = actual / predicted
      state.mu *= Math.max(1 / 3, 1 - (2 * gain - 1) ** 3)
      state.growth = 2
      return { x: next, residuals, after, predicted, relativeStep: ratio(moved, size), stepNorm: length(p), evaluations, isTiny: false } // biome-ignore format: one line
    }
    if (isTiny || state.mu > hopeless) {
      return { x: null, residuals: r, after: before, predicted, relativeStep: ratio(moved, size), stepNorm: 0, evaluations, isTiny: true } // biome-ignore format: one line
    }
    state.mu *= state.growth
    state.growth *= 2
  }
}

const ratio = (a: number, b: number): number => (b === 0 ? (a === 0 ? 0 : Infinity) : a / b)

const scaledBy = (D: Float64Array, x: Float64Array): Float64Array => x.map((value, i) => D[i]! * value)

function modelOf(point: ResidualPoint, n: number, options: IterateOptions): Linearized | string {
  const { solver, cgTolerance, cgIterations } = options
  if (solver === 'cg') {
    const model = productModel(point, n, cgTolerance, cgIterations)
    return nonFinite('derivative', model.gradient) ?? model
  }
  const bad = nonFinite('derivative', point.jacobian(), n)
  return bad ?? denseModel(point, n)
}

/** A clause about the first element that is not finite. */
function nonFinite(what: string, values: Float64Array, n?: number): string | null {
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at < 0) return null
  return n === undefined
    ? `${what} ${at} is ${values[at]}`
    : `the derivative of residual ${Math.floor(at / n)} with respect to unknown ${at % n} is ${values[at]}`
}

/** More's scaling, kept from falling; columns that are zero count as 1 until they are not. */
function scale(state: Damping, columns: Float64Array, options: IterateOptions): Float64Array {
  if (options.scaling === 'none' || options.solver === 'cg') {
    // One scale for all, so that mu means the same.
    const whole = largest(columns) || 1
    state.D = new Float64Array(columns.length).fill(whole)
    return state.D
  }
  const before = state.D
  state.D = columns.map((norm, j) => (before === null ? norm : Math.max(norm, before[j]!)))
  const least = largest(state.D) * 1e-30 || 1
  return state.D.map((norm) => (norm > 0 ? norm : least === 0 ? 1 : least))
}

function largestCosine({ gradient, columns }: Linearized, r: Float64Array): number {
  const size = length(r)
  let most = 0
  for (let j = 0; j < gradient.length; j++)
    if (columns[j]! > 0) most = Math.max(most, Math.abs(gradient[j]! / columns[j]! / size))
  return most
}

/** p bent along the curve that the residuals' second derivative along p shows, where that is a small part of it. */
function bend(
  problem: ResidualProblem,
  x: Float64Array,
  r: Float64Array,
  model: Linearized,
  D: Float64Array,
  mu: number,
  p: Float64Array,
): { step: Float64Array; cost: number } {
  const h = 0.1
  const near = problem.residuals(plus(x, h, p))
  const Jp = model.times(p)
  const second = near.map((value, i) => (2 / h) * ((value - r[i]!) / h - Jp[i]!))
  if (!second.every(Number.isFinite)) return { step: p, cost: 1 }
  const acceleration = model.step(mu, D, second)
  const isSmall = 2 * length(scaledBy(D, acceleration)) <= 0.75 * length(scaledBy(D, p))
  return { step: isSmall ? plus(p, 0.5, acceleration) : p, cost: 1 }
}
