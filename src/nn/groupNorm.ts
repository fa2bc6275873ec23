/** Group and instance normalization: of each example by itself. Sources: Wu & He 2018; Ulyanov, Vedaldi & Lempitsky 2016. */
import { UsageError } from '../core/index.js'
import { add, mul, ones, reshape, type Tensor, zeros } from '../tensor/index.js'
import { checkOptions, checkTensor, describe, isFloat, tidy } from '../tensor/internal.js'
import { type BatchNormLayerOptions, checkPerChannel, meanOverBatch, moveRunning, RunningNorm } from './batchNorm.js'
import { channelMoments, channelNorm } from './channelNorm.js'
import type { LayerOptions } from './initOptions.js'
import { Module } from './module.js'
import { parameter } from './parameter.js'

/** x weight + bias by channel. */
function affine(x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const line = (one: Tensor): Tensor => reshape(one, [one.size, ...x.shape.slice(2).map(() => 1)])
  const scaled = weight === null ? x : mul(x, line(weight))
  return bias === null ? scaled : add(scaled, line(bias))
}

/**
 * Each example's groups of channels less their mean, over the root of their (population) variance + eps; times weight, plus bias, by channel.
 * As PyTorch's `group_norm`.
 *
 * Shapes: x [batch, channels, ..], weight and bias [channels] or null. Dtypes: f32 or f64, all the same. Gradient: of any order. Throws
 * UsageError when channels are no multiple of the groups, and for one value in a group.
 *
 * @example
 * groupNorm(randn([8, 6, 10, 10]), 3)
 */
export function groupNorm(
  x: Tensor,
  numGroups: number,
  weight: Tensor | null = null,
  bias: Tensor | null = null,
  options: { eps?: number } = {},
): Tensor {
  checkTensor('groupNorm', x)
  checkOptions('groupNorm', options, ['eps'])
  const { eps = 1e-5 } = options
  if (x.rank < 2 || !isFloat(x.dtype) || x.shape[1]! % numGroups !== 0 || !(numGroups >= 1))
    throw new UsageError(
      `groupNorm: the input is ${describe(x)} with ${numGroups} groups; expected f32 or f64 [batch, channels, ..], and channels a multiple of groups.`,
    )
  checkPerChannel('groupNorm', x, { weight, bias })
  if (x.size > 0 && x.size / (x.shape[0]! * numGroups) === 1)
    throw new UsageError(
      `groupNorm: ${describe(x)} with ${numGroups} groups has one value per group; expected more, whose variance is taken. Try fewer groups.`,
    )
  return tidy(() => affine(ofExamples(x, numGroups, eps), weight, bias))
}

function ofExamples(x: Tensor, groups: number, eps: number): Tensor {
  if (x.size === 0) return mul(x, 1)
  const flat = reshape(x, [1, x.shape[0]! * groups, -1])
  return reshape(channelNorm(flat, channelMoments(flat), false, null, null, eps), x.shape)
}

export interface GroupNormOptions extends LayerOptions {
  eps?: number
  affine?: boolean
}

/**
 * Group normalization: see `groupNorm`. Weight and bias [numChannels] start at 1 and 0.
 *
 * @example
 * const layer = new GroupNorm(4, 16)
 */
export class GroupNorm extends Module {
  readonly weight: Tensor | null
  readonly bias: Tensor | null
  readonly eps: number

  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    options: GroupNormOptions = {},
  ) {
    super()
    checkOptions('GroupNorm', options, ['eps', 'affine', 'dtype', 'generator'])
    const { eps = 1e-5, affine: isAffine = true, dtype = 'f32' } = options
    for (const [name, value] of [['numGroups', numGroups], ['numChannels', numChannels]] as const) // biome-ignore format: one line
      if (!Number.isInteger(value) || value < 1)
        throw new UsageError(`GroupNorm: ${name} = ${value}; expected a whole number of at least 1.`)
    if (numChannels % numGroups !== 0)
      throw new UsageError(`GroupNorm: ${numChannels} channels in ${numGroups} groups; expected a multiple.`)
    this.eps = eps
    this.weight = isAffine ? parameter(ones([numChannels], { dtype })) : null
    this.bias = isAffine ? parameter(zeros([numChannels], { dtype })) : null
  }

  forward(x: Tensor): Tensor {
    checkTensor('GroupNorm', x)
    if (x.rank < 2 || x.shape[1] !== this.numChannels)
      throw new UsageError(`GroupNorm: the input is ${describe(x)}; expected [batch, ${this.numChannels}, ..].`)
    return groupNorm(x, this.numGroups, this.weight, this.bias, { eps: this.eps })
  }
}

/** What both instance norms do. PyTorch's defaults: neither weight and bias nor running moments. */
abstract class InstanceNorm extends RunningNorm {
  constructor(
    op: string,
    numFeatures: number,
    private readonly axes: number,
    options: BatchNormLayerOptions,
  ) {
    super(op, numFeatures, options, false)
  }

  forward(given: Tensor): Tensor {
    const n = this.numFeatures
    const names = this.axes === 1 ? 'length' : 'height, width'
    const isSingle = given.rank === this.axes + 1
    this.check(given, [this.axes + 1, this.axes + 2], `[batch, ${n}, ${names}] or [${n}, ${names}]`, -1 - this.axes)
    return tidy(() => {
      const x = isSingle ? reshape(given, [1, ...given.shape]) : given
      const y = affine(this.normalize(x), this.weight, this.bias)
      return isSingle ? reshape(y, given.shape) : y
    })
  }

  private normalize(x: Tensor): Tensor {
    const { eps, runningMean, runningVar } = this
    const momentum = this.count()
    if (!this.training && runningMean !== null && runningVar !== null)
      return channelNorm(x, { mean: runningMean, variance: runningVar }, true, null, null, eps)
    const batch = x.shape[0]!
    if (x.size === 0) return mul(x, 1)
    const count = x.size / (batch * this.numFeatures)
    if (count === 1)
      throw new UsageError(
        `${this.op}: the input ${describe(x)} has one value per instance and channel; expected more, whose variance is taken.`,
      )
    const flat = reshape(x, [1, batch * this.numFeatures, -1])
    const moments = channelMoments(flat)
    if (runningMean !== null) moveRunning(runningMean, meanOverBatch(moments.mean, batch), momentum)
    if (runningVar !== null)
      moveRunning(runningVar, meanOverBatch(moments.variance, batch), momentum, count / (count - 1))
    return reshape(channelNorm(flat, moments, false, null, null, eps), x.shape)
  }
}

/** Each channel of each example [batch, features, length] normalized by itself; by default without weight, bias and running moments. */
export class InstanceNorm1d extends InstanceNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super('InstanceNorm1d', numFeatures, 1, options)
  }
}

/** Each channel of each image [batch, channels, height, width] normalized by itself, as `InstanceNorm1d`. */
export class InstanceNorm2d extends InstanceNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super('InstanceNorm2d', numFeatures, 2, options)
  }
}
