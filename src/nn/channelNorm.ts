/** The normalization of channels that batch, group and instance norm are made of. */
import { neural } from '../kernels/index.js'
import { add, isGradEnabled, mean, mul, reshape, rsqrt, square, sub, sum, type Tensor } from '../tensor/index.js'
import { empty, kernels, record, tidy, together } from '../tensor/internal.js'
import { area, realOf } from './window.js'

/** Mean and (population) variance of each channel. */
export interface Moments {
  readonly mean: Tensor
  readonly variance: Tensor
}

/** Moments of the channels of x [outer, channels, ..]; not on the tape. */
export function channelMoments(x: Tensor): Moments {
  const [outer, channels] = x.shape as [number, number]
  const moments = { mean: empty(x.dtype, [channels]), variance: empty(x.dtype, [channels]) }
  const from = together(x)
  neural(kernels())[`channelMoments_${realOf(x.dtype)}`](from.pointer, outer, channels, area(x.shape.slice(2)), moments.mean.pointer, moments.variance.pointer) // biome-ignore format: one line
  if (from !== x) from.dispose()
  return moments
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias for each channel of x [outer, channels, ..]; weight and bias [channels] or null. With
 * `fixed`, moments do not depend on x; else they are x's own, and the gradient goes through them.
 */
export function channelNorm(
  x: Tensor,
  moments: Moments,
  fixed: boolean,
  weight: Tensor | null,
  bias: Tensor | null,
  eps: number,
): Tensor {
  const [outer, channels] = x.shape as [number, number]
  const out = empty(x.dtype, x.shape)
  const [from, w, b] = [together(x), weight && together(weight), bias && together(bias)]
  const rest = area(x.shape.slice(2))
  neural(kernels())[`normalizeChannels_${realOf(x.dtype)}`](from.pointer, outer, channels, rest, moments.mean.pointer, moments.variance.pointer, eps, w?.pointer ?? 0, b?.pointer ?? 0, out.pointer) // biome-ignore format: one line
  for (const [mine, given] of [[from, x], [w, weight], [b, bias]] as const) if (mine !== given) mine!.dispose() // biome-ignore format: one line
  const affine = [weight, bias].filter((one) => one !== null)
  const saved = [x, moments.mean, moments.variance, ...(weight === null ? [] : [weight])]
  return record(out, 'channelNorm', [x, ...affine], saved, (g, [p, m, v, q], needs) => {
    const back = isGradEnabled() ? composite : fused
    const { dx, dw, db } = back(g, p!, { mean: m!, variance: v! }, fixed, q ?? null, eps, needs[0]!)
    return [dx, ...(weight === null ? [] : [dw]), ...(bias === null ? [] : [db])]
  })
}

interface Gradients {
  readonly dx: Tensor | null
  readonly dw: Tensor
  readonly db: Tensor
}

function fused(
  g: Tensor,
  x: Tensor,
  { mean: m, variance: v }: Moments,
  fixed: boolean,
  weight: Tensor | null,
  eps: number,
  wantsX: boolean,
): Gradients {
  // biome-ignore format: one line
  const [outer, channels] = x.shape as [number, number]
  const rest = area(x.shape.slice(2))
  const type = realOf(x.dtype)
  const math = neural(kernels())
  const [slope, from, w] = [together(g), together(x), weight === null ? null : together(weight)]
  const [dw, db] = [empty(type, [channels]), empty(type, [channels])]
  const dx = wantsX ? empty(type, x.shape) : null
  math[`normalizeSums_${type}`](slope.pointer, from.pointer, outer, channels, rest, m.pointer, v.pointer, eps, db.pointer, dw.pointer) // biome-ignore format: one line
  if (dx !== null)
    math[`normalizeBack_${type}`](slope.pointer, from.pointer, outer, channels, rest, m.pointer, v.pointer, eps, w?.pointer ?? 0, db.pointer, dw.pointer, fixed, dx.pointer) // biome-ignore format: one line
  return { dx, dw, db }
}

/** The same by differentiable operations, for gradients of gradients. */
function composite(
  g: Tensor,
  x: Tensor,
  moments: Moments,
  fixed: boolean,
  weight: Tensor | null,
  eps: number,
): Gradients {
  // biome-ignore format: one line
  const channels = x.shape[1]!
  const axis = x.shape.map((_, i) => i).filter((i) => i !== 1)
  const over = { axis, keepDims: true }
  const line = (one: Tensor): Tensor => reshape(one, [channels, ...x.shape.slice(2).map(() => 1)])
  const flat = (one: Tensor): Tensor => reshape(one, [channels])
  return tidy(() => {
    const deviation = sub(x, fixed ? line(moments.mean) : mean(x, over))
    const variance = fixed ? line(moments.variance) : mean(square(deviation), over)
    const inverse = rsqrt(add(variance, eps))
    const normal = mul(deviation, inverse)
    const [sumG, sumGx] = [sum(g, over), sum(mul(g, normal), over)]
    const scale = weight === null ? inverse : mul(inverse, line(weight))
    const n = x.size / channels
    const inner = fixed ? g : sub(sub(g, mul(sumG, 1 / n)), mul(normal, mul(sumGx, 1 / n)))
    return { dx: mul(scale, inner), dw: flat(sumGx), db: flat(sumG) }
  })
}
