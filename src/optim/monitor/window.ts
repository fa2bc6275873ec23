/** The last values of a figure, and what chance would make of the next. */

/** 1 / the upper quartile of the normal distribution: a median of sizes to a standard deviation. */
const normalQuartile = 1.482602218505602

export class Window {
  #values: number[] = []
  /** How many values are not positive: without one, logarithms are what is looked at. */
  #others = 0
  #looked = new Looked()

  constructor(readonly size: number) {}

  get length(): number {
    return this.#values.length
  }

  get values(): readonly number[] {
    return this.#values
  }

  add(value: number): void {
    const wasLog = this.#others === 0
    this.#values.push(value)
    if (!(value > 0)) this.#others++
    const isFull = this.#values.length > this.size
    if (isFull && !(this.#values.shift()! > 0)) this.#others--
    const isLog = this.#others === 0
    if (isLog !== wasLog) {
      this.#looked = new Looked()
      for (const one of this.#values) this.#looked.push(isLog ? Math.log(one) : one)
    } else {
      this.#looked.push(isLog ? Math.log(value) : value)
      if (isFull) this.#looked.shift()
    }
  }

  clear(): void {
    this.#values = []
    this.#others = 0
    this.#looked = new Looked()
  }

  get median(): number {
    const { center } = this.#looked
    return this.#others === 0 ? Math.exp(center) : center
  }

  /** What the next value goes above by `deviations` standard deviations, and at least `factor` times the median. */
  bound(deviations: number, factor: number): number {
    return this.boundOver(this.median, deviations, factor)
  }

  /** The same over another value than the median. */
  boundOver(value: number, deviations: number, factor: number): number {
    const { sigma } = this.#looked
    if (this.#others === 0 && value > 0) return value * Math.exp(Math.max(deviations * sigma, Math.log(factor)))
    return value + Math.max(deviations * sigma, (factor - 1) * Math.abs(value))
  }
}

/** Figures with their order, which each that comes and goes changes a little. */
class Looked {
  readonly #x: number[] = []
  readonly #sorted: number[] = []
  /** Sizes of differences of neighbours. */
  readonly #steps: number[] = []

  push(value: number): void {
    if (this.#x.length > 0) insert(this.#steps, Math.abs(value - this.#x.at(-1)!))
    this.#x.push(value)
    insert(this.#sorted, value)
  }

  shift(): void {
    const first = this.#x.shift()!
    remove(this.#sorted, first)
    if (this.#x.length > 0) remove(this.#steps, Math.abs(this.#x[0]! - first))
  }

  get center(): number {
    return middle(this.#sorted)
  }

  /** The noise by differences of neighbours, which a trend does not widen (J. Rice 1984, of neighbours, made robust by a median). */
  get sigma(): number {
    return this.#steps.length === 0 ? 0 : (normalQuartile * middle(this.#steps)) / Math.SQRT2
  }
}

/** Place of the first that is not below. */
function placeOf(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const half = (low + high) >> 1
    if (sorted[half]! < value) low = half + 1
    else high = half
  }
  return low
}

const insert = (sorted: number[], value: number): void => void sorted.splice(placeOf(sorted, value), 0, value)
const remove = (sorted: number[], value: number): void => void sorted.splice(placeOf(sorted, value), 1)

/** NaN of nothing. */
function middle(sorted: readonly number[]): number {
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}
