/** Batches of a data set, epoch after epoch. Where it stands is data: epoch, batch, and the generator that shuffled. */
import { UsageError } from '../core/index.js'
import { Generator, keep, randperm } from '../tensor/index.js'
import { tidy } from '../tensor/internal.js'
import type { Augmentation } from './data/augment.js'
import { generatorFor } from './seeds.js'
import type { Batch, Dataset, Loader, LoaderState } from './types.js'

export interface DataLoaderOptions {
  /** Examples of a batch; 32 by default. */
  batchSize?: number
  /** Another order in each epoch; false by default. */
  shuffle?: boolean
  /** Leave out the last batch of an epoch where it is smaller; false by default. */
  dropLast?: boolean
  /** What shuffling and augmentation follow from; 0 by default. */
  seed?: number
  /** Changes batches as they are handed out. */
  augment?: Augmentation | readonly Augmentation[]
  /** Batches made ahead while the caller computes, for data sets that read files; 2 by default, 0 for none. The batches are the same. */
  prefetch?: number
  /** Examples of an epoch in the order wanted, by epoch from 0 on, in the place of shuffling: to repeat another program's order, or to sample. */
  order?: (epoch: number) => Int32Array
}

/**
 * Hands out batches of a data set. The same seed gives the same batches, on any machine, with and without prefetching, and from any place that
 * `restore` sets.
 *
 * Throws UsageError for an empty data set and sizes that cannot be.
 *
 * @example
 * const loader = new DataLoader(data, { batchSize: 128, shuffle: true, seed: 1 })
 * const { input, target } = await loader.next()
 */
export class DataLoader implements Loader {
  readonly batchesPerEpoch: number
  readonly examplesPerEpoch: number
  readonly #size: number
  /** Examples of an epoch before `dropLast`. */
  readonly #count: number
  readonly #options: DataLoaderOptions
  readonly #augment: readonly Augmentation[]
  readonly #seed: number
  readonly #ahead: number
  #epoch = 0
  #batch = 0
  /** Shuffles the epochs that follow. */
  #generator: Generator
  /** As it was before this epoch was shuffled. */
  #before: readonly [number, number, number]
  #order: Int32Array | null = null
  /** Batches under way; the first is the next. */
  #coming: Promise<Batch>[] = []
  /** Where the batch after those under way is. */
  #reach = 0

  constructor(
    readonly dataset: Dataset,
    options: DataLoaderOptions = {},
  ) {
    const { batchSize = 32, dropLast = false, seed = 0, prefetch = 2, augment = [] } = options
    if (!Number.isInteger(batchSize) || batchSize < 1)
      throw new UsageError(`DataLoader: batchSize = ${batchSize}; expected a whole number of at least 1.`)
    if (!Number.isInteger(prefetch) || prefetch < 0)
      throw new UsageError(`DataLoader: prefetch = ${prefetch}; expected a whole number from 0 on.`)
    const n = options.order ? checkOrder(options.order(0), dataset.length).length : dataset.length
    if (n === 0) throw new UsageError('DataLoader: the data set has no examples.')
    const full = Math.floor(n / batchSize)
    this.batchesPerEpoch = dropLast ? full : Math.ceil(n / batchSize)
    this.examplesPerEpoch = dropLast ? full * batchSize : n
    if (this.batchesPerEpoch === 0)
      throw new UsageError(
        `DataLoader: ${n} examples make no batch of ${batchSize}, and dropLast leaves out smaller ones. Try a batchSize of at most ${n}.`,
      )
    this.#size = batchSize
    this.#count = n
    this.#options = options
    this.#augment = Array.isArray(augment) ? augment : [augment as Augmentation]
    this.#seed = seed
    this.#ahead = prefetch
    this.#generator = generatorFor(seed, 1)
    this.#before = this.#generator.state
  }

  async next(): Promise<Batch> {
    if (this.#batch === this.batchesPerEpoch) this.#turnOver()
    const batch = this.#coming.shift() ?? this.#make(this.#reach++)
    this.#batch++
    if (batch instanceof Promise) this.#hurry()
    return batch
  }

  state(): LoaderState {
    return { epoch: this.#epoch, batch: this.#batch, generator: this.#before }
  }

  restore(state: LoaderState): void {
    const { epoch, batch, generator } = state
    if (!Number.isInteger(epoch) || epoch < 0 || !Number.isInteger(batch) || batch < 0 || batch > this.batchesPerEpoch)
      throw new UsageError(
        `DataLoader: cannot go on at batch ${batch} of epoch ${epoch}; an epoch has ${this.batchesPerEpoch} batches. Was the data set or the batch size another?`,
      )
    this.#forget()
    this.#epoch = epoch
    this.#batch = this.#reach = batch
    this.#before = generator
    this.#generator = Generator.restore(generator)
    this.#order = null
  }

  close(): void {
    this.#forget()
  }

  /** Into the next epoch. */
  #turnOver(): void {
    // The generator moves on by this epoch's shuffling, also where a restored loader never came to use its order.
    this.#places()
    this.#epoch++
    this.#batch = this.#reach = 0
    this.#before = this.#generator.state
    this.#order = null
  }

  /** This epoch's order. */
  #places(): Int32Array {
    if (this.#order !== null) return this.#order
    const { order, shuffle = false } = this.#options
    const n = this.dataset.length
    if (order) {
      this.#order = checkOrder(order(this.#epoch), n)
      if (this.#order.length !== this.#count)
        throw new UsageError(
          `DataLoader: the order of epoch ${this.#epoch} has ${this.#order.length} examples; expected as many as the first epoch's.`,
        )
    } else if (shuffle) this.#order = tidy(() => Int32Array.from(randperm(n, { generator: this.#generator }).toArray()))
    else this.#order = Int32Array.from({ length: n }, (_, i) => i)
    return this.#order
  }

  /** Begins batches ahead, within the epoch. */
  #hurry(): void {
    while (this.#coming.length < this.#ahead && this.#reach < this.batchesPerEpoch) {
      const batch = Promise.resolve(this.#make(this.#reach++))
      // Told when it is asked for.
      batch.catch(() => {})
      this.#coming.push(batch)
    }
  }

  #make(index: number): Batch | Promise<Batch> {
    const from = index * this.#size
    const places = this.#places().slice(from, Math.min(from + this.#size, this.examplesPerEpoch))
    const epoch = this.#epoch
    const raw = this.dataset.batch(places)
    return raw instanceof Promise
      ? raw.then((batch) => this.#finish(batch, epoch, index))
      : this.#finish(raw, epoch, index)
  }

  #finish(raw: Batch, epoch: number, index: number): Batch {
    let { input } = raw
    if (this.#augment.length > 0) {
      const generator = generatorFor(this.#seed, 2, epoch, index)
      const made = tidy(() => this.#augment.reduce((x, augment) => augment(x, generator), input))
      if (made !== input) input.dispose()
      input = made
    }
    return { ...raw, input: keep(input), target: keep(raw.target) }
  }

  #forget(): void {
    for (const batch of this.#coming)
      batch.then(
        ({ input, target }) => {
          input.dispose()
          target.dispose()
        },
        () => {},
      )
    this.#coming = []
    this.#reach = this.#batch
  }
}

function checkOrder(order: Int32Array, n: number): Int32Array {
  for (const place of order)
    if (place < 0 || place >= n)
      throw new UsageError(`DataLoader: the order names example ${place}; expected 0 to ${n - 1}.`)
  return order
}
