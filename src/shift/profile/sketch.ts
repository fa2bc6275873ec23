/**
 * A summary of many numbers that answers how many are at most x, and merges with others of its kind: while they have few different values each value with its
 * count, exact; of more a sample in levels, where an element of level h stands for 2^h numbers (Karnin, Lang & Liberty 2016).
 */
import { UsageError } from '../../core/index.js'
import { mixed } from './mixed.js'
import { merge, runs, takeEvery } from './sorted.js'

/** What a sketch is as plain data. */
export interface SketchJson {
  readonly k: number
  readonly seed: number
  readonly count: number
  readonly compactions: number
  /** Sum over compactions of (weight afterwards)^2 / 4: a bound on the variance of the error of a rank. */
  readonly variance: number
  /** Sum over compactions of the weight afterwards less the weight before: no rank is off by more. */
  readonly bound: number
  /** Different values and how often each came; null where there are levels. */
  readonly exact: { readonly values: readonly number[]; readonly counts: readonly number[] } | null
  /** Ascending values of each level; null where the values are exact. */
  readonly levels: readonly (readonly number[])[] | null
}

/** Ascending values with how many numbers each stands for. */
export interface Weighted {
  readonly values: Float64Array
  readonly weights: Float64Array
}

/** Capacity of a level as a part of that of the level above. */
const shrinkage = 2 / 3
const smallestLevel = 8

export class QuantileSketch {
  #exact: Weighted | null = { values: new Float64Array(0), weights: new Float64Array(0) }
  #levels: Float64Array[] = []
  #count = 0
  #compactions = 0
  #variance = 0
  #bound = 0

  /** `k`: different values that are kept exactly, and elements of the highest level. */
  constructor(
    readonly k: number,
    readonly seed: number,
  ) {}

  get count(): number {
    return this.#count
  }

  get isExact(): boolean {
    return this.#exact !== null
  }

  /** Numbers that are kept. */
  get size(): number {
    return this.#exact?.values.length ?? this.#levels.reduce((sum, level) => sum + level.length, 0)
  }

  /** Adds ascending finite numbers. */
  add(sorted: Float64Array): void {
    if (sorted.length === 0) return
    this.#count += sorted.length
    if (this.#exact && this.#addExact(runs(sorted, this.k))) return
    this.#toLevels()
    // So many at once are thinned out at once, which errs by less than level by level; what does not divide stays as it is, at either end.
    const level = Math.max(0, Math.ceil(Math.log2(sorted.length / this.k)))
    const step = 2 ** level
    const rest = sorted.length % step
    const low = rest > 0 && this.#bit(level) === 1 ? rest : 0
    const kept = takeEvery(sorted, step, this.#draw(step), low, sorted.length - rest + low)
    if (level > 0) this.#compacted(1, step)
    this.#put(level, kept)
    if (rest > 0) this.#put(0, low > 0 ? sorted.slice(0, low) : sorted.slice(sorted.length - rest))
    this.#compress()
  }

  /** Adds what another sketch stands for; errors add up. Throws UsageError for another `k`. */
  merge(other: QuantileSketch): void {
    if (other.k !== this.k)
      throw new UsageError(`Profile: sketches of k = ${this.k} and ${other.k}; expected the same.`)
    const theirs = other.#exact
    const [levels, exact] = [other.#levels.map((level) => level.slice()), theirs]
    this.#count += other.#count
    this.#compactions += other.#compactions
    this.#variance += other.#variance
    this.#bound += other.#bound
    if (this.#exact && exact && this.#addExact(exact)) return
    this.#toLevels()
    if (exact) this.#putWeighted(exact)
    for (const [h, level] of levels.entries()) this.#put(h, level)
    this.#compress()
  }

  /** All that is kept, ascending; weights are whole and sum to `count`. */
  weighted(): Weighted {
    if (this.#exact) return this.#exact
    const size = this.size
    const values = new Float64Array(size)
    const weights = new Float64Array(size)
    const places = this.#levels.map(() => 0)
    for (let i = 0; i < size; i++) {
      let least = -1
      for (const [h, at] of places.entries())
        if (at < this.#levels[h]!.length && (least < 0 || this.#levels[h]![at]! < values[i]!)) {
          least = h
          values[i] = this.#levels[h]![at]!
        }
      weights[i] = 2 ** least
      places[least] = places[least]! + 1
    }
    return { values, weights }
  }

  /**
   * How far the share of numbers at most x may be from the truth, for all x at once, but with probability `delta` at most: 0 where the values are exact.
   *
   * The compactions of one level, and levels, err independently, with mean 0 and within an interval of their weight w; so a rank's error beyond t has a
   * probability of at most 2 exp(-2 t^2 / sum w^2) (Hoeffding), taken for g ranks, between which errors grow by 1/g. Where the sum of all weights is smaller, it
   * is the bound, and certain.
   */
  rankError(delta = 1e-3): number {
    if (this.#bound === 0) return 0
    const deviation = Math.sqrt(2 * this.#variance) / this.#count
    let least = this.#bound / this.#count
    for (let g = 64; g <= 1 << 22; g *= 2)
      least = Math.min(least, deviation * Math.sqrt(Math.log((2 * g) / delta)) + 1 / g)
    return least
  }

  toJSON(): SketchJson {
    const { k, seed } = this
    const exact = this.#exact && { values: [...this.#exact.values], counts: [...this.#exact.weights] }
    const levels = this.#exact ? null : this.#levels.map((level) => [...level])
    return { k, seed, count: this.#count, compactions: this.#compactions, variance: this.#variance, bound: this.#bound, exact, levels } // biome-ignore format: one line
  }

  /** Of checked data: see `json.ts`. */
  static from(json: SketchJson): QuantileSketch {
    const made = new QuantileSketch(json.k, json.seed)
    made.#count = json.count
    made.#compactions = json.compactions
    made.#variance = json.variance
    made.#bound = json.bound
    made.#exact = json.exact && {
      values: Float64Array.from(json.exact.values),
      weights: Float64Array.from(json.exact.counts),
    }
    made.#levels = (json.levels ?? []).map((level) => Float64Array.from(level))
    return made
  }

  /** False, and nothing done, where more than k values would be different. */
  #addExact(more: Weighted | null): boolean {
    if (more === null) return false
    const { values: a, weights: v } = this.#exact!
    const { values: b, weights: w } = more
    const values = new Float64Array(a.length + b.length)
    const weights = new Float64Array(a.length + b.length)
    let size = 0
    for (let i = 0, j = 0; i < a.length || j < b.length; size++) {
      const x = i === a.length ? b[j]! : j === b.length ? a[i]! : Math.min(a[i]!, b[j]!)
      values[size] = x
      if (i < a.length && a[i] === x) weights[size] = weights[size]! + v[i++]!
      if (j < b.length && b[j] === x) weights[size] = weights[size]! + w[j++]!
    }
    if (size > this.k) return false
    this.#exact = { values: values.slice(0, size), weights: weights.slice(0, size) }
    return true
  }

  #toLevels(): void {
    if (this.#exact === null) return
    const exact = this.#exact
    this.#exact = null
    this.#putWeighted(exact)
  }

  /** Counts are sums of powers of two: nothing is lost. */
  #putWeighted({ values, weights }: Weighted): void {
    const parts: number[][] = []
    for (let i = 0; i < values.length; i++)
      for (let h = 0, left = weights[i]!; left > 0; h++, left = Math.floor(left / 2)) {
        while (parts.length <= h) parts.push([])
        if (left % 2 === 1) parts[h]!.push(values[i]!)
      }
    for (const [h, part] of parts.entries()) this.#put(h, Float64Array.from(part))
  }

  #put(h: number, sorted: Float64Array): void {
    while (this.#levels.length <= h) this.#levels.push(new Float64Array(0))
    this.#levels[h] = merge(this.#levels[h]!, sorted)
  }

  /** Halves levels, the lowest that is full first, until all together have room. */
  #compress(): void {
    for (;;) {
      const top = this.#levels.length - 1
      const capacities = this.#levels.map((_, h) => Math.max(smallestLevel, Math.ceil(this.k * shrinkage ** (top - h))))
      if (this.size <= capacities.reduce((sum, one) => sum + one, 0)) return
      const h = this.#levels.findIndex((level, i) => level.length > capacities[i]!)
      const level = this.#levels[h]!
      // An odd one out stays, at either end.
      const odd = level.length % 2
      const low = odd === 1 && this.#bit(h) === 1 ? 1 : 0
      const kept = takeEvery(level, 2, this.#draw(2), low, level.length - odd + low)
      this.#levels[h] = odd === 0 ? new Float64Array(0) : low === 1 ? level.slice(0, 1) : level.slice(-1)
      this.#compacted(2 ** h, 2 ** (h + 1))
      this.#put(h + 1, kept)
    }
  }

  #compacted(before: number, after: number): void {
    this.#variance += (after * after) / 4
    this.#bound += after - before
  }

  /** A whole number from 0 to n - 1, n a power of two: of the seed, and of what was done. */
  #draw(n: number): number {
    return mixed(this.seed, this.#compactions++, this.#count) % n
  }

  #bit(level: number): number {
    return mixed(this.seed, ~level, this.#compactions++) % 2
  }
}
