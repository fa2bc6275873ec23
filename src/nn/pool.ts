/** Pooling: the maximum or the mean of each window, of given or of as many windows as asked for. */
import { inert, UsageError } from '../core/index.js'
import { reshape, type Tensor } from '../tensor/index.js'
import { checkOptions, describe, tidy } from '../tensor/internal.js'
import { maxOfWindows, meanOfWindows, type PoolPlan } from './poolPrimitives.js'
import { asBatch, type Sizes, type Span, sizesOf, tripleOf } from './window.js'

export interface PoolOptions {
  /** Steps between windows; the kernel's size by default. */
  stride?: Sizes
  /** Places around the image that hold nothing (0): at most half the kernel. */
  padding?: Sizes
  /** Round the number of windows up: the last may reach out of the image (false). */
  ceilMode?: boolean
}

export interface MaxPoolOptions extends PoolOptions {
  /** Steps between places of a window (1). */
  dilation?: Sizes
}

export interface AvgPoolOptions extends PoolOptions {
  /** Divide by the window's size with padding, which counts as zeros (true), or by what lies in the image. */
  countIncludePad?: boolean
  /** Divide by this instead. */
  divisorOverride?: number
}

interface Axis {
  readonly outputs: number
  readonly start: (o: number) => number
}

/** How many windows there are along an axis of n, as PyTorch counts: a last one that ceilMode adds starts inside the image or its padding. */
function axisOf(
  op: string,
  axis: number,
  n: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
  ceil: boolean,
): Axis {
  // biome-ignore format: one line
  if (2 * padding > kernel)
    throw new UsageError(`${op}: padding ${padding} with a kernel of ${kernel}; expected at most half of it.`)
  const free = n + 2 * padding - dilation * (kernel - 1) - 1
  let outputs = Math.floor((free + (ceil ? stride - 1 : 0)) / stride) + 1
  if (ceil && (outputs - 1) * stride >= n + padding) outputs--
  if (outputs < 1)
    throw new UsageError(
      `${op}: a window spans ${dilation * (kernel - 1) + 1} along axis ${axis} of the input, which is ${n + 2 * padding} long with its padding; expected at most that.`,
    )
  return { outputs, start: (o) => o * stride - padding }
}

function spansOf({ outputs, start }: Axis, of: (start: number) => Span): Span[] {
  return Array.from({ length: outputs }, (_, o) => of(start(o)))
}

const single: readonly Span[] = [[0, 1, 1]]

/** The plan of a pool whose windows along each axis are `tables`. */
function planFrom(
  xShape: readonly number[],
  dilation: readonly number[],
  tables: readonly (readonly Span[])[],
  divisor = 0,
): PoolPlan {
  // biome-ignore format: one line
  const [batch, channels, ...input] = xShape as [number, number, ...number[]]
  const output = tables.map((one) => one.length)
  return {
    input: tripleOf(input),
    output: tripleOf(output),
    dilation: tripleOf(dilation),
    tables: [...new Array<readonly Span[]>(3 - tables.length).fill(single), ...tables],
    xShape,
    yShape: [batch, channels, ...output],
    divisor,
  }
}

/** Runs a pool on a batch and gives back what came without one without it. */
function pooled(op: string, axes: number, given: Tensor, run: (x: Tensor) => Tensor): Tensor {
  return tidy(() => {
    const [x, isSingle] = asBatch(op, given, axes)
    if (x.shape.slice(1).includes(0))
      throw new UsageError(`${op}: the input is ${describe(given)}; expected at least one channel and place.`)
    const y = run(x)
    return isSingle ? reshape(y, y.shape.slice(1)) : y
  })
}

const poolOptions = ['stride', 'padding', 'ceilMode']

function maxPool(axes: number, given: Tensor, kernelSize: Sizes, options: MaxPoolOptions): Tensor {
  const op = `maxPool${axes}d`
  checkOptions(op, options, [...poolOptions, 'dilation'])
  const kernel = sizesOf(op, 'kernelSize', kernelSize, axes, 1)
  const stride = sizesOf(op, 'stride', options.stride ?? kernel, axes, 1)
  const padding = sizesOf(op, 'padding', options.padding ?? 0, axes, 0)
  const dilation = sizesOf(op, 'dilation', options.dilation ?? 1, axes, 1)
  return pooled(op, axes, given, (x) => {
    const tables = kernel.map((k, i) => {
      const [n, d] = [x.shape[i + 2]!, dilation[i]!]
      const axis = axisOf(op, i + 2, n, k, stride[i]!, padding[i]!, d, options.ceilMode ?? false)
      // The first place inside the image that the window's steps meet.
      return spansOf(axis, (s) => [s < 0 ? s + d * Math.ceil(-s / d) : s, Math.min(s + d * (k - 1) + 1, n), 1])
    })
    const plan = planFrom(x.shape, dilation, tables)
    const windows = { kernel: tripleOf(kernel), stride: tripleOf(stride), padding: tripleOf(padding, 0) }
    return maxOfWindows({ ...plan, windows }, x).y
  })
}

function avgPool(axes: number, given: Tensor, kernelSize: Sizes, options: AvgPoolOptions): Tensor {
  const op = `avgPool${axes}d`
  checkOptions(op, options, [...poolOptions, 'countIncludePad', 'divisorOverride'])
  const { countIncludePad = true, divisorOverride = 0 } = options
  const kernel = sizesOf(op, 'kernelSize', kernelSize, axes, 1)
  const stride = sizesOf(op, 'stride', options.stride ?? kernel, axes, 1)
  const padding = sizesOf(op, 'padding', options.padding ?? 0, axes, 0)
  if (!Number.isInteger(divisorOverride) || (options.divisorOverride !== undefined && divisorOverride < 1))
    throw new UsageError(`${op}: divisorOverride = ${divisorOverride}; expected a whole number of at least 1.`)
  return pooled(op, axes, given, (x) => {
    const tables = kernel.map((k, i) => {
      const n = x.shape[i + 2]!
      const axis = axisOf(op, i + 2, n, k, stride[i]!, padding[i]!, 1, options.ceilMode ?? false)
      return spansOf(axis, (s): Span => {
        const end = Math.min(s + k, n + padding[i]!)
        const [first, last] = [Math.max(s, 0), Math.min(end, n)]
        return [first, last, countIncludePad ? end - s : last - first]
      })
    })
    return meanOfWindows(planFrom(x.shape, kernel.map(() => 1), tables, divisorOverride), x) // biome-ignore format: one line
  })
}

/** Window o of m over an axis of n: from floor(o n / m) to ceil((o + 1) n / m). */
function adaptive(
  op: string,
  axes: number,
  given: Tensor,
  outputSize: Sizes | readonly (number | null)[],
  run: (plan: PoolPlan, x: Tensor) => Tensor,
): Tensor {
  // biome-ignore format: one line
  return pooled(op, axes, given, (x) => {
    const input = x.shape.slice(2)
    const asked = typeof outputSize === 'number' ? input.map(() => outputSize) : outputSize
    if (!Array.isArray(asked) || asked.length !== axes)
      throw new UsageError(
        `${op}: outputSize = ${inert(JSON.stringify(outputSize), 60)}; expected a whole number${axes === 1 ? '' : `, or ${axes} of them (null keeps an axis)`}.`,
      )
    const sizes = sizesOf(op, 'outputSize', asked.map((one, i) => one ?? input[i]!), axes, 1) // biome-ignore format: one line
    const tables = sizes.map((m, i) => {
      const n = input[i]!
      return Array.from({ length: m }, (_, o): Span => {
        const [first, last] = [Math.floor((o * n) / m), Math.ceil(((o + 1) * n) / m)]
        return [first, last, last - first]
      })
    })
    return run(planFrom(x.shape, sizes.map(() => 1), tables), x) // biome-ignore format: one line
  })
}

/**
 * The maximum of each window along the last axis, as PyTorch's `maxPool1d`. What lies outside counts as -Infinity; NaN wins.
 *
 * Shapes: x [batch, channels, length] or [channels, length]; gives length (length + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded
 * down (up with `ceilMode`). Gradient: g at the first of the largest. Throws UsageError for windows that do not fit.
 *
 * @example
 * maxPool1d(randn([8, 3, 100]), 2)
 */
export function maxPool1d(x: Tensor, kernelSize: Sizes, options: MaxPoolOptions = {}): Tensor {
  return maxPool(1, x, kernelSize, options)
}

/**
 * The maximum of each window of images [batch, channels, height, width]; all else as `maxPool1d`.
 *
 * @example
 * maxPool2d(randn([8, 16, 28, 28]), 2) // [8, 16, 14, 14]
 */
export function maxPool2d(x: Tensor, kernelSize: Sizes, options: MaxPoolOptions = {}): Tensor {
  return maxPool(2, x, kernelSize, options)
}

/**
 * The mean of each window along the last axis, as PyTorch's `avgPool1d`. Shapes as `maxPool1d`. Gradient: g shared out over the window.
 *
 * @example
 * avgPool1d(randn([8, 3, 100]), 4, { stride: 2, padding: 1, countIncludePad: false })
 */
export function avgPool1d(x: Tensor, kernelSize: Sizes, options: AvgPoolOptions = {}): Tensor {
  return avgPool(1, x, kernelSize, options)
}

/** The mean of each window of images; all else as `avgPool1d`. */
export function avgPool2d(x: Tensor, kernelSize: Sizes, options: AvgPoolOptions = {}): Tensor {
  return avgPool(2, x, kernelSize, options)
}

/** Means of `outputSize` windows that cover the last axis: window o from floor(o n / m) to ceil((o + 1) n / m). */
export function adaptiveAvgPool1d(x: Tensor, outputSize: Sizes): Tensor {
  return adaptive('adaptiveAvgPool1d', 1, x, outputSize, meanOfWindows)
}

/** Means of so many windows by height and width; null keeps an axis. `adaptiveAvgPool2d(x, 1)` is the mean of each image. */
export function adaptiveAvgPool2d(x: Tensor, outputSize: number | readonly (number | null)[]): Tensor {
  return adaptive('adaptiveAvgPool2d', 2, x, outputSize, meanOfWindows)
}

/** Maxima of `outputSize` windows that cover the last axis, as in `adaptiveAvgPool1d`. */
export function adaptiveMaxPool1d(x: Tensor, outputSize: Sizes): Tensor {
  return adaptive('adaptiveMaxPool1d', 1, x, outputSize, (plan, one) => maxOfWindows(plan, one).y)
}

/** Maxima of so many windows by height and width; null keeps an axis. */
export function adaptiveMaxPool2d(x: Tensor, outputSize: number | readonly (number | null)[]): Tensor {
  return adaptive('adaptiveMaxPool2d', 2, x, outputSize, (plan, one) => maxOfWindows(plan, one).y)
}
