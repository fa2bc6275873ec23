/** Numbers of one table as their distribution function: ascending values, and how many numbers are at most each. */
import { placeOf } from '../univariate/sample.js'
import type { ColumnProfile } from './column.js'

export interface Side {
  /** Numbers that are not NaN, infinite ones among them. */
  readonly count: number
  readonly nan: number
  readonly negInf: number
  readonly posInf: number
  /** Extremes of the finite ones. */
  readonly min: number
  readonly max: number
  /** Ascending; infinite ones at the ends. */
  readonly values: Float64Array
  /** How many numbers each place and those before it stand for. */
  readonly upTo: Float64Array
  /** How far a share of numbers at most x may be off, for all x. */
  readonly error: number
}

export function sideOf({ sketch, moments, nan, negInf, posInf }: ColumnProfile): Side {
  const kept = sketch.weighted()
  const [low, high] = [Number(negInf > 0), Number(posInf > 0)]
  const values = new Float64Array(low + kept.values.length + high)
  const upTo = new Float64Array(values.length)
  if (low) values[0] = Number.NEGATIVE_INFINITY
  values.set(kept.values, low)
  if (high) values[values.length - 1] = Number.POSITIVE_INFINITY
  let sum = negInf
  if (low) upTo[0] = sum
  for (let i = 0; i < kept.values.length; i++) upTo[low + i] = sum += kept.weights[i]!
  if (high) upTo[values.length - 1] = sum + posInf
  const count = sum + posInf
  return { count, nan, negInf, posInf, min: moments.min, max: moments.max, values, upTo, error: count === 0 ? 0 : (sketch.rankError() * sketch.count) / count } // biome-ignore format: one line
}

export const finiteCount = ({ count, negInf, posInf }: Side): number => count - negInf - posInf

/** All numbers, one by one. */
export function expanded({ values, upTo, count, nan }: Side): Float64Array {
  const all = new Float64Array(count + nan)
  for (let i = 0; i < values.length; i++) all.fill(values[i]!, i === 0 ? 0 : upTo[i - 1]!, upTo[i]!)
  return all.fill(Number.NaN, count)
}

/** How many numbers lie in each bin [edge, next edge), the last one with its upper edge. */
export function countIn({ values, upTo }: Side, edges: readonly number[]): number[] {
  const below = edges.map((edge, i) => {
    const place = placeOf(values, edge, i === edges.length - 1)
    return place === 0 ? 0 : upTo[place - 1]!
  })
  return Array.from({ length: edges.length - 1 }, (_, i) => below[i + 1]! - below[i]!)
}

/** The q-quantile of the finite numbers, by linear interpolation between neighbours (type 7). */
export function quantileIn(side: Side, q: number): number {
  const { values, upTo, negInf } = side
  const at = q * (finiteCount(side) - 1)
  const low = Math.floor(at)
  // Places from 0 on: the number of that place is the first that more numbers than the place are at most.
  const value = (place: number): number => values[placeOf(upTo, negInf + place, true)]!
  const a = value(low)
  const share = at - low
  if (share === 0) return a
  const b = value(low + 1)
  if (a === b) return a
  return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share)
}

/** Different values, or null where there are more than `most`. */
export function valuesIn({ values }: Side, most: number): number[] | null {
  const found: number[] = []
  for (const value of values) {
    if (value === found.at(-1)) continue
    if (found.length === most) return null
    found.push(value)
  }
  return found
}

export interface Apart {
  /** i m - j n where its size is largest, for i of n and j of m numbers at most x. */
  readonly reach: number
  readonly location: number
  /** Area between both distribution functions, of finite numbers. */
  readonly area: number
  readonly distinct: number
}

/** One merge of both. */
export function apart(a: Side, b: Side): Apart {
  const [n, m] = [a.count, b.count]
  const [finiteA, finiteB] = [finiteCount(a), finiteCount(b)]
  let [i, j, atA, atB, best, location, area, distinct] = [0, 0, 0, 0, 0, Number.NaN, 0, 0]
  let before = Number.NEGATIVE_INFINITY
  while (i < a.values.length || j < b.values.length) {
    const x = Math.min(a.values[i] ?? Number.POSITIVE_INFINITY, b.values[j] ?? Number.POSITIVE_INFINITY)
    if (before > Number.NEGATIVE_INFINITY && x < Number.POSITIVE_INFINITY)
      area += Math.abs((atA - a.negInf) / finiteA - (atB - b.negInf) / finiteB) * (x - before)
    while (i < a.values.length && a.values[i]! <= x) atA = a.upTo[i++]!
    while (j < b.values.length && b.values[j]! <= x) atB = b.upTo[j++]!
    const gap = atA * m - atB * n
    if (Math.abs(gap) > Math.abs(best) || Number.isNaN(location)) [best, location] = [gap, x]
    before = x
    distinct++
  }
  return { reach: best, location, area, distinct }
}
