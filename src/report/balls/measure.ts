/** What the picture of balls shows, as data. */
import { NormballError, UsageError, version } from '../../core/index.js'
import type { Regularizer } from '../../norms/index.js'
import { outlineOf } from './outline.js'
import { pathOf } from './path.js'
import { type Plane, planeOf } from './plane.js'
import { length, minus } from './polyline.js'
import type { BallFigures, BallsOptions, BallsReport, PlanePoint } from './types.js'

/** Boundaries, projections and proximal paths. Throws UsageError for a point, radius or norm that the plane does not have. */
export function ballsReport(norms: readonly Regularizer[], options: BallsOptions = {}): BallsReport {
  const { point = [1.2, 0.7], radius = 1, slice = 'diagonal' } = options
  if (norms.length === 0) throw new UsageError('balls: no norms; expected at least one. Try l1, l2, linf.')
  if (point.length !== 2 || !point.every(Number.isFinite))
    throw new UsageError(`balls: point ${JSON.stringify(point)}; expected two finite numbers. Try [1.2, 0.7].`)
  if (!(radius > 0 && radius < 1e100))
    throw new UsageError(`balls: radius ${String(radius)}; expected a finite number above 0.`)
  return {
    normball: version,
    command: 'balls',
    point,
    radius,
    balls: norms.map((norm) => ballOf(planeOf(norm, slice), point, radius)),
  }
}

function ballOf(plane: Plane, point: PlanePoint, radius: number): BallFigures {
  const skipped: { what: 'projection' | 'path'; why: string }[] = []
  const attempt = <T>(what: 'projection' | 'path', work: () => T): T | null => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof NormballError)) throw error
      skipped.push({ what, why: error.message })
      return null
    }
  }
  const { points, rays, isBounded } = outlineOf(plane, radius)
  const projection = attempt('projection', () => plane.project(point, radius))
  const path = attempt('path', () => pathOf(plane, point))
  return {
    name: plane.norm.name,
    isConvex: plane.norm.isConvex,
    slice: plane.slice,
    value: plane.values([point])[0]!,
    outline: points,
    rays,
    isBounded,
    projection,
    distance: projection === null ? null : length(minus(point, projection)),
    path,
    skipped,
  }
}
