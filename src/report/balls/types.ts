/** The balls of some norms in the plane, as data. */

/** The plane that a ball is shown in: vectors (a, b), or matrices diag(a, b), or the symmetric [[a, b], [b, a]]. */
export type Slice = 'vector' | 'diagonal' | 'symmetric'

export type PlanePoint = readonly [a: number, b: number]

export interface BallsOptions {
  /** What is projected; [1.2, 0.7] by default. Both finite. */
  readonly point?: PlanePoint | undefined
  /** Of every ball; 1 by default. Above 0. */
  readonly radius?: number | undefined
  /** Where norms of matrices are shown; `diagonal` by default. */
  readonly slice?: 'diagonal' | 'symmetric' | undefined
}

export interface BallFigures {
  readonly name: string
  readonly isConvex: boolean
  readonly slice: Slice
  /** R(point). */
  readonly value: number
  /**
   * Corners and points of the boundary, counterclockwise, the first not repeated: straight edges have their ends only. Null for what has no
   * boundary in the plane (`l0`, `rank`): `rays` says what it is.
   */
  readonly outline: readonly PlanePoint[] | null
  /** Directions whose whole ray lies in the ball, as unit vectors: the axes for `l0`; empty when only the origin does, null when all do. */
  readonly rays: readonly PlanePoint[] | null
  /** Whether the outline was cut off at a large multiple of the radius. */
  readonly isBounded: boolean
  readonly projection: PlanePoint | null
  /** From the point to its projection, in the norm of the plane that is seen. */
  readonly distance: number | null
  /** prox_t(point) for growing t, from the point on: a polyline; a jump is two points of nearly one t. */
  readonly path: readonly { readonly t: number; readonly point: PlanePoint; readonly isJump: boolean }[] | null
  /** What could not be computed and why: `projection`, `path`. */
  readonly skipped: readonly { readonly what: 'projection' | 'path'; readonly why: string }[]
}

/** The typed form of `balls --json`. */
export interface BallsReport {
  /** Our version. */
  readonly normball: string
  readonly command: 'balls'
  readonly point: PlanePoint
  readonly radius: number
  readonly balls: readonly BallFigures[]
}
