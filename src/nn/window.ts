/** What convolutions and pools slide over an image: sizes by axis, as people write them, and the plan that kernels read. */
import { inert, UsageError } from '../core/index.js'
import { type DType, reshape, type Tensor } from '../tensor/index.js'
import { checkTensor, describe, empty, isFloat, kernels } from '../tensor/internal.js'

/** One number for all axes, or one for each. */
export type Sizes = number | readonly number[]

/** Depth, height, width: kernels know three axes, and those that are missing are 1 long. */
export type Triple = readonly [number, number, number]

/** A window over an image. `padding` is what lies before the image; what is needed behind it follows from `output`. */
export interface Window {
  readonly input: Triple
  readonly output: Triple
  readonly kernel: Triple
  readonly stride: Triple
  readonly padding: Triple
  readonly dilation: Triple
}

/** Sizes of a convolution from x [batch, channels, ..input] to y [batch, filters, ..output] with w [filters, channels / groups, ..kernel]. */
export interface ConvPlan extends Window {
  readonly batch: number
  readonly channels: number
  readonly filters: number
  readonly groups: number
  /** Shapes as tensors have them. */
  readonly xShape: readonly number[]
  readonly wShape: readonly number[]
  readonly yShape: readonly number[]
}

export const area = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

/** [a] or [a, b] as depth, height, width, with `fill` for what is missing. */
export function tripleOf(sizes: readonly number[], fill = 1): Triple {
  return [...new Array<number>(3 - sizes.length).fill(fill), ...sizes] as unknown as Triple
}

/** One number for each of `axes` axes. Throws UsageError unless they are whole and at least `least`. */
export function sizesOf(op: string, name: string, value: Sizes, axes: number, least: number): number[] {
  const all = typeof value === 'number' ? new Array<number>(axes).fill(value) : [...(value as readonly number[])]
  if (all.length !== axes || all.some((one) => !Number.isInteger(one) || one < least))
    throw new UsageError(
      `${op}: ${name} = ${inert(JSON.stringify(value) ?? String(value), 60)}; expected a whole number of at least ${least}${axes === 1 ? '' : `, or ${axes} of them`}.`,
    )
  return all
}

/** x as [batch, channels, ..] and whether it came without a batch. Throws UsageError for another rank, and for what is no float. */
export function asBatch(op: string, x: Tensor, axes: number): [Tensor, boolean] {
  checkTensor(op, x)
  const names = axisNames[axes]!
  if (!isFloat(x.dtype)) throw new UsageError(`${op}: the input is ${describe(x)}; expected f32 or f64. Try to('f32').`)
  if (x.rank !== axes + 2 && x.rank !== axes + 1)
    throw new UsageError(
      `${op}: the input is ${describe(x)}; expected [batch, channels, ${names}] or [channels, ${names}].`,
    )
  return x.rank === axes + 2 ? [x, false] : [reshape(x, [1, ...x.shape]), true]
}

/** How errors call the last axes. */
export const axisNames: Readonly<Record<number, string>> = { 1: 'length', 2: 'height, width', 3: 'depth, height, width' } // biome-ignore format: one line

/** Where a window starts and ends inside the image, and how many of its places count: one of a table for each axis. */
export type Span = readonly [start: number, end: number, count: number]

/**
 * The plan as assembly/nn/plan.ts reads it. The caller disposes of it.
 */
export function planOf(window: Window, tables: readonly (readonly Span[])[] = []): Tensor {
  const { input, output, kernel, stride, padding, dilation } = window
  const values = [...input, ...output, ...kernel, ...stride, ...padding, ...dilation, ...tables.flat(2)]
  const plan = empty('i32', [values.length])
  kernels().i32(plan.pointer, values.length).set(values)
  return plan
}

/** Elements of an image's phases: see assembly/nn/phases.ts. */
export function phaseElements({ output, kernel, stride, dilation }: Window): number {
  const rows = (output[1] - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1
  return rows * stride[2] * (output[2] + Math.floor(((kernel[2] - 1) * dilation[2]) / stride[2]))
}

/** The type of kernels for a float tensor. */
export const realOf = (dtype: DType): 'f32' | 'f64' => dtype as 'f32' | 'f64'
