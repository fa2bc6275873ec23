/** Batch normalization. Source: Ioffe & Szegedy 2015; PyTorch's batch_norm. */
import { UsageError } from '../core/index.js'
import { mul, noGrad, ones, reshape, type Tensor, zeros } from '../tensor/index.js'
import { checkOptions, checkTensor, describe, isFloat, kernels, tidy, together } from '../tensor/internal.js'
import { channelMoments, channelNorm, type Moments } from './channelNorm.js'
import type { LayerOptions } from './initOptions.js'
import { Module } from './module.js'
import { buffer, parameter } from './parameter.js'

export interface BatchNormOptions {
  /** Take mean and variance of the batch, and move the running ones (false). */
  training?: boolean
  /** How far the running ones move (0.1). */
  momentum?: number
  /** Added to the variance (1e-5). */
  eps?: number
}

/** Throws UsageError unless each given tensor has x's dtype and one value for each channel. */
export function checkPerChannel(op: string, x: Tensor, given: Readonly<Record<string, Tensor | null>>): void {
  for (const [name, one] of Object.entries(given))
    if (one !== null && (one.rank !== 1 || one.size !== x.shape[1] || one.dtype !== x.dtype))
      throw new UsageError(`${op}: ${name} is ${describe(one)} for input ${describe(x)}; expected ${x.dtype}[${x.shape[1]}], one value for each channel.`) // biome-ignore format: one line
}

/** running = (1 - momentum) running + momentum now. */
export function moveRunning(running: Tensor, now: Tensor, momentum: number, factor = 1): void {
  const { pointer, size, dtype } = running
  const views = dtype === 'f32' ? kernels().f32.bind(kernels()) : kernels().f64.bind(kernels())
  const from = together(now)
  const [old, next] = [views(pointer, size), views(from.pointer, size)]
  for (let i = 0; i < size; i++) old[i] = (1 - momentum) * old[i]! + momentum * factor * next[i]!
  running.storage.version++
  if (from !== now) from.dispose()
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias by channel, as PyTorch's `batch_norm`. While training mean and (population) variance are
 * the batch's, and the running ones, where they are, move towards them (the variance with n - 1); else the running ones are taken.
 *
 * Shapes: x [batch, channels, ..], all else [channels] or null. Dtypes: f32 or f64, all the same. Gradient: of any order. Throws UsageError
 * for a batch of one value per channel while training.
 *
 * @example
 * batchNorm(randn([8, 3, 28, 28]), null, null, null, null, { training: true })
 */
export function batchNorm(
  x: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: BatchNormOptions = {},
): Tensor {
  checkTensor('batchNorm', x)
  checkOptions('batchNorm', options, ['training', 'momentum', 'eps'])
  const { training = false, momentum = 0.1, eps = 1e-5 } = options
  if (x.rank < 2 || !isFloat(x.dtype))
    throw new UsageError(`batchNorm: the input is ${describe(x)}; expected f32 or f64 [batch, channels, ..].`)
  checkPerChannel('batchNorm', x, { runningMean, runningVar, weight, bias })
  const isFixed = !training && runningMean !== null && runningVar !== null
  if (!training && !isFixed)
    throw new UsageError('batchNorm: no running mean and variance; expected both. Try training: true.')
  const count = x.shape[1] === 0 ? 0 : x.size / x.shape[1]!
  if (!isFixed && count <= 1)
    throw new UsageError(
      `batchNorm: the input ${describe(x)} has ${count === 1 ? 'one value' : 'no value'} per channel; expected more while training, whose variance is taken. Try a larger batch, or eval().`,
    )
  return tidy(() => {
    const moments: Moments = isFixed ? { mean: together(runningMean), variance: together(runningVar) } : channelMoments(x) // biome-ignore format: one line
    if (!isFixed && runningMean !== null) moveRunning(runningMean, moments.mean, momentum)
    if (!isFixed && runningVar !== null) moveRunning(runningVar, moments.variance, momentum, count / (count - 1))
    return channelNorm(x, moments, isFixed, weight, bias, eps)
  })
}

export interface BatchNormLayerOptions extends LayerOptions {
  /** Added to the variance (1e-5). */
  eps?: number
  /** How far the running moments move with each batch (0.1); null: they are the mean over all batches. */
  momentum?: number | null
  /** Weight and bias, that start at 1 and 0 (true). */
  affine?: boolean
  /** Running mean and variance for `eval()` (true); without, the batch's are taken there too. */
  trackRunningStats?: boolean
}

/** What norms by channel with running moments are: names in state dicts are PyTorch's. */
export abstract class RunningNorm extends Module {
  readonly weight: Tensor | null
  readonly bias: Tensor | null
  readonly runningMean: Tensor | null
  readonly runningVar: Tensor | null
  readonly numBatchesTracked: Tensor | null
  readonly eps: number
  readonly momentum: number | null

  constructor(
    protected readonly op: string,
    readonly numFeatures: number,
    options: BatchNormLayerOptions,
    affineDefault: boolean,
  ) {
    super()
    checkOptions(op, options, ['eps', 'momentum', 'affine', 'trackRunningStats', 'dtype', 'generator'])
    if (!Number.isInteger(numFeatures) || numFeatures < 1)
      throw new UsageError(`${op}: numFeatures = ${numFeatures}; expected a whole number of at least 1.`)
    const { eps = 1e-5, momentum = 0.1, affine = affineDefault, trackRunningStats = affineDefault, dtype = 'f32' } = options // biome-ignore format: one line
    this.eps = eps
    this.momentum = momentum
    const shape = [numFeatures]
    this.weight = affine ? parameter(ones(shape, { dtype })) : null
    this.bias = affine ? parameter(zeros(shape, { dtype })) : null
    this.runningMean = trackRunningStats ? buffer(zeros(shape, { dtype })) : null
    this.runningVar = trackRunningStats ? buffer(ones(shape, { dtype })) : null
    this.numBatchesTracked = trackRunningStats ? buffer(zeros([], { dtype: 'i32' })) : null
  }

  protected override *members(): Iterable<readonly [string, unknown]> {
    for (const [name, value] of super.members()) yield [stateNames[name] ?? name, value]
  }

  /** Throws UsageError unless x is of a rank from `ranks`, with as many channels, at place `axis`, as the layer has. */
  protected check(x: Tensor, ranks: readonly number[], expected: string, axis = 1): void {
    checkTensor(this.op, x)
    if (!ranks.includes(x.rank) || x.shape.at(axis) !== this.numFeatures)
      throw new UsageError(`${this.op}: the input is ${describe(x)}; expected ${expected}.`)
  }

  /** Counts a batch and says how far the running moments move with it. */
  protected count(): number {
    const counter = this.numBatchesTracked
    if (!this.training || counter === null) return this.momentum ?? 0
    const place = kernels().i32(counter.pointer, 1)
    place[0]!++
    counter.storage.version++
    return this.momentum ?? 1 / place[0]!
  }
}

const stateNames: Readonly<Record<string, string>> = {
  runningMean: 'running_mean',
  runningVar: 'running_var',
  numBatchesTracked: 'num_batches_tracked',
}

abstract class BatchNorm extends RunningNorm {
  constructor(op: string, numFeatures: number, options: BatchNormLayerOptions) {
    super(op, numFeatures, options, true)
  }

  protected normalize(x: Tensor): Tensor {
    const { weight, bias, eps, runningMean, runningVar } = this
    const momentum = this.count()
    const isTraining = this.training || runningMean === null
    return batchNorm(x, runningMean, runningVar, weight, bias, { training: isTraining, momentum, eps })
  }
}

/**
 * Batch normalization of [batch, features] or [batch, features, length]: see `batchNorm`. In state dicts `weight`, `bias`, `running_mean`,
 * `running_var` and `num_batches_tracked`.
 *
 * @example
 * const layer = new BatchNorm1d(64)
 */
export class BatchNorm1d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super('BatchNorm1d', numFeatures, options)
  }

  forward(x: Tensor): Tensor {
    this.check(x, [2, 3], `[batch, ${this.numFeatures}] or [batch, ${this.numFeatures}, length]`)
    return this.normalize(x)
  }
}

/**
 * Batch normalization of images [batch, channels, height, width]: see `batchNorm`.
 *
 * @example
 * const layer = new BatchNorm2d(16)
 */
export class BatchNorm2d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super('BatchNorm2d', numFeatures, options)
  }

  forward(x: Tensor): Tensor {
    this.check(x, [4], `[batch, ${this.numFeatures}, height, width]`)
    return this.normalize(x)
  }
}

/** Means over the batch of what each instance has: how running moments of instance norm move. */
export function meanOverBatch(one: Tensor, batch: number): Tensor {
  return noGrad(() => tidy(() => mul(reshape(one, [batch, -1]).sum({ axis: 0 }), 1 / batch)))
}
