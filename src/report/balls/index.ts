/** Unit balls as pictures and as data. Norms, tensors and d3 are loaded with the first call. */
import type { Regularizer } from '../../norms/index.js'
import type { BallsOptions, BallsReport } from './types.js'

export type { BallFigures, BallsOptions, BallsReport, PlanePoint, Slice } from './types.js'

/**
 * The balls {R(x) <= radius} of `norms` in the plane as data: boundaries with their exact corners, the projection of a point, and its proximal path
 * t -> prox_t(point). Norms of matrices are seen on diag(a, b), or with `slice: 'symmetric'` on [[a, b], [b, a]]; both planes hold the projections
 * and paths of their points. What has no method (a projection of lp with p < 1) is null, and `skipped` says why. Throws UsageError for a norm that
 * takes no two numbers, a point that is not finite and a radius that is not above 0.
 */
export async function measureBalls(norms: readonly Regularizer[], options: BallsOptions = {}): Promise<BallsReport> {
  const { ballsReport } = await import('./measure.js')
  return ballsReport(norms, options)
}

/** A report of `measureBalls` as one SVG document. */
export async function ballsSvg(report: BallsReport): Promise<string> {
  const { svgOf } = await import('./draw.js')
  return svgOf(report)
}

/**
 * The same as one SVG document, four balls to a line: axes of one scale, titles and descriptions, light and dark colours, nothing outside it.
 *
 * ```ts
 * import { l1, l2, linf } from 'normball/norms'
 * import { drawBalls } from 'normball/report'
 * const svg = await drawBalls([l1, l2, linf], { point: [1.2, 0.7] })
 * ```
 */
export async function drawBalls(norms: readonly Regularizer[], options: BallsOptions = {}): Promise<string> {
  return ballsSvg(await measureBalls(norms, options))
}
