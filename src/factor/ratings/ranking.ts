/** Figures of one ranked list: how early what is worth having comes. */

/**
 * Discounted cumulative gain of the first k places, gain / log2(place + 1) with places from 1. Equal scores share their places: each of them counts
 * with the mean gain of all (McSherry & Najork 2008, as scikit-learn's `ndcg_score` has it).
 */
export function dcg(gains: ArrayLike<number>, scores: ArrayLike<number>, k: number): number {
  const order = Array.from({ length: gains.length }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]!)
  let sum = 0
  for (let from = 0; from < Math.min(k, order.length); ) {
    let to = from
    let [gain, discount] = [0, 0]
    for (; to < order.length && scores[order[to]!] === scores[order[from]!]; to++) {
      gain += gains[order[to]!]!
      if (to < k) discount += 1 / Math.log2(to + 2)
    }
    sum += (gain / (to - from)) * discount
    from = to
  }
  return sum
}

/** DCG by that of the best order, 0 to 1; NaN where nothing has a gain. */
export function ndcg(gains: ArrayLike<number>, scores: ArrayLike<number>, k: number): number {
  return normalizedBy(dcg(gains, scores, k), gains, k)
}

/** A DCG by the best that the gains allow. */
export function normalizedBy(value: number, gains: ArrayLike<number>, k: number): number {
  const best = dcg(gains, gains, k)
  return best === 0 ? Number.NaN : value / best
}

/** Of a list of what is relevant, best place first. */
export interface Hits {
  /** Share of the first k places that are relevant; of as many as there are where those are fewer. */
  readonly precision: number
  /** Share of what is relevant that is among them. */
  readonly recall: number
  /** 1 where any is. */
  readonly hitRate: number
  /** 1 / place of the first, 0 where none is among them. */
  readonly reciprocalRank: number
  /** Mean over the min(k, relevant) places of relevant ones of the precision there. */
  readonly averagePrecision: number
}

/** Figures of the first k places; `isRelevant` in the order of the ranking, `relevant` of all there is. Null where nothing is relevant. */
export function hits(isRelevant: readonly boolean[], relevant: number, k: number): Hits | null {
  if (relevant === 0) return null
  const places = Math.min(k, isRelevant.length)
  let [found, first, precisions] = [0, 0, 0]
  for (let place = 1; place <= places; place++) {
    if (!isRelevant[place - 1]) continue
    found++
    if (first === 0) first = place
    precisions += found / place
  }
  return {
    precision: places === 0 ? 0 : found / places,
    recall: found / relevant,
    hitRate: found > 0 ? 1 : 0,
    reciprocalRank: first === 0 ? 0 : 1 / first,
    averagePrecision: precisions / Math.min(k, relevant),
  }
}
