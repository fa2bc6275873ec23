/** Count, mean, sum of squares about it and extremes of finite numbers, which add up. */
export interface MomentsJson {
  readonly count: number
  readonly mean: number
  /** Sum of (x - mean)^2. */
  readonly m2: number
  readonly min: number
  readonly max: number
}

export const noMoments: MomentsJson = { count: 0, mean: 0, m2: 0, min: 0, max: 0 }

/** Of ascending finite numbers. */
export function momentsOfSorted(x: Float64Array): MomentsJson {
  const count = x.length
  if (count === 0) return noMoments
  const [min, max] = [x[0]!, x[count - 1]!]
  // About the middle, so that sums neither overflow nor lose what all have in common.
  const middle = min / 2 + max / 2
  let sum = 0
  for (const value of x) sum += (value - middle) / count
  const mean = Math.max(min, Math.min(max, middle + sum))
  let [m2, rest] = [0, 0]
  for (const value of x) {
    const d = value - mean
    m2 += d * d
    rest += d
  }
  return { count, mean, m2: Math.max(0, m2 - (rest / count) * rest), min, max }
}

/** Of both together (Chan, Golub & LeVeque 1979). */
export function bothMoments(a: MomentsJson, b: MomentsJson): MomentsJson {
  if (a.count === 0 || b.count === 0) return a.count === 0 ? b : a
  const count = a.count + b.count
  const d = b.mean - a.mean
  return {
    count,
    mean: a.mean + d * (b.count / count),
    m2: a.m2 + b.m2 + d * d * ((a.count * b.count) / count),
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  }
}
