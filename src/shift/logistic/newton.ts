/** Newton's method with a line search, for logistic regressions of few unknowns. Plain arrays: a fit takes a millisecond. */
import type { LogisticOutcome, Solution } from '../logistic.js'
import { binaryLoss, type Loss, multinomialLoss } from './loss.js'
import type { Problem } from './problem.js'

/** Unknowns in standardized units that still move by this much where the gradient has vanished run to infinity. */
const running = 0.1

export function newton(problem: Problem, tol: number, maxIterations: number): Solution {
  const { p, logits, ridge, weightSum } = problem
  const size = logits * p
  const penalized = ridge.some((one) => one > 0)
  const loss: Loss = logits === 1 ? binaryLoss(problem) : multinomialLoss(problem)
  let [theta, next] = [new Float64Array(size), new Float64Array(size)]
  let [gradient, nextGradient] = [new Float64Array(size), new Float64Array(size)]
  const hessian = new Float64Array(size * size)
  const step = new Float64Array(size)
  let value = loss.evaluate(theta, gradient, hessian)
  let iterations = 0
  let runs = 0
  const end = (outcome: LogisticOutcome): Solution => {
    const gradientNorm = largest(gradient)
    return { theta, logLikelihood: -weightSum * loss.ofData(theta), iterations, gradientNorm, outcome }
  }
  for (;;) {
    // Strictly on the right side, every row: the likelihood grows without end along theta.
    if (!penalized && loss.margin > 0) return end('separable')
    const flat = largest(gradient) <= tol
    if (flat && (penalized || largest(gradient) === 0)) return end('converged')
    for (let j = 0; j < size; j++) step[j] = -gradient[j]!
    solveInPlace(hessian, size, step)
    if (flat) {
      // Along a direction without a maximum steps do not shrink with the gradient.
      if (largest(step) <= running) return end('converged')
      if (++runs === 3) return end('separable')
    }
    if (iterations === maxIterations) return end('iteration-limit')
    iterations++
    let slope = 0
    for (let j = 0; j < size; j++) slope += gradient[j]! * step[j]!
    // Near the end the loss changes by less than its rounding.
    const rounding = 4 * Number.EPSILON * Math.abs(value)
    let t = 1
    let reached = Number.POSITIVE_INFINITY
    for (; t > 1e-10; t /= 2) {
      for (let j = 0; j < size; j++) next[j] = theta[j]! + t * step[j]!
      reached = loss.evaluate(next, nextGradient, hessian)
      if (reached <= value + 1e-4 * t * slope + rounding) break
    }
    if (!(t > 1e-10)) return end('stalled')
    const before = largest(gradient)
    ;[theta, next] = [next, theta]
    ;[gradient, nextGradient] = [nextGradient, gradient]
    const stuck = value - reached <= rounding && largest(gradient) >= before
    value = reached
    if (stuck) return end(largest(gradient) <= Math.max(tol, 1e-8) ? 'converged' : 'stalled')
  }
}

function largest(x: Float64Array): number {
  let top = 0
  for (const one of x) top = Math.max(top, Math.abs(one))
  return top
}

/**
 * Solves H s = b by Cholesky's factor of the lower triangle of H, which is overwritten. A pivot that vanishes belongs to a column that depends on
 * earlier ones: its unknown stays.
 */
export function solveInPlace(H: Float64Array, n: number, b: Float64Array): void {
  for (let j = 0; j < n; j++) {
    let pivot = H[j * n + j]!
    const original = pivot
    for (let k = 0; k < j; k++) pivot -= H[j * n + k]! * H[j * n + k]!
    const keep = pivot > 1e-13 * original && pivot > 0
    const root = keep ? Math.sqrt(pivot) : 0
    H[j * n + j] = root
    let sum = b[j]!
    for (let k = 0; k < j; k++) sum -= H[j * n + k]! * b[k]!
    b[j] = keep ? sum / root : 0
    for (let i = j + 1; i < n; i++) {
      let value = H[i * n + j]!
      for (let k = 0; k < j; k++) value -= H[i * n + k]! * H[j * n + k]!
      H[i * n + j] = keep ? value / root : 0
    }
  }
  for (let j = n - 1; j >= 0; j--) {
    const root = H[j * n + j]!
    let sum = b[j]!
    for (let i = j + 1; i < n; i++) sum -= H[i * n + j]! * b[i]!
    b[j] = root === 0 ? 0 : sum / root
  }
}
