/** Ascending numbers: brought together, thinned out, counted. */
import { sortedView, withSorted } from '../univariate/sample.js'
import type { Weighted } from './sketch.js'

/** Both, ascending. */
export function merge(a: Float64Array, b: Float64Array): Float64Array {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const out = new Float64Array(a.length + b.length)
  for (let i = 0, j = 0, at = 0; at < out.length; at++) out[at] = j === b.length || (i < a.length && a[i]! <= b[j]!) ? a[i++]! : b[j++]! // biome-ignore format: one line
  return out
}

/** Of the places `from` to `to`, whose number `step` divides, one of each `step`: the one at `offset`. */
export function takeEvery(x: Float64Array, step: number, offset: number, from: number, to: number): Float64Array {
  const out = new Float64Array((to - from) / step)
  for (let i = 0, at = from + offset; i < out.length; i++, at += step) out[i] = x[at]!
  return out
}

/** Different values of ascending numbers with how often each comes; null where there are more than `most`. */
export function runs(x: Float64Array, most: number): Weighted | null {
  let size = 0
  for (let i = 0; i < x.length; i++) if ((i === 0 || x[i] !== x[i - 1]) && ++size > most) return null
  const values = new Float64Array(size)
  const weights = new Float64Array(size)
  for (let i = 0, at = -1; i < x.length; i++) {
    if (i === 0 || x[i] !== x[i - 1]) values[++at] = x[i]!
    weights[at] = weights[at]! + 1
  }
  return { values, weights }
}

/** A copy of the numbers in ascending order, without NaN. */
export function ascending(values: ArrayLike<number>): Float64Array {
  return withSorted(values, [], (a) => sortedView(a).slice())
}
