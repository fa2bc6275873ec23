/**
 * Projection onto the balls of mixed norms that have no closed form. Once the norm s[i] that each group may have is fixed, groups are independent,
 * so what is sought is the minimum of half the sum of squared distances of groups to their balls of radius s[i], over s in the ball of the outer
 * norm. That function is convex, with gradient -lambda[i], the dual norm of what is cut off a group, and has curvatures between 1 / C^2 and
 * 1 / c^2 where c ||y||_2 <= inner(y) <= C ||y||_2: accelerated gradient steps with restarts converge linearly.
 *
 * Sources: Beck & Teboulle 2009 (FISTA, with its search for the curvature); O'Donoghue & Candes 2015 (restarts).
 */
import { NumericalError } from '../core/index.js'
import { concat, sub, type Tensor, tensor, to } from '../tensor/index.js'
import { copyOf, tidy, together, view, viewOf } from '../tensor/internal.js'
import { scaleRows } from './rows.js'
import type { CompleteNormRule } from './rule.js'

type Norms = readonly [inner: CompleteNormRule, outer: CompleteNormRule]

/** Groups [count * many, ...]: the nearest whose norms are in the outer ball. */
export function projectMixed(norms: Norms, T: Tensor, many: number, radius: number): Tensor {
  const whole = to(T, 'f64')
  const rows = (i: number): Tensor =>
    copyOf(viewOf(whole, [many, ...T.shape.slice(1)], whole.strides, whole.offset + i * many * (T.size / T.shape[0]!)))
  const parts = Array.from({ length: T.shape[0]! / many }, (_, i) => tidy(() => projectOne(norms, rows(i), radius)))
  return to(parts.length === 1 ? parts[0]! : concat(parts), T.dtype)
}

/** Steps of the slowest problems are some hundreds: the root of the size of a group for each digit. */
const mostSteps = 4000
/**
 * Group norms count as found when a step moves none by more than this, relative to the largest. Where the inner projection's own rounding keeps
 * them moving it doubles every 250 steps, up to 5e-9.
 */
const tolerance = (step: number): number => 1e-13 * 2 ** (step / 250)

interface Point {
  readonly at: Float64Array
  readonly value: number
  /** Minus the gradient. */
  readonly lambda: Float64Array
}

function projectOne([inner, outer]: Norms, X: Tensor, radius: number): Tensor {
  const outerOf = (s: Float64Array): number => numbers(outer.value(asRow(s)))[0]!
  const sizes = numbers(inner.value(X))
  if (outerOf(sizes) <= radius) return copyOf(X)
  // To numbers near 1, whose squares are numbers.
  const unit = 2 ** Math.floor(Math.log2(Math.max(...sizes)))
  const scaled = scaleRows(
    X,
    Array.from(sizes, () => [1, unit]),
  )
  const onto = (s: Float64Array): Float64Array =>
    tidy(() => numbers(outer.project(asRow(s), radius / unit)).map((one) => Math.max(0, one)))
  const found = minimize(
    (s) => tidy(() => pointOf(inner, scaled, s)),
    onto,
    sizes.map((one) => one / unit),
  )
  const Y = ontoBalls(inner, scaled, found)
  const excess = outerOf(numbers(inner.value(Y))) / (radius / unit)
  return scaleRows(
    Y,
    Array.from(sizes, () => (excess > 1 ? [unit / excess, 1] : [unit, 1])),
  )
}

/** Half the squared distance to the balls of radii s, and its gradient. */
function pointOf(inner: CompleteNormRule, X: Tensor, s: Float64Array): Point {
  const rest = sub(X, ontoBalls(inner, X, s))
  const value = numbers(rest).reduce((sum, one) => sum + one * one, 0) / 2
  return { at: s, value, lambda: numbers(inner.dual().value(rest)) }
}

/** Each group onto the inner ball of its own radius, by homogeneity through the ball of radius 1. */
function ontoBalls(inner: CompleteNormRule, X: Tensor, s: Float64Array): Tensor {
  // Radii too small to divide by: nothing is left to rounding.
  const isSome = (radius: number): boolean => radius > 1e-290
  const unit = inner.project(
    scaleRows(
      X,
      Array.from(s, (radius) => (isSome(radius) ? [1, radius] : [0, 1])),
    ),
    1,
  )
  return scaleRows(
    together(unit),
    Array.from(s, (radius) => [isSome(radius) ? radius : 0, 1]),
  )
}

/** The point of least value of those that `onto` projects to, for groups of norms `sizes`. */
function minimize(
  evaluate: (s: Float64Array) => Point,
  onto: (s: Float64Array) => Float64Array,
  sizes: Float64Array,
): Float64Array {
  let best = onto(sizes)
  let ahead = best
  let [curvature, momentum] = [2 ** -6, 1]
  for (let step = 0; step < mostSteps; step++) {
    const from = evaluate(ahead)
    let next: Point
    for (;;) {
      next = evaluate(onto(ahead.map((one, i) => one + from.lambda[i]! / curvature)))
      if (next.value <= bound(from, next.at, curvature)) break
      curvature *= 2
    }
    const most = next.at.reduce((a, b) => Math.max(a, b), 0)
    // A radius beyond the group's own norm is as good as that norm.
    const change = (one: number, i: number): number => Math.min(one, sizes[i]!) - Math.min(ahead[i]!, sizes[i]!)
    if (next.at.every((one, i) => Math.abs(change(one, i)) <= tolerance(step) * most)) return next.at
    const following = (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2
    const isBackwards = next.at.reduce((sum, one, i) => sum + (ahead[i]! - one) * (one - best[i]!), 0) > 0
    const push = isBackwards ? 0 : (momentum - 1) / following
    momentum = isBackwards ? 1 : following
    ahead = next.at.map((one, i) => Math.max(0, one + push * (one - best[i]!)))
    best = next.at
  }
  throw new NumericalError(
    'not-converged',
    `group: the projection did not settle to ${tolerance(mostSteps).toExponential(0)} in ${mostSteps} steps. Try rescale, which keeps the direction.`,
  )
}

/** What a function of this curvature is at most at `to`, and what rounding adds. */
function bound(from: Point, to: Float64Array, curvature: number): number {
  let sum = from.value * (1 + 1e-13)
  for (const [i, one] of to.entries()) {
    const d = one - from.at[i]!
    sum += d * (curvature * d * 0.5 - from.lambda[i]!)
  }
  return sum
}

const asRow = (s: Float64Array): Tensor => tensor(s, { shape: [1, s.length], dtype: 'f64' })
function numbers(x: Tensor): Float64Array {
  return Float64Array.from(view(together(x)))
}
