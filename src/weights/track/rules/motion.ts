/** Whether a layer still moves, goes back and forth, or has settled. */
import { fitLine, median } from '../statistics.js'
import { type Finding, relativeUpdate, type Series, show } from './series.js'

/** Updates that say anything about movement. */
const least = 3
/** A relative change up to the spacing of bf16 numbers is lost where weights are stored in it. */
const negligible = 2 ** -8
/** What is left to go over the way gone: nine tenths are done. */
const leftShare = 0.1
/**
 * Mean cosine of updates from which movement goes back: independent jitter about a fixed point has -1/2 (neighbouring updates share one term of
 * opposite sign), an alternation -1, a random walk 0. Halfway between walk and jitter.
 */
const backwards = -0.25
/** Cosines that it takes to call that a habit. */
const leastPairs = 4

/**
 * settled: what is left to go, at the recent pace and for as much training again, is at most a tenth of the farthest distance from the start, or
 * below the spacing of bf16 numbers. What is left: the last third's median update r, n times for a straight line, sqrt(n) times for a random walk,
 * once for jitter about a point: r sqrt(n f), f = (1 + c) / (1 - c) for a mean cosine c of 0 or more (an autoregression's), max(1 / n, 1 + 2c) below (a moving
 * average's). Where updates shrink beyond doubt by a factor q per interval, n is at most 1 / (1 - q).
 * oscillating: not settled, and updates one to four apart oppose each other in the second half: the size-weighted mean of four cosines or more
 * is -1/4 or less, by three standard deviations 1 / sqrt(elements * cosines) of what chance gives.
 * moving: anything else.
 */
export function judgeMotion(series: Series): Finding {
  const { at, norms, away, deltas } = series
  const updates = deltas.length - 1
  const largest = Math.max(...norms)
  if (deltas.every((delta) => delta === 0) && updates > 0)
    return { code: 'settled', place: null, why: 'it never changed.' }
  if (updates < least)
    return {
      code: 'unknown',
      place: null,
      why: `${updates === 0 ? 'one checkpoint shows no movement' : `${updates} updates are too few to judge`}; ${least + 1} checkpoints or more tell.`,
    }
  const recent = placesFrom(deltas.length - Math.max(2, Math.ceil(updates / 3)), deltas.length)
  const pace = median(recent.map((t) => relativeUpdate(series, t)))
  const interval = median(recent.map((t) => at[t]! - at[t - 1]!))
  const back = opposition(series)
  const direction = lagged(series, 1)?.cosine ?? 0
  const shrink = shrinkage(series, interval)
  const n = Math.max(1, Math.min((at.at(-1)! - at[0]!) / interval, 1 / (1 - shrink)))
  const left = pace * Math.min(n, Math.sqrt(n * spread(direction, n)))
  const gone = largest > 0 ? Math.max(...away) / largest : 0
  const facts = `recent updates are ${show(pace)} of its size, and as much training again would move it by about ${show(left)}`
  if (left <= negligible) return { code: 'settled', place: null, why: `${facts}, no more than rounding to bf16 does.` }
  if (left <= leftShare * gone)
    return { code: 'settled', place: null, why: `${facts}, after ${show(gone)} since the start.` }
  if (back !== null)
    return {
      code: 'oscillating',
      place: null,
      why: `updates ${back.lag === 1 ? 'in a row' : `${back.lag} apart`} oppose each other (mean cosine ${show(back.cosine)}), and recent ones are ${show(pace)} of its size.`,
    }
  return { code: 'moving', place: null, why: `${facts}, after ${show(gone)} since the start.` }
}

const placesFrom = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** Variance of a sum of n updates over that of n independent ones, from the cosine of neighbours. */
function spread(cosine: number, n: number): number {
  return cosine >= 0 ? (1 + cosine) / Math.max(1e-9, 1 - cosine) : Math.max(1 / n, 1 + 2 * cosine)
}

/** The factor by which updates per step shrink over one interval; 1 where they do not beyond doubt. */
function shrinkage(series: Series, interval: number): number {
  const { at, deltas } = series
  const places = placesFrom(Math.max(1, deltas.length >> 1), deltas.length).filter((t) => deltas[t]! > 0)
  if (places.length < 3) return 1
  const line = fitLine(
    places.map((t) => (at[t]! + at[t - 1]!) / 2),
    places.map((t) => Math.log(relativeUpdate(series, t) / (at[t]! - at[t - 1]!))),
  )
  return line.isSignificant && line.slope < 0 ? Math.exp(line.slope * interval) : 1
}

/** The lag at which updates oppose each other most, where they do beyond doubt. */
function opposition(series: Series): { lag: number; cosine: number } | null {
  let most: { lag: number; cosine: number } | null = null
  for (let lag = 1; lag <= series.cosines.length; lag++) {
    const found = lagged(series, lag)
    if (found === null || found.pairs < leastPairs) continue
    const { cosine, pairs } = found
    if (cosine > backwards - 3 / Math.sqrt(series.count * pairs)) continue
    if (most === null || cosine < most.cosine) most = { lag, cosine }
  }
  return most
}

/** Mean cosine of updates `lag` apart over the second half, weighted by their sizes so that turning points, where nothing moves, do not count. */
function lagged(series: Series, lag: number): { cosine: number; pairs: number } | null {
  const { cosines, deltas } = series
  const half = Math.min(deltas.length >> 1, deltas.length - leastPairs)
  let products = 0
  let weights = 0
  let pairs = 0
  for (let t = Math.max(lag + 1, half); t < deltas.length; t++) {
    const cosine = cosines[lag - 1]![t] ?? null
    if (cosine === null) continue
    const weight = relativeUpdate(series, t) * relativeUpdate(series, t - lag)
    products += cosine * weight
    weights += weight
    pairs++
  }
  return weights === 0 ? null : { cosine: products / weights, pairs }
}
