/**
 * Normalization of inputs: fitted on the training part, used on all. x becomes (x - shift) / scale, feature by feature or channel by channel, or
 * (x - shift) W with the whitening matrix W.
 */
import { NumericalError, UsageError } from '../../core/index.js'
import { eigh } from '../../linalg/index.js'
import { buffer, Module } from '../../nn/index.js'
import { largestMatrix, type MatrixEffect, matrixEffect } from '../../table/internal.js'
import { noGrad, type Tensor, tensor } from '../../tensor/index.js'
import { castOf, describe, tidy } from '../../tensor/internal.js'
import type { Batch, Dataset } from '../types.js'

export interface NormalizeOptions {
  /** `standard` (the default): mean 0, standard deviation 1 (ddof 0). `minmax`: from 0 to 1. `whiten`: covariance the identity. */
  kind?: 'standard' | 'minmax' | 'whiten'
  /** What has figures of its own: each number of an input, or each channel (its first axis). `feature` by default; whitening has no channels. */
  per?: 'feature' | 'channel'
}

/** What normalization did to the matrix of inputs [examples, features]. */
export interface NormalizationEffect extends MatrixEffect {
  /** Examples that were looked at: all, or as many as are spread evenly over the training part. */
  readonly examples: number
  /** Features (or channels) that are the same in all examples: they become 0. */
  readonly constant: readonly number[]
}

/** Features that whitening may have: it takes their covariance apart. */
const mostWhitened = 4096

/**
 * The normalization as a layer: put it before the model to save it with the model's parameters (buffers `shift`, `scale`, and `matrix` when it
 * whitens), or keep its `toJSON()` beside them.
 */
export class Normalization extends Module {
  readonly shift: Tensor
  readonly scale: Tensor
  readonly matrix: Tensor | null

  constructor(
    readonly kind: 'standard' | 'minmax' | 'whiten',
    readonly per: 'feature' | 'channel',
    readonly inputShape: readonly number[],
    shift: ArrayLike<number>,
    scale: ArrayLike<number>,
    matrix: ArrayLike<number> | null = null,
    /** Features or channels that did not vary. */
    readonly constant: readonly number[] = [],
  ) {
    super()
    // [1, channels, 1, ..] or [1, ..inputShape]: broadcast over examples.
    const shape = per === 'channel' ? [1, inputShape[0]!, ...inputShape.slice(1).map(() => 1)] : [1, ...inputShape]
    const made = (values: ArrayLike<number>, into: readonly number[]): Tensor =>
      buffer(tensor(Float64Array.from(values), { shape: [...into], dtype: 'f32' }))
    this.shift = made(shift, shape)
    this.scale = made(scale, shape)
    const d = shift.length
    this.matrix = matrix === null ? null : made(matrix, [d, d])
  }

  /** Inputs [n, ..inputShape], normalized. Throws UsageError for another shape. */
  forward(x: Tensor): Tensor {
    if (x.shape.slice(1).join() !== this.inputShape.join())
      throw new UsageError(`Normalization: got ${describe(x)}; expected inputs [n, ${this.inputShape.join(', ')}].`)
    return tidy(() => {
      const centred = castOf(x, 'f32').sub(this.shift)
      if (this.matrix === null) return centred.div(this.scale)
      return centred.reshape([x.shape[0]!, -1]).matmul(this.matrix).reshape(x.shape)
    })
  }

  /** The data set with normalized inputs. */
  of(data: Dataset): Dataset {
    return new NormalizedDataset(data, this)
  }

  /** Plain data, for metadata; `Normalization.fromJSON` undoes it. */
  toJSON(): NormalizationJson {
    const values = (x: Tensor): number[] => Array.from(x.toArray())
    const { kind, per, inputShape, constant, matrix } = this
    return { kind, per, inputShape, constant, shift: values(this.shift), scale: values(this.scale), matrix: matrix && values(matrix) } // biome-ignore format: one line
  }

  static fromJSON(json: NormalizationJson): Normalization {
    const { kind, per, inputShape, shift, scale, matrix, constant } = json
    return new Normalization(kind, per, inputShape, shift, scale, matrix, constant)
  }

  /** What it does to inputs: see `NormalizationEffect`. */
  async effect(data: Dataset): Promise<NormalizationEffect> {
    const size = this.inputShape.reduce((a, b) => a * b, 1)
    const n = Math.min(data.length, Math.max(1, Math.floor(largestMatrix / Math.max(1, size))))
    const places = Int32Array.from({ length: n }, (_, i) => Math.floor((i * data.length) / n))
    const { input, target } = await data.batch(places)
    try {
      return noGrad(() =>
        tidy(() => {
          const before = castOf(input, 'f64').reshape([n, size])
          const after = castOf(this.forward(input), 'f64').reshape([n, size])
          return { examples: n, ...matrixEffect(before, after), constant: this.constant }
        }),
      )
    } finally {
      input.dispose()
      target.dispose()
    }
  }
}

export interface NormalizationJson {
  readonly kind: 'standard' | 'minmax' | 'whiten'
  readonly per: 'feature' | 'channel'
  readonly inputShape: readonly number[]
  readonly shift: readonly number[]
  readonly scale: readonly number[]
  readonly matrix: readonly number[] | null
  readonly constant: readonly number[]
}

/**
 * Fits a normalization on a data set, which must be the training part alone. What does not vary is only shifted.
 *
 * Throws UsageError for whitening by channel or of too many features, NumericalError for inputs that are not finite (with example and feature).
 *
 * @example
 * const normalization = await fitNormalization(train, { kind: 'standard' })
 * const report = await fit(model, normalization.of(train), { ..., validation: normalization.of(validation) })
 */
export async function fitNormalization(train: Dataset, options: NormalizeOptions = {}): Promise<Normalization> {
  const { kind = 'standard', per = 'feature' } = options
  const shape = train.inputShape
  const size = shape.reduce((a, b) => a * b, 1)
  if (kind === 'whiten' && (per === 'channel' || size > mostWhitened))
    throw new UsageError(
      `fitNormalization: whitening ${per === 'channel' ? 'by channel' : `${size} features`}; expected per: 'feature' and at most ${mostWhitened} features.`,
    )
  if (per === 'channel' && shape.length < 2)
    throw new UsageError(`fitNormalization: inputs [${shape.join(', ')}] have no channels. Try per: 'feature'.`)
  const slots = per === 'channel' ? shape[0]! : size
  const moments = new Moments(slots, size / slots, kind === 'whiten' ? size : 0)
  for (let from = 0; from < train.length; from += 256) {
    const places = Int32Array.from({ length: Math.min(256, train.length - from) }, (_, i) => from + i)
    const { input, target } = await train.batch(places)
    moments.add(input.toArray(), from)
    input.dispose()
    target.dispose()
  }
  const { mean, min, max } = moments
  const std = moments.deviations()
  const constant = Array.from({ length: slots }, (_, i) => i).filter((i) => min[i] === max[i])
  const filled = (values: Float64Array): Float64Array => values.map((value, i) => (min[i] === max[i] ? 1 : value))
  if (kind === 'minmax') return new Normalization(kind, per, shape, min, filled(max.map((one, i) => one - min[i]!)), null, constant) // biome-ignore format: one line
  if (kind === 'standard') return new Normalization(kind, per, shape, mean, filled(std), null, constant)
  return new Normalization(kind, per, shape, mean, filled(std), whitening(moments, size), constant)
}

/** V (Lambda + eps)^-1/2 Vᵀ of the covariance (ZCA: of all whitenings the nearest to the data; Kessy, Lewin & Strimmer 2018). */
function whitening(moments: Moments, d: number): Float64Array {
  return tidy(() => {
    const { eigenvalues, eigenvectors } = eigh(tensor(moments.covariance(), { shape: [d, d] }))
    const lambda = eigenvalues.toArray()
    // Directions without variance stay as they are: nothing.
    const floor = d * Number.EPSILON * Math.max(0, lambda[d - 1]!)
    const factors = Float64Array.from(lambda, (value) => (value > floor ? 1 / Math.sqrt(value) : 0))
    return Float64Array.from(eigenvectors.mul(tensor(factors)).matmul(eigenvectors.transpose()).toArray())
  })
}

/** Mean, deviations and extremes of each slot, and the covariance of all, over all examples; in f64, merged example by example (Welford 1962). */
class Moments {
  readonly mean: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
  readonly #squares: Float64Array
  readonly #products: Float64Array
  #count = 0

  constructor(
    readonly slots: number,
    /** Numbers of an example that share a slot; they lie together. */
    readonly each: number,
    readonly whitened: number,
  ) {
    this.mean = new Float64Array(slots)
    this.min = new Float64Array(slots).fill(Infinity)
    this.max = new Float64Array(slots).fill(-Infinity)
    this.#squares = new Float64Array(slots)
    this.#products = new Float64Array(whitened * whitened)
  }

  add(values: ArrayLike<number>, from: number): void {
    const { slots, each, mean, min, max, whitened } = this
    const size = slots * each
    const before = new Float64Array(whitened)
    for (let row = 0; row * size < values.length; row++) {
      for (let i = 0; i < whitened; i++) before[i] = values[row * size + i]! - mean[i]!
      for (let slot = 0; slot < slots; slot++)
        for (let i = 0; i < each; i++) {
          const x = values[row * size + slot * each + i]!
          if (!Number.isFinite(x))
            throw new NumericalError(
              'not-finite',
              `fitNormalization: input ${slot * each + i} of example ${from + row} is ${x}; expected finite numbers.`,
            )
          const delta = x - mean[slot]!
          mean[slot]! += delta / (this.#count * each + i + 1)
          this.#squares[slot]! += delta * (x - mean[slot]!)
          if (x < min[slot]!) min[slot] = x
          if (x > max[slot]!) max[slot] = x
        }
      this.#count++
      for (let i = 0; i < whitened; i++) {
        const after = values[row * size + i]! - mean[i]!
        for (let j = 0; j < whitened; j++) this.#products[i * whitened + j]! += after * before[j]!
      }
    }
  }

  deviations(): Float64Array {
    return this.#squares.map((sum) => Math.sqrt(sum / (this.#count * this.each)))
  }

  covariance(): Float64Array {
    const n = this.whitened
    // Rounding leaves the two halves a little apart.
    return Float64Array.from(this.#products, (_, at) => {
      const [i, j] = [Math.floor(at / n), at % n]
      return (this.#products[i * n + j]! + this.#products[j * n + i]!) / (2 * this.#count)
    })
  }
}

class NormalizedDataset implements Dataset {
  readonly length: number
  readonly inputShape: readonly number[]
  readonly targetShape: readonly number[]
  readonly classes: readonly string[] | null

  constructor(
    readonly dataset: Dataset,
    readonly normalization: Normalization,
  ) {
    if (dataset.inputShape.join() !== normalization.inputShape.join())
      throw new UsageError(
        `Normalization: inputs [${dataset.inputShape.join(', ')}]; it was fitted on [${normalization.inputShape.join(', ')}].`,
      )
    this.length = dataset.length
    this.inputShape = dataset.inputShape
    this.targetShape = dataset.targetShape
    this.classes = dataset.classes
  }

  batch(indices: Int32Array): Batch | Promise<Batch> {
    const raw = this.dataset.batch(indices)
    const finish = ({ input, ...rest }: Batch): Batch => {
      const made = noGrad(() => this.normalization.forward(input))
      input.dispose()
      return { input: made, ...rest }
    }
    return raw instanceof Promise ? raw.then(finish) : finish(raw)
  }

  labels(): Int32Array | null {
    return this.dataset.labels()
  }

  weights(): Float32Array | null {
    return this.dataset.weights?.() ?? null
  }
}
