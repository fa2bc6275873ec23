/** One interval in which a layer moved much farther than before and after. */
import { median, robustDeviation } from '../statistics.js'
import { type Finding, leastUpdate, relativeUpdate, type Series, show } from './series.js'

/** Intervals on each side that an update is compared with. */
const reach = 3
/** Before, there must be so many: what training begins with is usually its largest update. */
const leastBefore = 2
/** Times the largest of the neighbours. */
const factor = 3
/** Robust standard deviations above the neighbours' median: for Gaussian log sizes one in 3.5 million. */
const deviations = 5

/**
 * The largest jump: an update at least three times each of the three before and the three after, standing out by more than the neighbours differ
 * among themselves (Dixon 1950), and by five robust standard deviations of all other log sizes about the median of theirs. Whether movement grows with
 * the number of steps between checkpoints (drift) or its square root (diffusion) is not known, so a jump must be one by both. An update that takes back the one
 * before (a cosine of at most -1/2) is no neighbour: a single damaged checkpoint is one jump and not two.
 */
export function findJump(series: Series): Finding | null {
  const updates = series.deltas.length - 1
  if (updates < leastBefore + 2) return null
  const byDrift = candidates(series, 1)
  const byDiffusion = candidates(series, 0.5)
  const found = byDrift
    .filter(({ place }) => byDiffusion.some((other) => other.place === place))
    .sort((a, b) => b.gap - a.gap || a.place - b.place)
  const [jump] = found
  if (jump === undefined) return null
  const others = found.length > 1 ? ` ${found.length - 1} more like it.` : ''
  return {
    code: 'jump',
    place: jump.place,
    why: `one interval moved it by ${show(relativeUpdate(series, jump.place))} of its size, ${show(Math.exp(jump.gap))} times the largest of the ${jump.neighbours} intervals around it.${others}`,
  }
}

interface Candidate {
  readonly place: number
  /** Logarithm of the update over the largest neighbour. */
  readonly gap: number
  readonly neighbours: number
}

function candidates(series: Series, exponent: number): Candidate[] {
  const { at, deltas } = series
  const logs = deltas.map((_, t) =>
    t === 0
      ? Number.NaN
      : Math.log(Math.max(relativeUpdate(series, t), leastUpdate)) - exponent * Math.log(at[t]! - at[t - 1]!),
  )
  const around = deltas.map((_, t) => neighboursOf(series, logs, t))
  const above = around.map((near, t) =>
    near.length === 0 || isReturn(series, t) ? Number.NaN : logs[t]! - median(near),
  )
  const found: Candidate[] = []
  for (let t = 1 + leastBefore; t < logs.length; t++) {
    const near = around[t]!
    const gap = logs[t]! - Math.max(...near)
    const spread = Math.max(...near) - Math.min(...near)
    if (near.length < leastBefore || gap < Math.log(factor) || gap < spread) continue
    const others = above.filter((value, i) => i !== t && !Number.isNaN(value))
    if (others.length > 0 && above[t]! < deviations * robustDeviation(others)) continue
    found.push({ place: t, gap, neighbours: near.length })
  }
  return found
}

/** Whether update t takes back at least half of the one before. */
const isReturn = ({ cosines }: Series, t: number): boolean => (cosines[0]?.[t] ?? 0) <= -0.5

function neighboursOf(series: Series, logs: readonly number[], t: number): number[] {
  const near: number[] = []
  for (let i = Math.max(1, t - reach); t > 0 && i <= t + reach && i < logs.length; i++)
    if (i !== t && !isReturn(series, i)) near.push(logs[i]!)
  return near
}
