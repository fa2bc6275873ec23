/** From the scores of folds to a choice: means with their errors, an order, and the one-standard-error rule. */

/** Better scores are lower, or higher. */
export type Better = 'lower' | 'higher'

/** What the folds of one trial come to. */
export interface Score {
  /** null where a fold failed or its score is not a number. */
  readonly mean: number | null
  /** Standard deviation over folds (ddof 1) / sqrt(folds); null for one fold. */
  readonly standardError: number | null
}

export function scoreOf(values: readonly (number | null)[]): Score {
  const n = values.length
  if (n === 0 || values.some((value) => value === null || Number.isNaN(value)))
    return { mean: null, standardError: null }
  const mean = (values as number[]).reduce((a, b) => a + b, 0) / n
  if (n === 1 || !Number.isFinite(mean)) return { mean, standardError: null }
  const squares = (values as number[]).reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, standardError: Math.sqrt(squares / (n - 1) / n) }
}

/** What is looked at to choose. */
export interface Ranked extends Score {
  readonly number: number
  /** Parameters that are not zero at the end, on average over folds; null where it failed. */
  readonly nonzeros: number | null
  /** Sum of the penalties' lambdas. */
  readonly lambda: number
}

/** Best first; those without a score last; equal ones by number. */
export function ranked<T extends Ranked>(trials: readonly T[], better: Better): T[] {
  const sign = better === 'lower' ? 1 : -1
  return [...trials].sort((a, b) => {
    if (a.mean === null || b.mean === null)
      return Number(a.mean === null) - Number(b.mean === null) || a.number - b.number
    // Infinity minus Infinity is no number; equal ones are equal.
    return (a.mean === b.mean ? 0 : sign * (a.mean < b.mean ? -1 : 1)) || a.number - b.number
  })
}

/**
 * The simplest trial whose mean is within one standard error of the best's: that with the fewest parameters that are not zero, of equal ones with
 * the largest lambda, then the better one. null where the best has no standard error (one fold).
 *
 * Source: Breiman, Friedman, Olshen & Stone 1984, "Classification and regression trees", 3.4.3.
 */
export function oneStandardError<T extends Ranked>(trials: readonly T[], better: Better): T | null {
  const order = ranked(trials, better)
  const best = order[0]
  if (best === undefined || best.mean === null || best.standardError === null) return null
  const sign = better === 'lower' ? 1 : -1
  const within = order.filter(({ mean }) => mean !== null && sign * (mean - best.mean!) <= best.standardError!)
  const simplest = (a: T, b: T): number => (a.nonzeros ?? Infinity) - (b.nonzeros ?? Infinity) || b.lambda - a.lambda
  // The sort is stable: of equally simple ones the better stays first.
  return within.sort((a, b) => simplest(a, b) || 0)[0]!
}
