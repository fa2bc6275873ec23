/** Corrections of p-values for how many there are. */
import { UsageError } from '../../core/index.js'

/** Numbers of `p` that are p-values, by size; null (a test that was not made) counts as none. */
function order(op: string, p: readonly (number | null)[]): number[] {
  const places: number[] = []
  for (const [i, one] of p.entries()) {
    if (one === null) continue
    if (!(one >= 0 && one <= 1)) throw new UsageError(`${op}: p[${i}] is ${one}; expected 0 to 1, or null for no test.`)
    places.push(i)
  }
  return places.sort((i, j) => p[i]! - p[j]! || i - j)
}

/**
 * Bonferroni's correction: each p times how many there are, at most 1. Controls the probability of one false rejection or more.
 * @example bonferroni([0.01, 0.04]) // [0.02, 0.08]
 */
export function bonferroni(p: readonly (number | null)[]): (number | null)[] {
  const count = order('bonferroni', p).length
  return p.map((one) => (one === null ? null : Math.min(1, one * count)))
}

/**
 * Holm's correction (1979): the i-th smallest of n times n - i + 1, made ascending, at most 1. Controls the same as Bonferroni's and never rejects less.
 * @example holm([0.01, 0.04]) // [0.02, 0.04]
 */
export function holm(p: readonly (number | null)[]): (number | null)[] {
  const places = order('holm', p)
  const out: (number | null)[] = p.map(() => null)
  let most = 0
  for (const [i, place] of places.entries()) {
    most = Math.max(most, Math.min(1, p[place]! * (places.length - i)))
    out[place] = most
  }
  return out
}

/**
 * Benjamini & Hochberg's correction (1995): the i-th smallest of n times n / i, made ascending from the largest down. What is at most q then
 * holds a share of q false ones on average, where the tests are independent or positively dependent.
 * @example benjaminiHochberg([0.01, 0.04]) // [0.02, 0.04]
 */
export function benjaminiHochberg(p: readonly (number | null)[]): (number | null)[] {
  const places = order('benjaminiHochberg', p)
  const out: (number | null)[] = p.map(() => null)
  let least = 1
  for (let i = places.length; i >= 1; i--) {
    const place = places[i - 1]!
    least = Math.min(least, (p[place]! * places.length) / i)
    out[place] = least
  }
  return out
}
