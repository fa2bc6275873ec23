/** Numbers of two tables compared by what profiles keep: the figures of `compareNumbers`, whose values are not all there. */
import { opened, sturges, widthEdges } from '../univariate/bins.js'
import { hellinger, jensenShannon, psi } from '../univariate/divergence.js'
import { ksOf } from '../univariate/ks.js'
import { compareNumbers, fewDistinct, histogramOf, ksEffect, type Measured, type Shape, shapeThreshold, tiesNote, told, unmeasured } from '../univariate/numeric.js' // biome-ignore format: one line
import type { Settings } from '../univariate/options.js'
import { isFine, type Stability } from '../univariate/stability.js'
import { ksThreshold, permutedThreshold, psiThreshold } from '../univariate/thresholds.js'
import { apart, countIn, expanded, finiteCount, quantileIn, type Side, valuesIn } from './side.js'

/** Numbers of both that are compared as rows are where all are known. */
const mostExpanded = 1 << 22

export function compareSides(a: Side, b: Side, settings: Settings): Measured {
  const error = a.error + b.error
  if (error === 0 && a.count + b.count <= mostExpanded) return compareNumbers(expanded(a), expanded(b), settings)
  const notes = [told('reference', a), told('current table', b)].filter((note) => note !== null)
  if (a.count === 0 || b.count === 0) return { ...unmeasured, notes }
  const [n, m] = [a.count, b.count]
  const { reach, location, area, distinct } = apart(a, b)
  const distance = Math.abs(reach) / n / m
  // The p-value of the smallest distance that the sketches allow: never too small by their error.
  const least = error === 0 ? reach : Math.max(0, Math.floor((distance - error) * n * m))
  const { p } = ksOf({ n, m, reach: least, location }, error > 0 ? 'asymptotic' : 'auto')
  if (error > 0)
    notes.push(`from a quantile sketch: shares, and the Kolmogorov-Smirnov distance, are right to ${Number(error.toPrecision(2))}, and the p-value is that of the smallest distance this allows`) // biome-ignore format: one line
  const canMeasure = finiteCount(a) > 0 && finiteCount(b) > 0
  if (finiteCount(a) < n || finiteCount(b) < m)
    notes.push('infinite values count in ranks and outer bins, and are left out of the Wasserstein distance')
  const byQuantile = stability('quantile', a, b, settings)
  const byWidth = stability('width', a, b, settings)
  if (byWidth.value === null) notes.push('constant in the reference: no bins for the stability index')
  const shape = shapeOf(a, b)
  return {
    ...unmeasured,
    ks: { statistic: distance, p },
    wasserstein: canMeasure ? area : null,
    psi: byQuantile.value,
    psiEqualWidth: byWidth.value,
    js: shape ? jensenShannon(shape.reference, shape.current) : null,
    hellinger: shape ? hellinger(shape.reference, shape.current) : null,
    p,
    effect: distance,
    effectName: ksEffect,
    thresholds: {
      psi: byQuantile.threshold,
      js: shape ? shapeThreshold(shape, settings) : null,
      effect: ksThreshold(n, m) + error,
    },
    histogram: shape ? histogramOf(shape) : null,
    notes: [...notes, ...tiesNote({ n, m, distinct })],
  }
}

/** As `stabilityOf`. */
function stability(
  kind: 'quantile' | 'width',
  a: Side,
  b: Side,
  { bins, floor, permutations, seed }: Settings,
): Stability {
  if (finiteCount(a) === 0 || a.min === a.max) return { value: null, threshold: null }
  const all = kind === 'width' ? widthEdges(a.min, a.max, bins) : Array.from({ length: bins + 1 }, (_, i) => (i === 0 ? a.min : i === bins ? a.max : quantileIn(a, i / bins))) // biome-ignore format: one line
  const edges = opened(all.filter((edge, i) => i === 0 || edge !== all[i - 1]))
  const [x, y] = [countIn(a, edges), countIn(b, edges)]
  const statistic = (p: ArrayLike<number>, q: ArrayLike<number>): number => psi(p, q, { floor })
  const threshold = isFine(x, y, floor)
    ? psiThreshold(a.count, b.count, x.length)
    : permutedThreshold(x, y, [statistic], { draws: permutations, seed })[0]!
  return { value: statistic(x, y), threshold }
}

/** As of `compareNumbers`: the values themselves where the reference has few, else bins of one width over both. */
function shapeOf(a: Side, b: Side): Shape | null {
  const own = valuesIn(a, fewDistinct)
  const other = own && valuesIn(b, 50 * fewDistinct)
  if (own && other) {
    const values = [...new Set([...own, ...other])].sort((p, q) => p - q)
    const edges = [...values, Number.POSITIVE_INFINITY]
    return { edges: null, values, reference: countIn(a, edges), current: countIn(b, edges) }
  }
  const [n, m] = [finiteCount(a), finiteCount(b)]
  const [low, high] = [Math.min(a.min, b.min), Math.max(a.max, b.max)]
  if (n === 0 || m === 0 || !(high - low < Number.POSITIVE_INFINITY)) return null
  const edges = widthEdges(low, high, sturges(n + m))
  const open = opened(edges)
  return { edges, values: null, reference: countIn(a, open), current: countIn(b, open) }
}
