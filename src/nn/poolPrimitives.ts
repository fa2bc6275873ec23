/** Maxima and means over windows with their adjoints, each the other's gradient: gradients of any order. */
import { neural } from '../kernels/index.js'
import type { Tensor } from '../tensor/index.js'
import { empty, kernels, record, together } from '../tensor/internal.js'
import { area, phaseElements, planOf, realOf, type Span, type Triple, type Window } from './window.js'

/** Windows of a pool over images of x [.., ..input], as tables: for each axis and output where its window lies. */
export interface PoolPlan {
  readonly input: Triple
  readonly output: Triple
  /** Steps inside a window: a maximum may skip places. */
  readonly dilation: Triple
  readonly tables: readonly (readonly Span[])[]
  readonly xShape: readonly number[]
  readonly yShape: readonly number[]
  /** Where all windows of images have one size, that. */
  readonly windows?: Pick<Window, 'kernel' | 'stride' | 'padding'>
  /** Takes the place of the windows' counts, where it is not 0. */
  readonly divisor: number
}

const none: Triple = [0, 0, 0]

function withPlan(plan: PoolPlan, x: Tensor, run: (from: Tensor, table: number) => void): void {
  const from = together(x)
  const table = planOf({ ...plan, ...(plan.windows ?? { kernel: none, stride: none, padding: none }) }, plan.tables)
  run(from, table.pointer)
  table.dispose()
  if (from !== x) from.dispose()
}

const planesOf = (plan: PoolPlan): number => (area(plan.input) === 0 ? 0 : area(plan.xShape) / area(plan.input))

/** The largest of each window and (i32) its place in its image, row-major. Gradient: g at those places. */
export function maxOfWindows(plan: PoolPlan, x: Tensor): { y: Tensor; places: Tensor } {
  const y = empty(x.dtype, plan.yShape)
  const places = empty('i32', plan.yShape)
  withPlan(plan, x, (from, table) => findMaxima(plan, from, table, y, places))
  record(y, 'maxPool', [x], [places], (g, [at]) => [putAt(plan, g, at!)])
  return { y, places }
}

function findMaxima(plan: PoolPlan, x: Tensor, table: number, y: Tensor, places: Tensor): void {
  const { windows, input, output } = plan
  const planes = planesOf(plan)
  const math = neural(kernels())
  if (windows === undefined || x.dtype !== 'f32' || output[2] < 4)
    math[`maxPool_${realOf(x.dtype)}`](table, planes, x.pointer, y.pointer, places.pointer)
  else if (isHalving(plan, windows))
    math.maxPool2x2_f32(planes, input[1], input[2], x.pointer, y.pointer, places.pointer)
  else {
    const scratch = empty('f32', [phaseElements({ ...plan, ...windows }) + 2 * area(windows.kernel)])
    math.maxPoolWindows_f32(table, planes, x.pointer, y.pointer, places.pointer, scratch.pointer)
    scratch.dispose()
  }
}

/** Windows of 2 by 2 that do not overlap and do not reach out of the image. */
function isHalving(
  { input, output, dilation }: PoolPlan,
  { kernel, stride, padding }: Pick<Window, 'kernel' | 'stride' | 'padding'>,
): boolean {
  // biome-ignore format: one line
  return [1, 2].every(
    (i) => kernel[i] === 2 && stride[i] === 2 && padding[i] === 0 && dilation[i] === 1 && output[i] === input[i]! >> 1,
  )
}

/** x, 0 but for g added up at `places`. Gradient: u at those places. */
function putAt(plan: PoolPlan, g: Tensor, places: Tensor): Tensor {
  const x = empty(g.dtype, plan.xShape)
  const from = together(g)
  neural(kernels())[`maxUnpool_${realOf(g.dtype)}`](planesOf(plan), area(plan.input), area(plan.output), from.pointer, places.pointer, x.pointer) // biome-ignore format: one line
  if (from !== g) from.dispose()
  return record(x, 'maxPoolBackward', [g], [places], (u, [at]) => [takeAt(plan, u, at!)])
}

/** The elements of each image at `places`. Gradient: g added up there. */
function takeAt(plan: PoolPlan, x: Tensor, places: Tensor): Tensor {
  const y = empty(x.dtype, plan.yShape)
  const from = together(x)
  neural(kernels())[`takePlaces_${realOf(x.dtype)}`](planesOf(plan), area(plan.input), area(plan.output), from.pointer, places.pointer, y.pointer) // biome-ignore format: one line
  if (from !== x) from.dispose()
  return record(y, 'takePlaces', [x], [places], (g, [at]) => [putAt(plan, g, at!)])
}

/** The mean of each window. Gradient: g shared out over the window. */
export function meanOfWindows(plan: PoolPlan, x: Tensor): Tensor {
  const y = empty(x.dtype, plan.yShape)
  withPlan(plan, x, (from, table) =>
    neural(kernels())[`avgPool_${realOf(x.dtype)}`](table, planesOf(plan), from.pointer, y.pointer, plan.divisor),
  )
  return record(y, 'avgPool', [x], [], (g) => [shareOut(plan, g)])
}

function shareOut(plan: PoolPlan, g: Tensor): Tensor {
  const x = empty(g.dtype, plan.xShape)
  withPlan(plan, g, (from, table) =>
    neural(kernels())[`avgUnpool_${realOf(g.dtype)}`](table, planesOf(plan), from.pointer, x.pointer, plan.divisor),
  )
  return record(x, 'avgPoolBackward', [g], [], (u) => [meanOfWindows(plan, u)])
}
