/** Importance weights: what all methods give, how far they can be trusted, and as a column of a table. */
import { UsageError } from '../../core/index.js'
import type { NumericColumn } from '../../table/index.js'
import type { Rows } from './matrix.js'

export interface ClipOptions {
  /** Larger weights become this. */
  max?: number
  /** Weights above this quantile of the weights of the reference rows become that quantile, 0 to 1. */
  quantile?: number
  /** Divides by the mean over the reference rows, after clipping, so that they sum to their number. Default false. */
  normalize?: boolean
}

export interface ImportanceWeights {
  /** p_current(x) / p_reference(x) at each reference row. */
  readonly weights: Float64Array
  /** (sum w)^2 / sum w^2: as many rows without weights would estimate as well. */
  readonly effectiveSampleSize: number
  /** The largest weight before clipping. */
  readonly max: number
  /** How many weights were clipped. */
  readonly clipped: number
  /** Weights of other rows of the same columns, clipped and normalized alike. */
  weigh(rows: Rows): Float64Array
}

/** (sum w)^2 / sum w^2; 0 where all weights are 0. Source: Kish (1965). */
export function effectiveSampleSize(weights: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < weights.length; i++) largest = Math.max(largest, weights[i]!)
  if (largest === 0) return 0
  let [sum, squares] = [0, 0]
  for (let i = 0; i < weights.length; i++) {
    const one = weights[i]! / largest
    sum += one
    squares += one * one
  }
  return (sum * sum) / squares
}

/** Weights as a column `weight` of a table, as `train` takes them (`data.weights`). */
export function weightColumn(weights: Float64Array, name = 'weight'): NumericColumn {
  return { type: 'numeric', name, missing: 0, absent: null, values: weights.slice() }
}

/** Clips, normalizes, and counts. */
export function finish(
  op: string,
  raw: Float64Array,
  { max = Number.POSITIVE_INFINITY, quantile = 1, normalize = false }: ClipOptions,
  weigh: (rows: Rows) => Float64Array,
): ImportanceWeights {
  if (!(max > 0)) throw new UsageError(`${op}: max = ${max}; expected a positive number.`)
  if (!(quantile > 0 && quantile <= 1))
    throw new UsageError(`${op}: quantile = ${quantile}; expected more than 0, up to 1.`)
  const sorted = Float64Array.from(raw).sort()
  const limit = Math.min(max, sorted[Math.ceil(quantile * sorted.length) - 1]!)
  const cut = (weights: Float64Array): Float64Array => weights.map((one) => Math.min(one, limit))
  const kept = cut(raw)
  const mean = normalize ? kept.reduce((sum, one) => sum + one, 0) / kept.length : 1
  const scaled = (weights: Float64Array): Float64Array => (mean > 0 ? weights.map((one) => one / mean) : weights)
  const weights = scaled(kept)
  return {
    weights,
    effectiveSampleSize: effectiveSampleSize(weights),
    max: sorted.at(-1)!,
    clipped: raw.reduce((sum, one) => sum + Number(one > limit), 0),
    weigh: (rows) => scaled(cut(weigh(rows))),
  }
}
