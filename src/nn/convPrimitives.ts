/**
 * The three products of a convolution: y = x * w, and its two adjoints. Each is linear in both arguments and the others are its gradients, so
 * that gradients have gradients to any order:
 *
 *   <g, forward(x, w)> = <backInput(g, w), x> = <backWeight(x, g), w>
 *
 * A product runs over images, or groups of small ones, as patches in columns times the kernels as a matrix.
 */
import { neural } from '../kernels/index.js'
import { broadcastTo, reshape, type Tensor } from '../tensor/index.js'
import { copyOf, empty, kernels, lapack, record, tidy, together, view } from '../tensor/internal.js'
import { area, type ConvPlan, phaseElements, planOf, realOf, type Triple } from './window.js'
import { type Finish, isTiled, tiledBackInput, tiledBackWeight, tiledForward } from './winograd.js'

/** Columns of a product: smaller images go in groups, so that products are large enough; not more, so that the columns stay in the second cache. */
const fewestColumns = 192
/** The same where the kernels do not stay in the cache and would be read again for each product. */
const fewestColumnsOfLarge = 1024
const largeKernels = 1 << 18

/** How one product walks over the images. */
interface Walk {
  readonly type: 'f32' | 'f64'
  readonly bytes: number
  /** Elements of an image and of a result, by channel. */
  readonly inArea: number
  readonly outArea: number
  /** Rows of the columns for one group of channels: channels / groups * kernel. */
  readonly depth: number
  /** Filters of a group. */
  readonly rows: number
  /** Images of a product. */
  readonly images: number
  /** Columns are the image itself. */
  readonly isPointwise: boolean
}

function walkOf(plan: ConvPlan, x: Tensor): Walk {
  const type = realOf(x.dtype)
  const [inArea, outArea] = [area(plan.input), area(plan.output)]
  const isOne = (sizes: readonly number[], value: number): boolean => sizes.every((one) => one === value)
  const isPointwise = isOne(plan.kernel, 1) && isOne(plan.stride, 1) && isOne(plan.padding, 0) && inArea === outArea
  const columns = area(plan.wShape) > largeKernels ? fewestColumnsOfLarge : fewestColumns
  return {
    type,
    bytes: type === 'f32' ? 4 : 8,
    inArea,
    outArea,
    depth: (plan.channels / plan.groups) * area(plan.kernel),
    rows: plan.filters / plan.groups,
    images: Math.max(1, Math.min(plan.batch, Math.floor(columns / Math.max(1, outArea)))),
    isPointwise,
  }
}

/** Calls `run` with what lies together of the tensors, and frees copies. */
function withTogether<T>(tensors: readonly Tensor[], run: (...all: Tensor[]) => T): T {
  const all = tensors.map(together)
  try {
    return run(...all)
  } finally {
    for (const [i, one] of all.entries()) if (one !== tensors[i]) one.dispose()
  }
}

const isEmpty = (plan: ConvPlan): boolean =>
  area(plan.yShape) === 0 || area(plan.xShape) === 0 || area(plan.wShape) === 0

function clear(x: Tensor): void {
  kernels()
    .u8(x.pointer, x.size * (x.dtype === 'f32' ? 4 : 8))
    .fill(0)
}

/** Each channel by itself, over at most two axes: no products of matrices. */
const isDepthwise = ({ channels, groups, input, kernel }: ConvPlan): boolean =>
  groups === channels && groups > 1 && input[0] === 1 && kernel[0] === 1

function depthwise(
  op: 'depthwise' | 'depthwiseBackInput' | 'depthwiseBackWeight',
  plan: ConvPlan,
  a: Tensor,
  b: Tensor,
  out: Tensor,
): void {
  // biome-ignore format: one line
  const type = realOf(a.dtype)
  const table = planOf(plan)
  const scratch = empty(type, [phaseElements(plan)])
  const { batch, channels, filters } = plan
  neural(kernels())[`${op}_${type}`](table.pointer, batch, channels, filters / channels, a.pointer, b.pointer, out.pointer, scratch.pointer) // biome-ignore format: one line
  scratch.dispose()
  table.dispose()
}

/** With steps of 1 it is a convolution too, by the kernels turned round, which writes each place once. */
function depthwiseBackInput(plan: ConvPlan, g: Tensor, w: Tensor, x: Tensor): void {
  const { channels, filters, input, output, kernel, padding, dilation } = plan
  const back = kernel.map((k, i) => dilation[i]! * (k - 1) - padding[i]!) as unknown as Triple
  if (channels !== filters || plan.stride.some((one) => one !== 1) || back.some((one) => one < 0)) {
    depthwise('depthwiseBackInput', plan, g, w, x)
    return
  }
  const turned = copyOf(w)
  const places = area(kernel)
  const values = view(turned)
  for (let c = 0; c < channels; c++) values.subarray(c * places, (c + 1) * places).reverse()
  depthwise('depthwise', { ...plan, input: output, output: input, padding: back }, g, turned, x)
  turned.dispose()
}

/** y [batch, filters, ..output] = x * w + bias. Gradient: the other two products, and sums of g over all but the filters. */
export function convForward(plan: ConvPlan, x: Tensor, w: Tensor, bias: Tensor | null): Tensor {
  const y = empty(x.dtype, plan.yShape)
  withTogether(bias === null ? [x, w] : [x, w, bias], (input, weight, add) => {
    const outArea = area(plan.output)
    // Added to a few images at a time, while they are in the cache.
    const finish = (first: number, images: number): void => {
      const from = y.pointer + first * plan.filters * outArea * (y.dtype === 'f32' ? 4 : 8)
      if (add !== undefined)
        neural(kernels())[`addChannels_${realOf(x.dtype)}`](from, images, plan.filters, outArea, add.pointer)
    }
    if (isEmpty(plan)) {
      clear(y)
      finish(0, plan.batch)
    } else if (isDepthwise(plan)) {
      depthwise('depthwise', plan, input!, weight!, y)
      finish(0, plan.batch)
    } else if (isTiled(plan, x.dtype)) tiledForward(plan, input!, weight!, y, finish)
    else multiplyForward(plan, input!, weight!, y, finish)
  })
  return record(y, 'conv', bias === null ? [x, w] : [x, w, bias], [x, w], (g, [p, q], needs) => [
    needs[0] ? convBackInput(plan, g, q!) : null,
    needs[1] ? convBackWeight(plan, p!, g) : null,
    needs[2] ? channelSums(g) : null,
  ])
}

function multiplyForward(plan: ConvPlan, x: Tensor, w: Tensor, y: Tensor, finish: Finish): void {
  const walk = walkOf(plan, x)
  const { type, bytes, outArea, depth, rows } = walk
  const columns = columnsOf(plan, walk)
  const spread = walk.images > 1 ? empty(type, [plan.filters * walk.images * outArea]) : null
  const math = lapack()
  for (let first = 0; first < plan.batch; first += walk.images) {
    const images = Math.min(walk.images, plan.batch - first)
    const width = images * outArea
    const cols = columns.fill(x, first, images)
    const out = y.pointer + first * plan.filters * outArea * bytes
    const to = images > 1 ? spread!.pointer : out
    for (let group = 0; group < plan.groups; group++)
      math.gemm(type, false, false, rows, width, depth, 1, w.pointer + group * rows * depth * bytes, depth,
        cols + group * depth * width * bytes, width, 0, to + group * rows * width * bytes, width) // biome-ignore format: one line
    if (images > 1)
      neural(kernels())[`copyRows_${type}`](images, plan.filters, outArea, to, outArea, width, out, plan.filters * outArea, outArea) // biome-ignore format: one line
    finish(first, images)
  }
  spread?.dispose()
  columns.dispose()
}

/** Patches of images as columns [channels * kernel, images * output], group after group of channels. */
interface Columns {
  /** Fills them from x and says where they lie. */
  fill(x: Tensor, first: number, images: number): number
  /** Room for as many, unfilled. */
  readonly pointer: number
  /** Adds them to images of x. */
  addTo(x: Tensor, first: number, images: number): void
  dispose(): void
}

function columnsOf(plan: ConvPlan, walk: Walk): Columns {
  const { type, bytes, inArea, outArea, depth, images: most, isPointwise } = walk
  const isInPlace = isPointwise && most === 1
  const room = isInPlace ? null : empty(type, [plan.groups * depth * most * outArea])
  const image = plan.channels * inArea * bytes
  const table = planOf(plan)
  return {
    pointer: room?.pointer ?? 0,
    fill(x, first, images) {
      const from = x.pointer + first * image
      if (isInPlace) return from
      const width = images * outArea
      for (let i = 0; i < images; i++)
        neural(kernels())[`im2col_${type}`](table.pointer, plan.channels, from + i * image, room!.pointer + i * outArea * bytes, width) // biome-ignore format: one line
      return room!.pointer
    },
    addTo(x, first, images) {
      const width = images * outArea
      for (let i = 0; i < images; i++)
        neural(kernels())[`col2im_${type}`](table.pointer, plan.channels, room!.pointer + i * outArea * bytes, width, x.pointer + first * image + i * image) // biome-ignore format: one line
    },
    dispose() {
      room?.dispose()
      table.dispose()
    },
  }
}

/** Where [filters, images * output] of g lie together: as they are for one image, else copied to `room`. */
function gathered(plan: ConvPlan, walk: Walk, g: Tensor, first: number, images: number, room: Tensor | null): number {
  const { type, bytes, outArea } = walk
  const from = g.pointer + first * plan.filters * outArea * bytes
  if (images === 1) return from
  neural(kernels())[`copyRows_${type}`](images, plan.filters, outArea, from, plan.filters * outArea, outArea, room!.pointer, outArea, images * outArea) // biome-ignore format: one line
  return room!.pointer
}

/** x [batch, channels, ..input] = the adjoint of `convForward` in x, which is transposed convolution. */
export function convBackInput(plan: ConvPlan, g: Tensor, w: Tensor): Tensor {
  const x = empty(g.dtype, plan.xShape)
  withTogether([g, w], (from, weight) => {
    if (isEmpty(plan)) clear(x)
    else if (isDepthwise(plan)) depthwiseBackInput(plan, from!, weight!, x)
    else if (isTiled(plan, g.dtype)) tiledBackInput(plan, from!, weight!, x)
    else {
      clear(x)
      multiplyBackInput(plan, from!, weight!, x)
    }
  })
  return record(x, 'convBackInput', [g, w], [g, w], (u, [p, q], needs) => [
    needs[0] ? convForward(plan, u, q!, null) : null,
    needs[1] ? convBackWeight(plan, u, p!) : null,
  ])
}

function multiplyBackInput(plan: ConvPlan, g: Tensor, w: Tensor, x: Tensor): void {
  const walk = walkOf(plan, g)
  const { type, bytes, outArea, depth, rows } = walk
  const columns = columnsOf(plan, walk)
  const room = walk.images > 1 ? empty(type, [plan.filters * walk.images * outArea]) : null
  const math = lapack()
  for (let first = 0; first < plan.batch; first += walk.images) {
    const images = Math.min(walk.images, plan.batch - first)
    const width = images * outArea
    const from = gathered(plan, walk, g, first, images, room)
    const isInPlace = columns.pointer === 0
    const cols = isInPlace ? x.pointer + first * plan.channels * walk.inArea * bytes : columns.pointer
    for (let group = 0; group < plan.groups; group++)
      math.gemm(type, true, false, depth, width, rows, 1, w.pointer + group * rows * depth * bytes, depth,
        from + group * rows * width * bytes, width, 0, cols + group * depth * width * bytes, width) // biome-ignore format: one line
    if (!isInPlace) columns.addTo(x, first, images)
  }
  room?.dispose()
  columns.dispose()
}

/** w [filters, channels / groups, ..kernel] = the adjoint of `convForward` in w. */
export function convBackWeight(plan: ConvPlan, x: Tensor, g: Tensor): Tensor {
  const w = empty(g.dtype, plan.wShape)
  withTogether([x, g], (input, from) => {
    clear(w)
    if (isEmpty(plan)) return
    if (isDepthwise(plan)) depthwise('depthwiseBackWeight', plan, input!, from!, w)
    else if (isTiled(plan, g.dtype)) tiledBackWeight(plan, input!, from!, w)
    else multiplyBackWeight(plan, input!, from!, w)
  })
  return record(w, 'convBackWeight', [x, g], [x, g], (v, [p, q], needs) => [
    needs[0] ? convBackInput(plan, q!, v) : null,
    needs[1] ? convForward(plan, p!, v, null) : null,
  ])
}

function multiplyBackWeight(plan: ConvPlan, x: Tensor, g: Tensor, w: Tensor): void {
  const walk = walkOf(plan, g)
  const { type, bytes, outArea, depth, rows } = walk
  const columns = columnsOf(plan, walk)
  const room = walk.images > 1 ? empty(type, [plan.filters * walk.images * outArea]) : null
  const math = lapack()
  for (let first = 0; first < plan.batch; first += walk.images) {
    const images = Math.min(walk.images, plan.batch - first)
    const width = images * outArea
    const from = gathered(plan, walk, g, first, images, room)
    const cols = columns.fill(x, first, images)
    for (let group = 0; group < plan.groups; group++)
      math.gemm(type, false, true, rows, depth, width, 1, from + group * rows * width * bytes, width,
        cols + group * depth * width * bytes, width, first === 0 ? 0 : 1, w.pointer + group * rows * depth * bytes, depth) // biome-ignore format: one line
  }
  room?.dispose()
  columns.dispose()
}

/** Sums of g [batch, channels, ..] over all but the channels, in float64. Gradient: the sum's, to each. */
export function channelSums(g: Tensor): Tensor {
  const [batch, channels] = g.shape as [number, number]
  const out = empty(g.dtype, [channels])
  const rest = area(g.shape.slice(2))
  withTogether([g], (from) =>
    neural(kernels())[`sumChannels_${realOf(g.dtype)}`](from!.pointer, batch, channels, rest, out.pointer),
  )
  const { shape } = g
  return record(out, 'channelSums', [g], [], (u) => [spreadChannels(u, shape)])
}

/** One value for each channel, in all of `shape`. */
function spreadChannels(u: Tensor, shape: readonly number[]): Tensor {
  return tidy(() => broadcastTo(reshape(u, [shape[1]!, ...shape.slice(2).map(() => 1)]), shape))
}
