/** Convolution over one, two or three axes, and its transpose. */
import { inert, UsageError } from '../core/index.js'
import { add, reshape, type Tensor } from '../tensor/index.js'
import { checkOptions, describe, tidy } from '../tensor/internal.js'
import { convBackInput, convForward } from './convPrimitives.js'
import { asBatch, axisNames, type ConvPlan, type Sizes, sizesOf, tripleOf } from './window.js'

export interface ConvOptions {
  /** Steps between windows (1). */
  stride?: Sizes
  /** Zeros on both sides of each axis (0); 'valid' is none, 'same' as many as keep the size at stride 1 (an odd one more behind). */
  padding?: Sizes | 'same' | 'valid'
  /** Steps between places of the kernel (1). */
  dilation?: Sizes
  /** Channels and filters are divided into groups that do not see each other (1); as many as channels: depthwise. */
  groups?: number
}

export interface ConvTransposeOptions {
  stride?: Sizes
  padding?: Sizes
  /** Added behind each axis, because several sizes have the same convolution (0). */
  outputPadding?: Sizes
  groups?: number
  dilation?: Sizes
}

/** Throws UsageError unless input, weight and bias have one dtype, and the weight its axes. */
function checkWeights(op: string, x: Tensor, w: Tensor, bias: Tensor | null, axes: number, layout: string): void {
  if (w.rank !== axes + 2)
    throw new UsageError(`${op}: the weight is ${describe(w)}; expected [${layout}, ${kernelNames[axes]}].`)
  if (x.dtype !== w.dtype || (bias !== null && bias.dtype !== w.dtype))
    throw new UsageError(
      `${op}: input ${describe(x)}, weight ${describe(w)}${bias === null ? '' : `, bias ${describe(bias)}`}; expected one dtype. Try to('${w.dtype}').`,
    )
}

const kernelNames: Readonly<Record<number, string>> = {
  1: 'kernel',
  2: 'kernel height, kernel width',
  3: 'kernel depth, kernel height, kernel width',
}

const kernelOnes = (axes: number): number[] => new Array<number>(axes).fill(1)

function groupsOf(op: string, groups: number): number {
  if (!Number.isInteger(groups) || groups < 1)
    throw new UsageError(`${op}: groups = ${groups}; expected a whole number of at least 1.`)
  return groups
}

function checkBias(op: string, bias: Tensor | null, filters: number, w: Tensor): void {
  if (bias !== null && (bias.rank !== 1 || bias.size !== filters))
    throw new UsageError(`${op}: the bias is ${describe(bias)} for weight ${describe(w)}; expected [${filters}].`)
}

/** Padding before and behind each axis. */
function paddingOf(
  op: string,
  padding: Sizes | 'same' | 'valid',
  axes: number,
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
): [number[], number[]] {
  // biome-ignore format: one line
  if (typeof padding !== 'string') {
    const each = sizesOf(op, 'padding', padding, axes, 0)
    return [each, each]
  }
  if (padding === 'valid') return [kernel.map(() => 0), kernel.map(() => 0)]
  if (padding !== 'same')
    throw new UsageError(`${op}: padding = '${inert(padding)}'; expected numbers, 'same' or 'valid'.`)
  if (stride.some((one) => one !== 1))
    throw new UsageError(`${op}: padding 'same' with stride ${stride.join(', ')}; expected stride 1. Try numbers.`)
  const total = kernel.map((one, i) => dilation[i]! * (one - 1))
  return [total.map((one) => one >> 1), total.map((one) => one - (one >> 1))]
}

function convolution(axes: number, given: Tensor, w: Tensor, bias: Tensor | null, options: ConvOptions): Tensor {
  const op = `conv${axes}d`
  checkOptions(op, options, ['stride', 'padding', 'dilation', 'groups'])
  return tidy(() => {
    const [x, isSingle] = asBatch(op, given, axes)
    checkWeights(op, x, w, bias, axes, 'filters, channels / groups')
    const plan = convPlan(op, axes, x.shape, w, bias, options)
    const y = convForward(plan, x, w, bias)
    return isSingle ? reshape(y, y.shape.slice(1)) : y
  })
}

function convPlan(
  op: string,
  axes: number,
  xShape: readonly number[],
  w: Tensor,
  bias: Tensor | null,
  options: ConvOptions,
): ConvPlan {
  // biome-ignore format: one line
  const { stride: s = 1, padding = 0, dilation: d = 1, groups: g = 1 } = options
  const groups = groupsOf(op, g)
  const stride = sizesOf(op, 'stride', s, axes, 1)
  const dilation = sizesOf(op, 'dilation', d, axes, 1)
  const [batch, channels, ...input] = xShape as [number, number, ...number[]]
  const [filters, perGroup, ...kernel] = w.shape as [number, number, ...number[]]
  if (perGroup * groups !== channels)
    throw new UsageError(
      `${op}: the input [${xShape.join(', ')}] has ${channels} channels; weight ${describe(w)} with ${groups} group${groups === 1 ? '' : 's'} expects ${perGroup * groups}, as [batch, channels, ${axisNames[axes]}].`,
    )
  if (filters % groups !== 0)
    throw new UsageError(
      `${op}: weight ${describe(w)} has ${filters} filters; expected a multiple of groups, ${groups}.`,
    )
  checkBias(op, bias, filters, w)
  const [before, behind] = paddingOf(op, padding, axes, kernel, stride, dilation)
  const output = input.map((n, i) => {
    const span = dilation[i]! * (kernel[i]! - 1) + 1
    const padded = n + before[i]! + behind[i]!
    if (padded < span || kernel[i]! < 1)
      throw new UsageError(
        `${op}: the kernel spans ${span} along axis ${i + 2} of the input [${xShape.join(', ')}], which is ${padded} long with its padding; expected at most that. Try more padding, or a larger input.`,
      )
    return Math.floor((padded - span) / stride[i]!) + 1
  })
  return {
    batch, channels, filters, groups,
    input: tripleOf(input), output: tripleOf(output), kernel: tripleOf(kernel), stride: tripleOf(stride),
    padding: tripleOf(before, 0), dilation: tripleOf(dilation),
    xShape, wShape: w.shape, yShape: [batch, filters, ...output],
  } // biome-ignore format: by kind
}

/** The transpose of a convolution from `filters` channels: its plan has input and output exchanged. */
function transposed(
  axes: number,
  given: Tensor,
  w: Tensor,
  bias: Tensor | null,
  options: ConvTransposeOptions,
): Tensor {
  // biome-ignore format: one line
  const op = `convTranspose${axes}d`
  checkOptions(op, options, ['stride', 'padding', 'outputPadding', 'groups', 'dilation'])
  return tidy(() => {
    const [x, isSingle] = asBatch(op, given, axes)
    checkWeights(op, x, w, bias, axes, 'channels, filters / groups')
    const plan = transposePlan(op, axes, x.shape, w, bias, options)
    const y = convBackInput(plan, x, w)
    const out = bias === null ? y : add(y, reshape(bias, [bias.size, ...kernelOnes(axes)]))
    return isSingle ? reshape(out, out.shape.slice(1)) : out
  })
}

function transposePlan(
  op: string,
  axes: number,
  xShape: readonly number[],
  w: Tensor,
  bias: Tensor | null,
  options: ConvTransposeOptions,
): ConvPlan {
  // biome-ignore format: one line
  const { stride: s = 1, padding: p = 0, outputPadding: o = 0, dilation: d = 1, groups: g = 1 } = options
  const groups = groupsOf(op, g)
  const stride = sizesOf(op, 'stride', s, axes, 1)
  const padding = sizesOf(op, 'padding', p, axes, 0)
  const more = sizesOf(op, 'outputPadding', o, axes, 0)
  const dilation = sizesOf(op, 'dilation', d, axes, 1)
  const [batch, channels, ...input] = xShape as [number, number, ...number[]]
  const [inChannels, perGroup, ...kernel] = w.shape as [number, number, ...number[]]
  if (inChannels !== channels)
    throw new UsageError(
      `${op}: the input [${xShape.join(', ')}] has ${channels} channels; weight ${describe(w)} expects ${inChannels}, as [batch, channels, ${axisNames[axes]}].`,
    )
  if (channels % groups !== 0)
    throw new UsageError(
      `${op}: weight ${describe(w)} has ${channels} channels; expected a multiple of groups, ${groups}.`,
    )
  const filters = perGroup * groups
  checkBias(op, bias, filters, w)
  const output = input.map((n, i) => {
    if (more[i]! >= Math.max(stride[i]!, dilation[i]!))
      throw new UsageError(
        `${op}: outputPadding ${more[i]} with stride ${stride[i]} and dilation ${dilation[i]}; expected less than the larger of the two.`,
      )
    const size = (n - 1) * stride[i]! - 2 * padding[i]! + dilation[i]! * (kernel[i]! - 1) + more[i]! + 1
    if (size < 1)
      throw new UsageError(
        `${op}: axis ${i + 2} of the output of [${xShape.join(', ')}] would be ${size} long; expected at least 1. Try less padding.`,
      )
    return size
  })
  return {
    batch, channels: filters, filters: channels, groups,
    input: tripleOf(output), output: tripleOf(input), kernel: tripleOf(kernel), stride: tripleOf(stride),
    padding: tripleOf(padding, 0), dilation: tripleOf(dilation),
    xShape: [batch, filters, ...output], wShape: w.shape, yShape: xShape,
  } // biome-ignore format: by kind
}

/**
 * Cross-correlation of x with kernels along its last axis, as PyTorch's `conv1d`.
 *
 * Shapes: x [batch, channels, length] or [channels, length], weight [filters, channels / groups, kernel], bias [filters] or null; gives
 * [batch, filters, (length + padding - dilation (kernel - 1) - 1) / stride + 1], rounded down. Dtypes: f32 or f64, all the same.
 * Gradient: of any order. Throws UsageError for sizes and dtypes that do not fit.
 *
 * @example
 * conv1d(randn([8, 3, 100]), randn([16, 3, 5]), null, { padding: 'same' })
 */
export function conv1d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  return convolution(1, x, weight, bias, options)
}

/**
 * Cross-correlation of images with kernels, as PyTorch's `conv2d`.
 *
 * Shapes: x [batch, channels, height, width] or without batch, weight [filters, channels / groups, kernel height, kernel width], bias [filters]
 * or null. Sizes, dtypes, gradient and errors as `conv1d`.
 *
 * @example
 * conv2d(randn([8, 3, 32, 32]), randn([16, 3, 3, 3]), null, { stride: 2, padding: 1 })
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  return convolution(2, x, weight, bias, options)
}

/** Cross-correlation over depth, height and width, as PyTorch's `conv3d`; all else as `conv2d`. */
export function conv3d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: ConvOptions = {}): Tensor {
  return convolution(3, x, weight, bias, options)
}

/**
 * The transpose of `conv1d` (its gradient by the input), as PyTorch's `convTranspose1d`.
 *
 * Shapes: x [batch, channels, length] or [channels, length], weight [channels, filters / groups, kernel], bias [filters] or null; gives length
 * (length - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1. Dtypes, gradient and errors as `conv1d`.
 *
 * @example
 * convTranspose1d(randn([8, 16, 50]), randn([16, 3, 4]), null, { stride: 2, padding: 1 }) // [8, 3, 100]
 */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTransposeOptions = {},
): Tensor {
  // biome-ignore format: one line
  return transposed(1, x, weight, bias, options)
}

/** The transpose of `conv2d`: weight [channels, filters / groups, kernel height, kernel width]; all else as `convTranspose1d`. */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTransposeOptions = {},
): Tensor {
  // biome-ignore format: one line
  return transposed(2, x, weight, bias, options)
}
