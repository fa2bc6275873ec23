/** Intervals of means over users, by resampling them. */
import { UsageError } from '../../core/index.js'
import { uniforms } from '../random.js'

/** A figure and the interval that holds its value with the asked probability; NaN where fewer than two units have it, which tell no spread. */
export interface Estimate {
  readonly value: number
  readonly interval: readonly [number, number]
}

export interface BootstrapOptions {
  /** Samples (1000). */
  repeats?: number
  /** 0.95 */
  level?: number
  /** 0 */
  seed?: number
}

/** Something summed over units, and the figure of two such sums. */
export interface Ratio {
  /** Of each unit; NaN in `above` leaves a unit out of this figure. */
  readonly above: Float64Array
  readonly below: Float64Array
  /** Of (sum above) / (sum below): the square root for a root mean square. */
  readonly finish?: (ratio: number) => number
}

/**
 * Percentile bootstrap (Efron & Tibshirani 1993, chapter 13) over units that are independent of each other: each repeat draws as many units as
 * there are with replacement, the same draw for all figures, and takes figures of their sums; the interval is that between the (1 - level) / 2
 * and (1 + level) / 2 quantiles of the repeats (linear between neighbours). NaN where no unit has a figure, and no interval from a single one.
 */
export function bootstrap<K extends string>(
  figures: Readonly<Record<K, Ratio>>,
  units: number,
  options: BootstrapOptions = {},
): Record<K, Estimate> {
  const { repeats = 1000, level = 0.95, seed = 0 } = options
  if (!Number.isInteger(repeats) || repeats < 1)
    throw new UsageError(`bootstrap: repeats ${repeats}; expected a whole number from 1 on.`)
  if (!(level > 0 && level < 1)) throw new UsageError(`bootstrap: level ${level}; expected a number between 0 and 1.`)
  const names = Object.keys(figures) as K[]
  const samples = names.map(() => new Float64Array(repeats))
  const next = uniforms(seed)
  const drawn = new Int32Array(units)
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (let i = 0; i < units; i++) drawn[i] = Math.floor(next() * units)
    names.forEach((name, at) => {
      samples[at]![repeat] = figureOf(figures[name], drawn)
    })
  }
  const everyone = Int32Array.from({ length: units }, (_, i) => i)
  return Object.fromEntries(
    names.map((name, at) => {
      const isTold = figures[name].above.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0) > 1
      const sorted = isTold ? samples[at]!.filter((value) => !Number.isNaN(value)).sort() : new Float64Array(0)
      const interval = [quantile(sorted, (1 - level) / 2), quantile(sorted, (1 + level) / 2)] as const
      return [name, { value: figureOf(figures[name], everyone), interval }]
    }),
  ) as Record<K, Estimate>
}

function figureOf({ above, below, finish = (ratio) => ratio }: Ratio, units: Int32Array): number {
  let [sum, size] = [0, 0]
  for (let i = 0; i < units.length; i++) {
    const value = above[units[i]!]!
    if (Number.isNaN(value)) continue
    sum += value
    size += below[units[i]!]!
  }
  return size === 0 ? Number.NaN : finish(sum / size)
}

function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN
  const at = share * (sorted.length - 1)
  const low = Math.floor(at)
  const high = Math.min(sorted.length - 1, low + 1)
  return sorted[low]! + (at - low) * (sorted[high]! - sorted[low]!)
}
