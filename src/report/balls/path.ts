/** The proximal path t -> prox_t(x): from the point to where it ends. */
import { isNorm } from '../../norms/internal.js'
import type { Plane } from './plane.js'
import { distanceToLine, length, meeting, minus } from './polyline.js'
import type { BallFigures, PlanePoint } from './types.js'

type Path = NonNullable<BallFigures['path']>

interface Step {
  readonly t: number
  readonly point: PlanePoint
  /** Of the piece to the next step. */
  isStraight?: boolean
  isJump?: boolean
}

const stepsFirst = 16
const rounds = 24
/** Of the point's length. */
const tolerance = 0.001
const straight = 1e-8

/** A polyline within a thousandth of the path; kinks between straight pieces are exact. */
export function pathOf(plane: Plane, point: PlanePoint): Path {
  const size = length(point)
  if (size === 0) return [{ t: 0, point, isJump: false }]
  const last = lastOf(plane, point, size)
  const step = (t: number): Step => ({ t, point: t === 0 ? point : plane.prox(point, t) })
  let steps = Array.from({ length: stepsFirst + 1 }, (_, i) => step((i * last) / stepsFirst))
  for (let round = 0; round < rounds && steps.some(isOpen); round++) {
    steps = steps.flatMap((one, i) => {
      const next = steps[i + 1]
      if (!next || !isOpen(one)) return [one]
      const middle = step((one.t + next.t) / 2)
      const away = distanceToLine(middle.point, one.point, next.point)
      const apart = length(minus(next.point, one.point))
      // A jump does not get shorter with t.
      if (apart > 0.05 * size && next.t - one.t < 1e-5 * last) {
        one.isJump = true
        one.isStraight = false
        return [one]
      }
      const isBent = away > tolerance * size || apart > 0.1 * size
      if (!isBent) {
        one.isStraight = away <= straight * size
        return [one]
      }
      return [one, middle]
    })
  }
  return kinks(step, steps, size).map(({ t, point: place, isJump }) => ({ t, point: place, isJump: isJump === true }))
}

const isOpen = (step: Step): boolean => step.isStraight === undefined

/** Where the path ends: at 0 (for norms t = the dual norm), or where it is near enough to 0. */
function lastOf(plane: Plane, point: PlanePoint, size: number): number {
  const isDone = (t: number, near: number): boolean => length(plane.prox(point, t)) <= near * size
  let t = size / 8
  while (!isDone(t, isNorm(plane.norm) ? 0 : 0.02) && t < size * 2 ** 20) t *= 2
  let [low, high] = [0, t]
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2
    if (isDone(middle, isNorm(plane.norm) ? 0 : 0.02)) high = middle
    else low = middle
  }
  return high
}

/** Straight pieces as one, and the kink between two of them where they meet. */
function kinks(step: (t: number) => Step, steps: readonly Step[], size: number): Step[] {
  const kept = joined(steps, size)
  const exact = kept.flatMap((one, i) => {
    const [before, next, after] = [kept[i - 1], kept[i + 1], kept[i + 2]]
    const isGap = before?.isStraight === true && one.isStraight === false && !one.isJump && next?.isStraight === true
    if (!isGap || !after) return [one]
    const corner = meeting(before.point, one.point, next.point, after.point)
    if (!corner) return [one]
    const speed = length(minus(one.point, before.point)) / (one.t - before.t)
    const found = step(one.t + length(minus(corner, one.point)) / speed)
    if (length(minus(found.point, corner)) > 1e-6 * size) return [one]
    return [
      { ...one, isStraight: true },
      { ...found, isStraight: true },
    ]
  })
  return joined(exact, size)
}

/** Without the steps in the middle of straight pieces. */
function joined(steps: readonly Step[], size: number): Step[] {
  const kept: Step[] = []
  steps.forEach((one, i) => {
    const [before, after] = [kept.at(-1), steps[i + 1]]
    const isInner =
      before?.isStraight === true &&
      one.isStraight === true &&
      after !== undefined &&
      distanceToLine(one.point, before.point, after.point) <= straight * size
    if (!isInner) kept.push(one)
  })
  return kept
}
