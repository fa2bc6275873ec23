/**
 * The threshold of the projection onto {sum w |y| <= radius}: theta with sum w max(|x| - theta w, 0) = radius, by Newton's method as in
 * assembly/edit/simplex.ts: exact, and safeguarded by halving.
 */

interface Pass {
  /** sum w (|x| - theta w) over the elements where that is positive, and sum w^2 and the number of these. */
  readonly sum: number
  readonly slope: number
  readonly active: number
}

function passAt(x: Float64Array, w: Float64Array, theta: number): Pass {
  let [sum, slope, active] = [0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    const over = Math.abs(x[i]!) - theta * w[i]!
    if (over > 0) {
      sum += w[i]! * over
      slope += w[i]! * w[i]!
      active++
    }
  }
  return { sum, slope, active }
}

/** Newton steps in a row that leave more than half of the active elements, before the interval is halved once. */
const patience = 3

/** theta >= 0 with what passes find there; 0 when sum w |x| <= radius. radius > 0, w > 0. */
function threshold(x: Float64Array, w: Float64Array, radius: number): { theta: number; at: Pass } {
  let low = 0
  let at = passAt(x, w, 0)
  if (at.sum <= radius) return { theta: 0, at }
  let high = x.reduce((most, one, i) => Math.max(most, Math.abs(one) / w[i]!), 0)
  for (let slow = 0; ; ) {
    const next = low + (at.sum - radius) / at.slope
    const found = passAt(x, w, next)
    if (found.active === 0) return { theta: low, at }
    // The active set stays, or rounding is all that is left.
    if (found.active === at.active || found.sum <= radius || next === low) return { theta: next, at: found }
    slow = 2 * found.active > at.active ? slow + 1 : 0
    ;[low, at] = [next, found]
    if (slow < patience) continue
    slow = 0
    const half = low > 0 ? Math.sqrt(low) * Math.sqrt(high) : high / 2
    if (!(half > low && half < high)) continue
    const middle = passAt(x, w, half)
    if (middle.sum > radius) [low, at] = [half, middle]
    else high = half
  }
}

/** sign(x) max(|x| - theta w, 0), theta with a remainder of its own, so that the sum comes out. */
export function projectWeighted(x: Float64Array, w: Float64Array, radius: number): Float64Array {
  const { theta, at } = threshold(x, w, radius)
  if (at.sum <= radius && theta === 0) return x
  const rest = (at.sum - radius) / at.slope
  return x.map((one, i) => Math.sign(one) * Math.max(0, Math.abs(one) - theta * w[i]! - rest * w[i]!))
}
