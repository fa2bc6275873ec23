/** x Wᵀ + b. */
import { UsageError } from '../core/index.js'
import { neural } from '../kernels/index.js'
import { matmul, mul, rand, reshape, sub, sum, type Tensor, transpose } from '../tensor/index.js'
import { checkTensor, describe, empty, kernels, lapack, record, tidy, together } from '../tensor/internal.js'
import type { LayerOptions } from './initOptions.js'
import { Module } from './module.js'
import { parameter } from './parameter.js'

/**
 * x Wᵀ + b over the last axis of x.
 *
 * Shapes: x [.., in], weight [out, in], bias [out] or null; gives [.., out]. Dtypes: f32 or f64, all the same.
 * Gradient: g W, gᵀ x, and the sum of g. Throws UsageError when sizes or dtypes differ.
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkTensor('linear', x)
  checkTensor('linear', weight)
  const [n, m] = weight.shape as [number, number]
  if (x.rank === 0 || weight.rank !== 2 || x.shape.at(-1) !== m)
    throw new UsageError(
      `linear: input ${describe(x)} and weight ${describe(weight)}; expected [.., in] and [out, in].`,
    )
  if (bias !== null && (bias.rank !== 1 || bias.size !== n))
    throw new UsageError(`linear: bias ${describe(bias)} for weight ${describe(weight)}; expected [${n}].`)
  if (x.dtype !== weight.dtype || (bias !== null && bias.dtype !== weight.dtype))
    throw new UsageError(
      `linear: input ${describe(x)}, weight ${describe(weight)}; expected one dtype. Try to('${weight.dtype}').`,
    )
  const type = weight.dtype as 'f32' | 'f64'
  const [input, W] = [together(x), together(weight)]
  const rows = m === 0 ? x.shape.slice(0, -1).reduce((a, b) => a * b, 1) : x.size / m
  const out = empty(type, [...x.shape.slice(0, -1), n])
  if (m === 0) kernels().u8(out.pointer, out.size * (type === 'f32' ? 4 : 8)).fill(0)
  else lapack().gemm(type, false, true, rows, n, m, 1, input.pointer, m, W.pointer, m, 0, out.pointer, Math.max(1, n)) // biome-ignore format: one line
  if (bias !== null) {
    const b = together(bias)
    neural(kernels())[`addRows_${type}`](out.pointer, rows, n, b.pointer)
    if (b !== bias) b.dispose()
  }
  if (input !== x) input.dispose()
  if (W !== weight) W.dispose()
  return record(out, 'linear', bias === null ? [x, weight] : [x, weight, bias], [x, weight], (g, [p, q], needs) => {
    const flat = reshape(g, [-1, n])
    return [
      needs[0] ? matmul(g, q!) : null,
      needs[1] ? matmul(transpose(flat), reshape(p!, [-1, m])) : null,
      needs[2] ? sum(flat, { axis: 0 }) : null,
    ]
  })
}

export interface LinearOptions extends LayerOptions {
  bias?: boolean
}

/**
 * A fully connected layer. Weight [out, in] and bias [out] start uniform in +-1 / sqrt(in), as in PyTorch.
 *
 * @example
 * const layer = new Linear(784, 10)
 */
export class Linear extends Module {
  readonly weight: Tensor
  readonly bias: Tensor | null

  constructor(
    readonly inFeatures: number,
    readonly outFeatures: number,
    options: LinearOptions = {},
  ) {
    super()
    for (const [name, value] of [['inFeatures', inFeatures], ['outFeatures', outFeatures]] as const) // biome-ignore format: one line
      if (!Number.isInteger(value) || value < 1)
        throw new UsageError(`Linear: ${name} = ${value}; expected a whole number of at least 1.`)
    const { bias = true, ...rest } = options
    const bound = 1 / Math.sqrt(inFeatures)
    const drawn = (shape: number[]): Tensor => tidy(() => sub(mul(rand(shape, rest), 2 * bound), bound))
    this.weight = parameter(drawn([outFeatures, inFeatures]))
    this.bias = bias ? parameter(drawn([outFeatures])) : null
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias)
  }
}
