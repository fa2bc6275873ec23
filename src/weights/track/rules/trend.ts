/** Norms that grow without bound, or vanish. */
import { fitLine } from '../statistics.js'
import { type Finding, type Series, show } from './series.js'

/** Checkpoints that a trend needs: three in each half, one shared. */
const least = 5
/** A trend matters when as much training again, at the pace of the second half, doubles or halves the norm: one bit of its exponent. */
const projected = 2
/**
 * Growth t^p gains 2^p - 1 times in the second half what it gained in the first: 1 for steady drift, 0.41 for diffusion, which slows down for ever.
 * Halfway, at p = 3/4.
 */
const steadiness = 2 ** 0.75 - 1
/** Norm over its largest earlier value below which a layer has collapsed: beside a residual path two such layers leave nothing of a signal in f16. */
const collapsed = 1 / 64

/**
 * growing: the slope of log ||W|| is positive beyond doubt over the whole run and over its second half; at that pace as much training again would
 * double the norm; and the norm gains per step in the second half at least 0.68 of what it gained in the first, so that it does not level off.
 * collapsing: the slope is negative beyond doubt, and as much training again would halve the norm; or the norm has fallen below 1/64 of its
 * largest value.
 */
export function findTrend({ at, norms }: Series): Finding | null {
  const fallen = findFallen(norms)
  if (fallen) return fallen
  if (norms.length < least || norms.some((norm) => norm === 0)) return null
  const half = Math.floor(norms.length / 2)
  const logs = norms.map(Math.log)
  const whole = fitLine(at, logs)
  const late = fitLine(at.slice(half), logs.slice(half))
  if (!whole.isSignificant || !late.isSignificant || Math.sign(whole.slope) !== Math.sign(late.slope)) return null
  const ahead = Math.exp(late.slope * (at.at(-1)! - at[0]!))
  const facts = `||W|| went from ${show(norms[0]!)} to ${show(norms.at(-1)!)}, its logarithm by ${show(late.slope)} ± ${show(late.error)} per step in the second half`
  if (late.slope < 0) {
    if (ahead > 1 / projected) return null
    return {
      code: 'collapsing',
      place: null,
      why: `${facts}: as much training again would leave ${show(ahead)} of it.`,
    }
  }
  if (ahead < projected) return null
  const early = fitLine(at.slice(0, half + 1), norms.slice(0, half + 1)).slope
  const later = fitLine(at.slice(half), norms.slice(half)).slope
  if (later < steadiness * early) return null
  return {
    code: 'growing',
    place: null,
    why: `${facts}, and it does not level off: as much training again would make it ${show(ahead)} times as large.`,
  }
}

function findFallen(norms: readonly number[]): Finding | null {
  const largest = Math.max(...norms)
  const last = norms.at(-1)!
  if (!(largest > 0) || last > collapsed * largest) return null
  return {
    code: 'collapsing',
    place: norms.findLastIndex((norm) => norm > collapsed * largest) + 1,
    why: `||W|| is ${show(last)}, ${show(last / largest)} of what it was at its largest.`,
  }
}
