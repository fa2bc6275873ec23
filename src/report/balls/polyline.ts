/** Lines through points of the plane. */
import type { PlanePoint } from './types.js'

export const minus = (p: PlanePoint, q: PlanePoint): PlanePoint => [p[0] - q[0], p[1] - q[1]]
export const cross = (p: PlanePoint, q: PlanePoint): number => p[0] * q[1] - p[1] * q[0]
export const length = (p: PlanePoint): number => Math.hypot(p[0], p[1])

/** How far `p` is from the line through `a` and `b`; from `a` where these are one point. */
export function distanceToLine(p: PlanePoint, a: PlanePoint, b: PlanePoint): number {
  const along = minus(b, a)
  const size = length(along)
  return size === 0 ? length(minus(p, a)) : Math.abs(cross(along, minus(p, a))) / size
}

/** Where the lines through `a`, `b` and through `c`, `d` meet; null where they are parallel. */
export function meeting(a: PlanePoint, b: PlanePoint, c: PlanePoint, d: PlanePoint): PlanePoint | null {
  const [u, v] = [minus(b, a), minus(d, c)]
  const turn = cross(u, v)
  if (Math.abs(turn) <= 1e-9 * length(u) * length(v)) return null
  const s = cross(minus(c, a), v) / turn
  return [a[0] + s * u[0], a[1] + s * u[1]]
}
