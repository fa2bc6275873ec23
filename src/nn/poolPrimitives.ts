/** Maxima and means over windows with their adjoints, each the other's gradient: gradients of any order. */
import { neural } from '../kernels/index.js'
import type { Tensor } from '../tensor/index.js'
import { empty, kernels, record, together } from '../tensor/internal.js'
import { area, planOf, realOf, type Span, type Triple } from './window.js'

/** Windows of a pool over images of x [.., ..input], as tables: for each axis and output where its window lies. */
export interface PoolPlan {
  readonly input: Triple
  readonly output: Triple
  /** Steps inside a window: a maximum may skip places. */
  readonly dilation: Triple
  readonly tables: readonly (readonly Span[])[]
  readonly xShape: readonly number[]
  readonly yShape: readonly number[]
  /** Windows are 2 by 2 and do not overlap. */
  readonly isHalving?: boolean
  /** Takes the place of the windows' counts, where it is not 0. */
  readonly divisor: number
}

const none: Triple = [0, 0, 0]

function withPlan(plan: PoolPlan, x: Tensor, run: (from: Tensor, table: number) => void): void {
  const from = together(x)
  const table = planOf({ ...plan, kernel: none, stride: none, padding: none }, plan.tables)
  run(from, table.pointer)
  table.dispose()
  if (from !== x) from.dispose()
}

const planesOf = (plan: PoolPlan): number => (area(plan.input) === 0 ? 0 : area(plan.xShape) / area(plan.input))

/** The largest of each window and (i32) its place in its image, row-major. Gradient: g at those places. */
export function maxOfWindows(plan: PoolPlan, x: Tensor): { y: Tensor; places: Tensor } {
  const y = empty(x.dtype, plan.yShape)
  const places = empty('i32', plan.yShape)
  withPlan(plan, x, (from, table) => {
    const [, height, width] = plan.input
    if (plan.isHalving && x.dtype === 'f32')
      neural(kernels()).maxPool2x2_f32(planesOf(plan), height, width, from.pointer, y.pointer, places.pointer)
    else neural(kernels())[`maxPool_${realOf(x.dtype)}`](table, planesOf(plan), from.pointer, y.pointer, places.pointer)
  })
  record(y, 'maxPool', [x], [places], (g, [at]) => [putAt(plan, g, at!)])
  return { y, places }
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
