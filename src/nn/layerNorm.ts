/** Layer and RMS norm: each row over the last axes standardized, then scaled and shifted. */
import { UsageError } from '../core/index.js'
import { neural } from '../kernels/index.js'
import { add, contiguous, isGradEnabled, mean, mul, ones, rsqrt, square, sub, type Tensor, to, zeros } from '../tensor/index.js' // biome-ignore format: one line
import { checkOptions, checkTensor, describe, empty, kernels, record, tidy } from '../tensor/internal.js'
import type { LayerOptions } from './initOptions.js'
import { Module } from './module.js'
import { parameter } from './parameter.js'
import { pullback } from './pullback.js'

export interface LayerNormInput {
  /** Scale and shift, of `normalizedShape`; null (the default) for none. */
  weight?: Tensor | null
  bias?: Tensor | null
  /** Added to the variance. */
  eps?: number
}

/** Sizes of the axes that are normalized, the last ones; one number is one axis. */
function checkNormalized(op: string, shape: number | readonly number[]): readonly number[] {
  const list = typeof shape === 'number' ? [shape] : shape
  if (!Array.isArray(list) || list.length === 0 || list.some((size) => !Number.isInteger(size) || size < 1))
    throw new UsageError(
      `${op}: normalizedShape = ${JSON.stringify(shape)}; expected a whole number of at least 1, or a list of them.`,
    )
  return list
}

function checkEps(op: string, eps: number): void {
  if (!(eps >= 0)) throw new UsageError(`${op}: eps = ${eps}; expected a number from 0 on.`)
}

/** Both norms: without `center` nothing is subtracted. */
function normalized(
  op: string,
  x: Tensor,
  shape: readonly number[],
  { weight = null, bias = null, eps = 1e-5 }: LayerNormInput,
  center: boolean,
): Tensor {
  checkTensor(op, x)
  checkEps(op, eps)
  const lead = x.rank - shape.length
  if (lead < 0 || shape.some((size, i) => x.shape[lead + i] !== size) || (x.dtype !== 'f32' && x.dtype !== 'f64'))
    throw new UsageError(`${op}: input ${describe(x)}; expected f32 or f64 whose last sizes are [${shape.join(', ')}].`)
  for (const [name, value] of [['weight', weight], ['bias', bias]] as const) // biome-ignore format: one line
    if (value !== null && (value.dtype !== x.dtype || value.shape.join() !== shape.join()))
      throw new UsageError(`${op}: ${name} ${describe(value)}; expected ${describe({ dtype: x.dtype, shape })}.`)
  return tidy(() => fused(op, contiguous(x), shape, weight && contiguous(weight), bias && contiguous(bias), eps, center)) // biome-ignore format: one line
}

function fused(
  op: string,
  x: Tensor,
  shape: readonly number[],
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
  center: boolean,
): Tensor {
  const type = x.dtype as 'f32' | 'f64'
  const columns = shape.reduce((a, b) => a * b, 1)
  const rows = x.size / columns
  const [out, stats] = [empty(type, x.shape), empty('f64', [rows, 2])]
  neural(kernels())[`layerNorm_${type}`](rows, columns, center, eps, x.pointer, weight?.pointer ?? 0, bias?.pointer ?? 0, out.pointer, stats.pointer) // biome-ignore format: one line
  const inputs = [x, ...(weight ? [weight] : []), ...(bias ? [bias] : [])]
  return record(out, op, inputs, [...inputs, stats], (g, saved, needs) => {
    const named = <T>(list: readonly T[]): [T, T | null, T | null] => [list[0]!, weight ? list[1]! : null, bias ? list[weight ? 2 : 1]! : null] // biome-ignore format: one line
    const given = saved.slice(0, -1)
    if (isGradEnabled()) return pullback((list) => composite(...named(list), shape, eps, center), given, g, needs)
    const [x, scale] = named(given)
    const [needsX, needsWeight, needsBias] = named(needs)
    const dx = needsX ? empty(type, x.shape) : null
    const [dWeight, dBias] = [needsWeight, needsBias].map((isNeeded) => isNeeded ? zeros(shape, { dtype: 'f64' }) : null) as [Tensor | null, Tensor | null] // biome-ignore format: one line
    const scratch = empty('f32', [20])
    neural(kernels())[`layerNormBackward_${type}`](rows, columns, center, x.pointer, saved.at(-1)!.pointer, scale?.pointer ?? 0, contiguous(g).pointer, dx?.pointer ?? 0, dWeight?.pointer ?? 0, dBias?.pointer ?? 0, scratch.pointer) // biome-ignore format: one line
    const parameters = [...(weight ? [dWeight] : []), ...(bias ? [dBias] : [])]
    return [dx, ...parameters.map((one) => one && to(one, type))]
  })
}

/** The same in differentiable operations. */
function composite(
  x: Tensor,
  weight: Tensor | null,
  bias: Tensor | null,
  shape: readonly number[],
  eps: number,
  center: boolean,
): Tensor {
  const over = { axis: shape.map((_, i) => i - shape.length), keepDims: true }
  const centered = center ? sub(x, mean(x, over)) : x
  const unit = mul(centered, rsqrt(add(mean(square(centered), over), eps)))
  const scaled = weight ? mul(unit, weight) : unit
  return bias ? add(scaled, bias) : scaled
}

/**
 * (x - mean) / sqrt(variance + eps) weight + bias, mean and variance (of the population) over the last axes, which are `normalizedShape`.
 *
 * Shapes: x [.., normalizedShape], weight and bias of normalizedShape or null; gives x's. Dtypes: f32 or f64, all the same; sums are in f64.
 * Gradient: also a second one. Throws UsageError for shapes and dtypes that do not fit. Source: PyTorch's `F.layer_norm`.
 *
 * @example
 * layerNorm(randn([4, 8]), 8)
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options: LayerNormInput = {},
): Tensor {
  checkOptions('layerNorm', options, ['weight', 'bias', 'eps'])
  return normalized('layerNorm', x, checkNormalized('layerNorm', normalizedShape), options, true)
}

/**
 * x / sqrt(mean of x² + eps) weight, the mean over the last axes, which are `normalizedShape`. `eps` is by default the dtype's epsilon, as in
 * PyTorch's `F.rms_norm`. Shapes, dtypes, gradient, errors: as `layerNorm`. Source: Zhang & Sennrich, "Root mean square layer normalization", 2019.
 *
 * @example
 * rmsNorm(randn([4, 8]), 8)
 */
export function rmsNorm(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options: Omit<LayerNormInput, 'bias'> = {},
): Tensor {
  checkOptions('rmsNorm', options, ['weight', 'eps'])
  checkTensor('rmsNorm', x)
  const eps = options.eps ?? (x.dtype === 'f32' ? 2 ** -23 : Number.EPSILON)
  return normalized('rmsNorm', x, checkNormalized('rmsNorm', normalizedShape), { ...options, eps }, false)
}

export interface LayerNormOptions extends LayerOptions {
  /** Added to the variance (1e-5). */
  eps?: number
  /** Whether there are weight and bias (true). */
  elementwiseAffine?: boolean
  /** Whether there is a bias beside the weight (true). */
  bias?: boolean
}

/**
 * `layerNorm` with a weight of ones and a bias of zeros that are trained.
 *
 * @example
 * new LayerNorm(64).forward(randn([8, 64]))
 */
export class LayerNorm extends Module {
  readonly normalizedShape: readonly number[]
  readonly eps: number
  readonly weight: Tensor | null
  readonly bias: Tensor | null

  constructor(normalizedShape: number | readonly number[], options: LayerNormOptions = {}) {
    super()
    checkOptions('LayerNorm', options, ['eps', 'elementwiseAffine', 'bias', 'dtype', 'generator'])
    const { eps = 1e-5, elementwiseAffine = true, bias = true, dtype = 'f32' } = options
    this.normalizedShape = checkNormalized('LayerNorm', normalizedShape)
    checkEps('LayerNorm', eps)
    this.eps = eps
    this.weight = elementwiseAffine ? parameter(ones(this.normalizedShape, { dtype })) : null
    this.bias = elementwiseAffine && bias ? parameter(zeros(this.normalizedShape, { dtype })) : null
  }

  forward(x: Tensor): Tensor {
    return normalized('LayerNorm', x, this.normalizedShape, this, true)
  }
}

export interface RMSNormOptions extends LayerOptions {
  /** Added to the mean square; the dtype's epsilon by default. */
  eps?: number | null
  /** Whether there is a weight (true). */
  elementwiseAffine?: boolean
}

/**
 * `rmsNorm` with a weight of ones that is trained.
 *
 * @example
 * new RMSNorm(64).forward(randn([8, 64]))
 */
export class RMSNorm extends Module {
  readonly normalizedShape: readonly number[]
  readonly eps: number
  readonly weight: Tensor | null

  constructor(normalizedShape: number | readonly number[], options: RMSNormOptions = {}) {
    super()
    checkOptions('RMSNorm', options, ['eps', 'elementwiseAffine', 'dtype', 'generator'])
    const { eps = null, elementwiseAffine = true, dtype = 'f32' } = options
    this.normalizedShape = checkNormalized('RMSNorm', normalizedShape)
    this.eps = eps ?? (dtype === 'f32' ? 2 ** -23 : Number.EPSILON)
    checkEps('RMSNorm', this.eps)
    this.weight = elementwiseAffine ? parameter(ones(this.normalizedShape, { dtype })) : null
  }

  forward(x: Tensor): Tensor {
    return normalized('RMSNorm', x, this.normalizedShape, { weight: this.weight, eps: this.eps }, false)
  }
}
