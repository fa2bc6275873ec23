/**
 * The boundary of {R <= radius} in the plane, by its radius in every direction: directions are halved where the boundary turns, straight edges keep
 * their ends only, and the corner between two of them is where they meet.
 */
import { isNorm } from '../../norms/internal.js'
import type { Plane } from './plane.js'
import { distanceToLine, length, meeting, minus } from './polyline.js'
import type { PlanePoint } from './types.js'

/** Among them the axes and the diagonals, where the corners of the classic norms are. */
const directionsFirst = 48
const rounds = 14
const pointsMost = 4000
/** Of the ball's size: how far the drawn boundary may be from the true one. */
const tolerance = 0.0015
const straight = 1e-9
/** Of the radius: where a ball that never ends is cut off. */
const farthest = 1e4

export interface Outline {
  readonly points: readonly PlanePoint[] | null
  readonly rays: readonly PlanePoint[] | null
  readonly isBounded: boolean
}

const directionOf = (angle: number): PlanePoint => {
  // Exact on the axes, where cos(pi/2) is not 0 in floating point.
  const quarter = angle / (Math.PI / 2)
  if (Number.isInteger(quarter))
    return [
      [1, 0],
      [0, 1],
      [-1, 0],
      [0, -1],
    ][((quarter % 4) + 4) % 4] as [number, number]
  return [Math.cos(angle), Math.sin(angle)]
}

const scaled = ([a, b]: PlanePoint, size: number): PlanePoint => [a * size, b * size]

export function outlineOf(plane: Plane, radius: number): Outline {
  const angles = Array.from({ length: directionsFirst }, (_, i) => (i * 2 * Math.PI) / directionsFirst)
  const rays = raysOf(plane, radius, angles)
  if (rays !== undefined) return { points: null, rays, isBounded: rays !== null && rays.length === 0 }
  const sizes = (some: readonly number[]): number[] => boundary(plane, radius, some.map(directionOf))
  const refined = refine(angles, sizes)
  const isBounded = refined.every(({ size }) => size < farthest * radius)
  return { points: corners(plane, radius, refined), rays: null, isBounded }
}

/**
 * What counts (`l0`, `rank`) has the same value along a whole ray: the rays within the radius, null for all of them. Undefined for everything else.
 */
function raysOf(plane: Plane, radius: number, angles: readonly number[]): PlanePoint[] | null | undefined {
  const directions = angles.map(directionOf)
  const values = plane.values(directions)
  const doubled = plane.values(directions.map((one) => scaled(one, 2)))
  if (!values.every((value, i) => value === doubled[i])) return undefined
  const inside = directions.filter((_, i) => values[i]! <= radius)
  return inside.length === directions.length ? null : inside
}

/** How far the ball reaches in each direction: by homogeneity for norms, by bisection for what only grows along rays. */
function boundary(plane: Plane, radius: number, directions: readonly PlanePoint[]): number[] {
  const most = farthest * radius
  if (isNorm(plane.norm)) return plane.values(directions).map((value) => Math.min(most, radius / value))
  let low = directions.map(() => 0)
  let high = directions.map(() => radius)
  const isInside = (sizes: readonly number[]): boolean[] =>
    plane.values(directions.map((one, i) => scaled(one, sizes[i]!))).map((value) => value <= radius)
  for (let inside = isInside(high); inside.some((one, i) => one && high[i]! < most); inside = isInside(high)) {
    const reached = inside
    low = low.map((size, i) => (reached[i] ? high[i]! : size))
    high = high.map((size, i) => (reached[i] ? size * 2 : size))
  }
  for (let step = 0; step < 60; step++) {
    const middle = low.map((size, i) => (size + high[i]!) / 2)
    const inside = isInside(middle)
    low = low.map((size, i) => (inside[i] ? middle[i]! : size))
    high = high.map((size, i) => (inside[i] ? size : middle[i]!))
  }
  return low.map((size, i) => Math.min(most, (size + high[i]!) / 2))
}

interface Vertex {
  readonly angle: number
  readonly size: number
  readonly point: PlanePoint
  /** Of the edge to the next vertex: whether it is straight, as far as its middle tells; undefined until asked. */
  isStraight?: boolean
}

function refine(angles: readonly number[], sizes: (angles: readonly number[]) => number[]): Vertex[] {
  const vertex = (angle: number, size: number): Vertex => ({ angle, size, point: scaled(directionOf(angle), size) })
  const first = sizes(angles)
  let vertices = angles.map((angle, i) => vertex(angle, first[i]!))
  const extent = Math.max(...first)
  for (let round = 0; round < rounds && vertices.length < pointsMost; round++) {
    const asked = vertices.filter((one) => one.isStraight === undefined)
    if (asked.length === 0) break
    const next = new Map(vertices.map((one, i) => [one, vertices[i + 1]]))
    const middles = asked.map((one) => (one.angle + (next.get(one)?.angle ?? 2 * Math.PI)) / 2)
    const found = sizes(middles)
    const added = new Map<Vertex, Vertex>()
    asked.forEach((one, i) => {
      const middle = vertex(middles[i]!, found[i]!)
      const away = distanceToLine(middle.point, one.point, (next.get(one) ?? vertices[0]!).point)
      if (away > tolerance * extent) added.set(one, middle)
      else one.isStraight = away <= straight * extent
    })
    vertices = vertices.flatMap((one) => {
      const middle = added.get(one)
      return middle ? [one, middle] : [one]
    })
  }
  return vertices
}

/** Straight edges in one piece, and the corner between two of them where they meet. */
function corners(plane: Plane, radius: number, vertices: readonly Vertex[]): PlanePoint[] {
  const extent = Math.max(...vertices.map(({ size }) => size))
  const count = vertices.length
  const at = (i: number): Vertex => vertices[((i % count) + count) % count]!
  const isInner = (i: number): boolean =>
    at(i - 1).isStraight === true &&
    at(i).isStraight === true &&
    distanceToLine(at(i).point, at(i - 1).point, at(i + 1).point) <= straight * extent
  const kept = vertices.map((_, i) => i).filter((i) => !isInner(i))
  const points: PlanePoint[] = []
  const near = (i: number, j: number): boolean => length(minus(at(i).point, at(j).point)) < 0.02 * extent
  for (let k = 0; k < kept.length; k++) {
    const i = kept[k]!
    let end = k
    while (end + 1 < kept.length && end - k < 12 && at(kept[end]!).isStraight !== true) end++
    const j = kept[end]!
    if (j > i && at(i - 1).isStraight && at(j).isStraight && near(i, j)) {
      const corner = meeting(at(i - 1).point, at(i).point, at(j).point, at(j + 1).point)
      if (corner && Math.abs(plane.values([corner])[0]! - radius) <= straight * radius) {
        points.push(corner)
        k = end
        continue
      }
    }
    points.push(at(i).point)
  }
  return points
}
