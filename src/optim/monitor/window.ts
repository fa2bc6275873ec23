/** The last values of a figure, and what chance would make of the next. */

/** 1 / the upper quartile of the normal distribution: a median of sizes to a standard deviation. */
const normalQuartile = 1.482602218505602

export class Window {
  #values: number[] = []
  /** Since the values last changed. */
  #cached: Statistics | null = null

  constructor(readonly size: number) {}

  get length(): number {
    return this.#values.length
  }

  get values(): readonly number[] {
    return this.#values
  }

  add(value: number): void {
    this.#values.push(value)
    if (this.#values.length > this.size) this.#values.shift()
    this.#cached = null
  }

  clear(): void {
    this.#values = []
    this.#cached = null
  }

  get median(): number {
    const { center, isLog } = this.#statistics()
    return isLog ? Math.exp(center) : center
  }

  /** What the next value goes above by `deviations` standard deviations, and at least `factor` times the median. */
  bound(deviations: number, factor: number): number {
    return this.boundOver(this.median, deviations, factor)
  }

  /** The same over another value than the median. */
  boundOver(value: number, deviations: number, factor: number): number {
    const { sigma, isLog } = this.#statistics()
    if (isLog && value > 0) return value * Math.exp(Math.max(deviations * sigma, Math.log(factor)))
    return value + Math.max(deviations * sigma, (factor - 1) * Math.abs(value))
  }

  #statistics(): Statistics {
    this.#cached ??= statistics(this.#values)
    return this.#cached
  }
}

interface Statistics {
  /** Of logarithms where all values are positive. */
  readonly isLog: boolean
  readonly center: number
  readonly sigma: number
}

/** Median, and the noise by differences of neighbours, which a trend does not widen (J. Rice 1984, of neighbours, made robust by a median). */
function statistics(values: readonly number[]): Statistics {
  const isLog = values.every((value) => value > 0)
  const x = isLog ? values.map(Math.log) : values
  const steps = x.slice(1).map((value, i) => Math.abs(value - x[i]!))
  const sigma = steps.length === 0 ? 0 : (normalQuartile * median(steps)) / Math.SQRT2
  return { isLog, center: median(x), sigma }
}

/** NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
