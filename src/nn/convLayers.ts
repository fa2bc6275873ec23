/** Convolutions as modules. */
import { inert, UsageError } from '../core/index.js'
import { mul, rand, sub, type Tensor } from '../tensor/index.js'
import { checkOptions, tidy } from '../tensor/internal.js'
import { type ConvOptions, type ConvTransposeOptions, conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d } from './conv.js' // biome-ignore format: one line
import type { LayerOptions } from './initOptions.js'
import { Module } from './module.js'
import { parameter } from './parameter.js'
import { area, type Sizes, sizesOf } from './window.js'

export interface ConvLayerOptions extends LayerOptions, ConvOptions {
  bias?: boolean
  /** What stands around the input: 'zeros' is all there is. */
  paddingMode?: 'zeros'
}

export interface ConvTransposeLayerOptions extends LayerOptions, ConvTransposeOptions {
  bias?: boolean
  paddingMode?: 'zeros'
}

const layerOptions = ['bias', 'paddingMode', 'dtype', 'generator']

/** Throws UsageError unless channels are whole and divided by groups. */
function checkChannels(op: string, inChannels: number, outChannels: number, groups: number, mode: string): void {
  for (const [name, value] of [['inChannels', inChannels], ['outChannels', outChannels], ['groups', groups]] as const) // biome-ignore format: one line
    if (!Number.isInteger(value) || value < 1)
      throw new UsageError(`${op}: ${name} = ${value}; expected a whole number of at least 1.`)
  for (const [name, value] of [
    ['inChannels', inChannels],
    ['outChannels', outChannels],
  ] as const)
    if (value % groups !== 0)
      throw new UsageError(`${op}: ${name} = ${value} with groups = ${groups}; expected a multiple of groups.`)
  if (mode !== 'zeros')
    throw new UsageError(`${op}: paddingMode = '${inert(mode)}'; expected 'zeros'. Try pad() before the layer.`)
}

/** What all convolutions are: a weight [first, second, ..kernel] and a bias, uniform in +-1 / sqrt(second * kernel) as PyTorch starts them. */
abstract class Convolution extends Module {
  readonly weight: Tensor
  readonly bias: Tensor | null
  readonly kernelSize: readonly number[]

  constructor(
    op: string,
    axes: number,
    kernel: Sizes,
    first: number,
    second: number,
    filters: number,
    options: LayerOptions & { bias?: boolean },
  ) {
    // biome-ignore format: one line
    super()
    const { bias = true, dtype = 'f32', generator } = options
    const drawing = generator === undefined ? { dtype } : { dtype, generator }
    const sizes = sizesOf(op, 'kernelSize', kernel, axes, 1)
    const bound = 1 / Math.sqrt(second * area(sizes))
    const drawn = (shape: number[]): Tensor => tidy(() => sub(mul(rand(shape, drawing), 2 * bound), bound))
    this.kernelSize = sizes
    this.weight = parameter(drawn([first, second, ...sizes]))
    this.bias = bias ? parameter(drawn([filters])) : null
  }
}

abstract class ConvNd extends Convolution {
  readonly options: ConvOptions

  constructor(
    op: string,
    axes: number,
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Sizes,
    given: ConvLayerOptions,
  ) {
    const { stride = 1, padding = 0, dilation = 1, groups = 1, paddingMode = 'zeros', ...rest } = given
    checkOptions(op, given, ['stride', 'padding', 'dilation', 'groups', ...layerOptions])
    checkChannels(op, inChannels, outChannels, groups, paddingMode)
    super(op, axes, kernelSize, outChannels, inChannels / groups, outChannels, rest)
    this.options = { stride, padding, dilation, groups }
  }
}

/**
 * A convolution over the last axis of [batch, channels, length]: see `conv1d`. Weight [outChannels, inChannels / groups, kernelSize], bias
 * [outChannels].
 *
 * @example
 * const layer = new Conv1d(3, 16, 5, { padding: 'same' })
 */
export class Conv1d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvLayerOptions = {}) {
    super('Conv1d', 1, inChannels, outChannels, kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.bias, this.options)
  }
}

/**
 * A convolution over images [batch, channels, height, width]: see `conv2d`. With groups = inChannels it is depthwise.
 *
 * @example
 * const layer = new Conv2d(1, 16, 3, { padding: 1 })
 */
export class Conv2d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvLayerOptions = {}) {
    super('Conv2d', 2, inChannels, outChannels, kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.options)
  }
}

/** A convolution over [batch, channels, depth, height, width]: see `conv3d`. */
export class Conv3d extends ConvNd {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvLayerOptions = {}) {
    super('Conv3d', 3, inChannels, outChannels, kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return conv3d(x, this.weight, this.bias, this.options)
  }
}

abstract class ConvTransposeNd extends Convolution {
  readonly options: ConvTransposeOptions

  constructor(
    op: string,
    axes: number,
    readonly inChannels: number,
    readonly outChannels: number,
    kernelSize: Sizes,
    given: ConvTransposeLayerOptions,
  ) {
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1, paddingMode = 'zeros', ...rest } = given // biome-ignore format: one line
    checkOptions(op, given, ['stride', 'padding', 'outputPadding', 'dilation', 'groups', ...layerOptions])
    checkChannels(op, inChannels, outChannels, groups, paddingMode)
    super(op, axes, kernelSize, inChannels, outChannels / groups, outChannels, rest)
    this.options = { stride, padding, outputPadding, dilation, groups }
  }
}

/**
 * A transposed convolution over the last axis: see `convTranspose1d`. Weight [inChannels, outChannels / groups, kernelSize].
 *
 * @example
 * const layer = new ConvTranspose1d(16, 3, 4, { stride: 2, padding: 1 })
 */
export class ConvTranspose1d extends ConvTransposeNd {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvTransposeLayerOptions = {}) {
    super('ConvTranspose1d', 1, inChannels, outChannels, kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return convTranspose1d(x, this.weight, this.bias, this.options)
  }
}

/** A transposed convolution over images: see `convTranspose2d`. */
export class ConvTranspose2d extends ConvTransposeNd {
  constructor(inChannels: number, outChannels: number, kernelSize: Sizes, options: ConvTransposeLayerOptions = {}) {
    super('ConvTranspose2d', 2, inChannels, outChannels, kernelSize, options)
  }

  forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, this.bias, this.options)
  }
}
