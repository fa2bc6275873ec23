/** Images made larger or smaller: the nearest place, or between places. As PyTorch's `interpolate`. */
import { inert, UsageError } from '../core/index.js'
import { add, indexSelect, mul, reshape, type Tensor, tensor } from '../tensor/index.js'
import { checkOptions, checkTensor, describe, isFloat, tidy } from '../tensor/internal.js'
import { Module } from './module.js'
import { type Sizes, sizesOf } from './window.js'

export interface InterpolateOptions {
  /** Sizes of the result, by axis. */
  size?: Sizes
  /** Or how much larger (rounded down). */
  scaleFactor?: number | readonly number[]
  /** 'nearest' (any number of axes), 'linear' (one) or 'bilinear' (two). */
  mode?: 'nearest' | 'linear' | 'bilinear'
  /** Whether the corners' centres meet, and not the corners (false). */
  alignCorners?: boolean
}

/** Where a place of the result lies between two of the input: `low`, `low + step`, and how far on. */
interface Place {
  readonly low: number
  readonly step: number
  readonly share: number
}

/** The ratio is 1 / scaleFactor where that is given, as PyTorch takes it, and n / m else. */
function placesOf(n: number, m: number, ratio: number, alignCorners: boolean): Place[] {
  return Array.from({ length: m }, (_, o) => {
    const at = alignCorners ? (m > 1 ? (o * (n - 1)) / (m - 1) : 0) : Math.max(0, (o + 0.5) * ratio - 0.5)
    const low = Math.min(Math.floor(at), n - 1)
    return { low, step: low < n - 1 ? 1 : 0, share: Math.min(Math.max(at - low, 0), 1) }
  })
}

const indices = (values: number[]): Tensor => tensor(values, { dtype: 'i32' })

function between(x: Tensor, axis: number, places: readonly Place[]): Tensor {
  const line = [places.length, ...x.shape.slice(axis + 1).map(() => 1)]
  const column = (values: number[]): Tensor => reshape(tensor(values, { dtype: x.dtype }), line)
  const low = indexSelect(x, indices(places.map(({ low }) => low)), axis)
  const high = indexSelect(x, indices(places.map(({ low, step }) => low + step)), axis)
  return add(mul(low, column(places.map(({ share }) => 1 - share))), mul(high, column(places.map(({ share }) => share)))) // biome-ignore format: one line
}

interface Sizing {
  readonly output: number[]
  /** Step in the input for one of the output. */
  readonly ratio: number[]
}

function sizing(input: readonly number[], { size, scaleFactor }: InterpolateOptions): Sizing {
  if ((size === undefined) === (scaleFactor === undefined))
    throw new UsageError('interpolate: expected one of size and scaleFactor.')
  if (size !== undefined) {
    const output = sizesOf('interpolate', 'size', size, input.length, 1)
    return { output, ratio: output.map((m, i) => input[i]! / m) }
  }
  const factors = typeof scaleFactor === 'number' ? input.map(() => scaleFactor) : [...scaleFactor!]
  const output = input.map((n, i) => Math.floor(n * factors[i]!))
  if (factors.length !== input.length || factors.some((one) => !(one > 0)) || output.some((one) => !(one >= 1)))
    throw new UsageError(
      `interpolate: scaleFactor = ${inert(JSON.stringify(scaleFactor), 60)} for axes of ${input.join(', ')}; expected positive numbers that leave at least 1.`,
    )
  return { output, ratio: factors.map((one) => 1 / one) }
}

/**
 * x [batch, channels, ..] at other sizes of its last axes, as PyTorch's `interpolate`.
 *
 * Shapes: one of `size` and `scaleFactor` says. Dtypes: f32, f64. Gradient: of any order. Throws UsageError for a mode that does not have so
 * many axes.
 *
 * @example
 * interpolate(randn([1, 3, 14, 14]), { scaleFactor: 2, mode: 'bilinear' }) // [1, 3, 28, 28]
 */
export function interpolate(x: Tensor, options: InterpolateOptions): Tensor {
  checkTensor('interpolate', x)
  checkOptions('interpolate', options, ['size', 'scaleFactor', 'mode', 'alignCorners'])
  const { mode = 'nearest', alignCorners } = options
  const axes = x.rank - 2
  if (!['nearest', 'linear', 'bilinear'].includes(mode))
    throw new UsageError(`interpolate: mode = '${inert(mode)}'; expected 'nearest', 'linear' or 'bilinear'.`)
  const needed = mode === 'linear' ? 1 : mode === 'bilinear' ? 2 : axes
  if (axes < 1 || axes !== needed || !isFloat(x.dtype) || x.shape.slice(2).includes(0))
    throw new UsageError(
      `interpolate: the input is ${describe(x)} with mode '${mode}'; expected f32 or f64 [batch, channels, ${mode === 'bilinear' ? 'height, width' : mode === 'linear' ? 'length' : '..'}].`,
    )
  if (mode === 'nearest' && alignCorners !== undefined)
    throw new UsageError("interpolate: alignCorners with mode 'nearest'; expected 'linear' or 'bilinear'.")
  const input = x.shape.slice(2)
  const { output, ratio } = sizing(input, options)
  return tidy(() => {
    let y = x
    for (const [i, n] of input.entries()) {
      const [m, step] = [output[i]!, ratio[i]!]
      y =
        mode === 'nearest'
          ? indexSelect(y, indices(Array.from({ length: m }, (_, o) => Math.min(Math.floor(o * step), n - 1))), i + 2)
          : between(y, i + 2, placesOf(n, m, step, alignCorners ?? false))
    }
    return y
  })
}

/** `interpolate` as PyTorch's older name has it. */
export const upsample = interpolate

/**
 * `interpolate` as a module.
 *
 * @example
 * const layer = new Upsample({ scaleFactor: 2 })
 */
export class Upsample extends Module {
  constructor(readonly options: InterpolateOptions) {
    super()
  }

  forward(x: Tensor): Tensor {
    return interpolate(x, this.options)
  }
}
