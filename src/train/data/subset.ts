/** Parts of a data set: chosen, split, folded. Which example goes where follows from the seed and the counts alone. */
import { inert, plural, UsageError } from '../../core/index.js'
import { randperm } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { generatorFor } from '../seeds.js'
import type { Batch, Dataset } from '../types.js'

/** Some examples of a data set, in an order of their own. Nothing is copied. */
export class Subset implements Dataset {
  readonly length: number
  readonly inputShape: readonly number[]
  readonly targetShape: readonly number[]
  readonly classes: readonly string[] | null

  constructor(
    readonly dataset: Dataset,
    readonly indices: Int32Array,
  ) {
    for (const index of indices)
      if (index < 0 || index >= dataset.length)
        throw new UsageError(`Subset: there is no example ${index}; expected 0 to ${dataset.length - 1}.`)
    this.length = indices.length
    this.inputShape = dataset.inputShape
    this.targetShape = dataset.targetShape
    this.classes = dataset.classes
  }

  batch(indices: Int32Array): Batch | Promise<Batch> {
    return this.dataset.batch(indices.map((i) => this.indices[i]!))
  }

  labels(): Int32Array | null {
    const all = this.dataset.labels()
    return all && this.indices.map((i) => all[i]!)
  }

  weights(): Float32Array | null {
    const all = this.dataset.weights?.() ?? null
    return all && Float32Array.from(this.indices, (i) => all[i]!)
  }
}

/** The examples at these places. */
export function subset(data: Dataset, indices: ArrayLike<number>): Subset {
  return new Subset(data, Int32Array.from(indices))
}

export interface SplitOptions {
  /** 0 by default. */
  seed?: number
  /** Each part has the classes in the same shares, as far as counts allow; false by default. */
  stratified?: boolean
  /** In another order first; true by default. With false parts are runs of the data set. */
  shuffle?: boolean
}

/**
 * Parts of a data set that do not overlap. `shares` add up to 1, or are counts that add up to the number of examples.
 *
 * Throws UsageError for shares that do not, for a part without examples, and for `stratified` where there are no classes.
 *
 * @example
 * const [train, validation] = split(data, [0.9, 0.1], { seed: 1, stratified: true })
 */
export function split(data: Dataset, shares: readonly number[], options: SplitOptions = {}): Subset[] {
  const counts = countsOf(data.length, shares)
  const order = ordered('split', data, options)
  if (!(options.stratified ?? false)) {
    const ends = counts.map((_, i) => counts.slice(0, i + 1).reduce((a, b) => a + b, 0))
    return ends.map((end, i) => subset(data, order.slice(end - counts[i]!, end)))
  }
  const parts = counts.map(() => [] as number[])
  for (const [i, part] of deal(counts, order.length).entries()) parts[part]!.push(order[i]!)
  return parts.map((part) => subset(data, shuffledAgain(part, options)))
}

/**
 * k pairs of training and validation part: each example is in one validation part. Parts differ by at most one example; `stratified` ones also
 * by at most one of each class.
 *
 * Throws UsageError for k below 2 or above the number of examples, and for `stratified` with a class of fewer than k examples.
 */
export function kFold(data: Dataset, k: number, options: SplitOptions = {}): { train: Subset; validation: Subset }[] {
  const n = data.length
  if (!Number.isInteger(k) || k < 2 || k > n)
    throw new UsageError(`kFold: k = ${k}; expected a whole number from 2 to ${n}, the number of examples.`)
  const order = ordered('kFold', data, options)
  if (options.stratified) {
    const counts = countClasses(data)
    const few = counts.findIndex((count) => count > 0 && count < k)
    if (few >= 0)
      throw new UsageError(
        `kFold: class '${inert(data.classes![few]!)}' has ${plural(counts[few]!, 'example')}, fewer than ${k} folds. Try a smaller k, or stratified: false.`,
      )
  }
  const foldOf = new Int32Array(n)
  // Class after class is dealt out in turn, or the order is cut into runs.
  const fold = options.stratified
    ? (i: number) => i % k
    : (i: number) => {
        const [base, more] = [Math.floor(n / k), n % k]
        const long = more * (base + 1)
        return i < long ? Math.floor(i / (base + 1)) : more + Math.floor((i - long) / base)
      }
  for (let i = 0; i < n; i++) foldOf[order[i]!] = fold(i)
  const places = Int32Array.from({ length: n }, (_, i) => i)
  return Array.from({ length: k }, (_, f) => ({
    train: subset(data, places.filter((i) => foldOf[i] !== f)),
    validation: subset(data, places.filter((i) => foldOf[i] === f)),
  })) // biome-ignore format: two parts
}

/** All places, shuffled where wanted; with `stratified` class after class. */
function ordered(op: string, data: Dataset, options: SplitOptions): Int32Array {
  const { seed = 0, shuffle = true, stratified = false } = options
  const n = data.length
  const order = shuffle
    ? tidy(() => Int32Array.from(randperm(n, { generator: generatorFor(seed, 4) }).toArray()))
    : Int32Array.from({ length: n }, (_, i) => i)
  if (!stratified) return order
  const labels = data.labels()
  if (labels === null)
    throw new UsageError(`${op}: stratified, but the data set has no classes. Try stratified: false.`)
  // Array sort is stable, so within a class the order stays.
  return order.sort((a, b) => labels[a]! - labels[b]!)
}

/** Parts get their counts of n, spread evenly over the order: each next example goes to the part that is furthest behind. */
function deal(counts: readonly number[], n: number): Int32Array {
  const given = counts.map(() => 0)
  return Int32Array.from({ length: n }, (_, i) => {
    let best = -1
    let lag = -Infinity
    for (let part = 0; part < counts.length; part++) {
      const behind = (counts[part]! / n) * (i + 1) - given[part]!
      if (given[part]! < counts[part]! && behind > lag + 1e-9) [best, lag] = [part, behind]
    }
    given[best]!++
    return best
  })
}

/** A stratified part comes class after class; training without shuffling would not like that. */
function shuffledAgain(part: readonly number[], { seed = 0, shuffle = true }: SplitOptions): Int32Array {
  const places = Int32Array.from(part)
  if (!shuffle) return places.sort()
  const order = tidy(() => randperm(part.length, { generator: generatorFor(seed, 5) }).toArray())
  return Int32Array.from(order, (i) => places[i]!)
}

/** Counts from shares, which lose less than one example each: the largest remainders are rounded up. */
function countsOf(n: number, shares: readonly number[]): number[] {
  const sum = shares.reduce((a, b) => a + b, 0)
  const areCounts = shares.every(Number.isInteger) && sum === n
  if (shares.length === 0 || shares.some((share) => !(share > 0)) || !(areCounts || Math.abs(sum - 1) < 1e-9))
    throw new UsageError(
      `split: shares ${shares.join(', ')}; expected positive ones that add up to 1, or counts that add up to ${n}.`,
    )
  const exact = areCounts ? [...shares] : shares.map((share) => share * n)
  const counts = exact.map((value) => Math.floor(value + 1e-9))
  const left = n - counts.reduce((a, b) => a + b, 0)
  const byRemainder = exact
    .map((value, i) => [value - counts[i]!, i] as const)
    .sort((a, b) => b[0] - a[0] || a[1] - b[1])
  for (let i = 0; i < left; i++) counts[byRemainder[i % counts.length]![1]]!++
  const empty = counts.indexOf(0)
  if (empty >= 0)
    throw new UsageError(`split: share ${shares[empty]} of ${plural(n, 'example')} is none. Try a larger share.`)
  return counts
}

function countClasses(data: Dataset): number[] {
  const counts = data.classes!.map(() => 0)
  for (const label of data.labels()!) counts[label]!++
  return counts
}
