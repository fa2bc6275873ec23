/** Gauss-Newton with a line search: for fits that start near, or whose residuals are nearly linear. */
import { InterruptedError } from '../../core/index.js'
import { lstsq } from '../../linalg/index.js'
import { type Tensor, type Tree, tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import type { MinimizeEnding } from '../ending.js'
import { dot, firstNonFinite, length, plus } from '../vector.js'
import { halfSquare } from './iterate.js'
import { fitBy, type LeastSquaresFit, type LeastSquaresOptions, type LeastSquaresSettings, type Solved } from './levenbergMarquardt.js' // biome-ignore format: one line
import type { ResidualProblem } from './problem.js'

/** Options that do not mean anything here are left out. */
export type GaussNewtonOptions = Omit<LeastSquaresOptions, 'damping' | 'scaling' | 'solver' | 'geodesic'>

/**
 * The unknowns that make the sum of squares of residuals least, near x0, by full steps of minimum norm (by SVD, so that J may lack rank) that are
 * halved until the loss falls enough (Armijo). Signature, result and outcomes are those of `levenbergMarquardt`, which finds its way from worse
 * starts. Source: Nocedal & Wright (2006), 10.3.
 *
 * @example
 * gaussNewton((x) => x.square().sub(2), tensor(1)).x // sqrt(2)
 */
export function gaussNewton<T extends Tree>(
  residual: (x: T) => Tensor,
  x0: T,
  options: GaussNewtonOptions = {},
): LeastSquaresFit<T> {
  return fitBy('gaussNewton', residual, x0, { ...options, solver: 'qr' }, solve)
}

function solve(problem: ResidualProblem, start: Float64Array, settings: LeastSquaresSettings): Solved {
  const { n } = problem
  let x = start
  let evaluations = 0
  let residuals: Float64Array = new Float64Array(0)
  let cosine = 0
  const history: number[] = []
  for (let k = 0; ; k++) {
    if (settings.signal?.aborted) throw new InterruptedError()
    const { r, p, Jp, bad } = problem.at(x, (point) => {
      const J = point.jacobian()
      const at = firstNonFinite(point.residuals)
      const place = firstNonFinite(J)
      const why =
        at >= 0 ? `residual ${at} is ${point.residuals[at]}` : place >= 0 ? 'a derivative is not finite' : null
      if (why !== null) return { r: point.residuals, p: new Float64Array(n), Jp: point.residuals, bad: why }
      const step = leastStep(J, point.residuals, n)
      return { r: point.residuals, p: step, Jp: point.times(step), bad: null }
    })
    evaluations++
    residuals = r
    const value = halfSquare(r)
    if (k === 0) history.push(value)
    const done = (ending: MinimizeEnding): Solved => ({ x, residuals, ending, iterations: k, evaluations, history, cosine }) // biome-ignore format: one line
    if (bad !== null) return done({ outcome: 'non-finite', detail: bad + (k === 0 ? ' at x0' : '') })
    // J p is minus the part of r in J's range.
    cosine = value === 0 ? 0 : length(Jp) / length(r)
    if (cosine <= settings.gtol) return done({ outcome: 'converged' })
    if (k === settings.maxIterations) return done({ outcome: 'iteration-limit' })
    const slope = dot(r, Jp)
    let t = 1
    let next = plus(x, t, p)
    let after = Infinity
    for (; t > 1e-12; t /= 2) {
      next = plus(x, t, p)
      after = halfSquare(problem.residuals(next))
      evaluations++
      if (after <= value + 1e-4 * t * slope && after <= value) break
    }
    if (!(after <= value)) return done({ outcome: cosine < 1e-5 ? 'small-step' : 'stalled' })
    const [moved, size] = [t * length(p), length(x)]
    x = next
    history.push(after)
    settings.onIteration?.({ iteration: k + 1, value: after, gradientNorm: cosine, stepNorm: moved })
    const ending: MinimizeEnding | null = moved <= settings.xtol * size ? { outcome: 'small-step' } : value - after <= settings.ftol * value && -slope / 2 <= settings.ftol * value ? { outcome: 'small-reduction' } : null // biome-ignore format: one line
    if (ending !== null) {
      residuals = problem.residuals(x)
      return { x, residuals, ending, iterations: k + 1, evaluations: evaluations + 1, history, cosine }
    }
  }
}

/** argmin ||J p + r|| of minimum norm. */
function leastStep(J: Float64Array, r: Float64Array, n: number): Float64Array {
  return tidy(() => {
    const { solution } = lstsq(tensor(J, { dtype: 'f64' }).reshape([r.length, n]), tensor(r, { dtype: 'f64' }).neg())
    return Float64Array.from(solution.toArray())
  })
}
