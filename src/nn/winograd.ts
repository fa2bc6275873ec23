/**
 * Convolution 3 by 3 of step 1 by tiles: a quarter of the multiplications of plain products. In f32 alone: on data of size 1 its error is about
 * ten times that of plain sums (1e-5 of the largest result).
 */
import { neural } from '../kernels/index.js'
import type { Tensor } from '../tensor/index.js'
import { empty, kernels, lapack } from '../tensor/internal.js'
import { area, type ConvPlan } from './window.js'

/** Fewer channels or tiles than these do not repay the transforms, by measurement: the faster products are, the more it takes. */
const fewestChannels = { system: 32, portable: 8 }
const fewestTiles = 96
/** Tiles of a product: with them the transformed images stay in the second cache. */
const tilesOfProduct = 128

/** Whether tiles are worth their while. Winograd's transforms have no f64: there the error would be seen. */
export function isTiled(
  { batch, channels, filters, groups, input, output, kernel, stride, dilation, padding }: ConvPlan,
  dtype: string,
): boolean {
  // biome-ignore format: one line
  const isPlain =
    dtype === 'f32' && groups === 1 && input[0] === 1 && kernel[0] === 1 && kernel[1] === 3 && kernel[2] === 3
  if (!isPlain || area(stride) !== 1 || area(dilation) !== 1 || padding[0] !== 0) return false
  const tiles = batch * Math.ceil(output[1] / 4) * Math.ceil(output[2] / 4)
  return (
    Math.min(channels, filters) >= fewestChannels[lapack().info.kind] &&
    tiles >= fewestTiles &&
    padding[1] <= 2 &&
    padding[2] <= 2
  )
}

/** Tiles of the results [height, width], and how many images make a product. */
interface Tiling {
  readonly tilesH: number
  readonly tilesW: number
  /** Of an image. */
  readonly tiles: number
  readonly images: number
  /** Between planes of tiles. */
  readonly step: number
  readonly scratch: Tensor
}

function tilingOf(batch: number, height: number, width: number): Tiling {
  const [tilesH, tilesW] = [Math.ceil(height / 4), Math.ceil(width / 4)]
  const tiles = tilesH * tilesW
  const images = Math.max(1, Math.min(batch, Math.floor(tilesOfProduct / tiles)))
  const step = (images * tiles + 3 + 3) & ~3
  return { tilesH, tilesW, tiles, images, step, scratch: empty('f32', [neural(kernels()).winogradScratch(tilesH, tilesW)]) } // biome-ignore format: one line
}

/** What one direction of a convolution is over: from `rows` of kernels and planes of `from` to planes of `to`. */
interface Direction {
  readonly batch: number
  readonly from: { readonly planes: number; readonly height: number; readonly width: number }
  readonly to: { readonly planes: number; readonly height: number; readonly width: number }
  /** Zeros above and left. */
  readonly top: number
  readonly left: number
  readonly isTurned: boolean
}

/** Told when images from `first` on are done. */
export type Finish = (first: number, images: number) => void

/** y of x, or x of g by the kernels turned round: images to tiles, 36 products, and back. */
function run(direction: Direction, x: Tensor, w: Tensor, y: Tensor, finish?: Finish): void {
  const { batch, from, to, top, left, isTurned } = direction
  const math = neural(kernels())
  const tiling = tilingOf(batch, to.height, to.width)
  const { tilesH, tilesW, tiles, images, step, scratch } = tiling
  const weights = empty('f32', [36, to.planes, from.planes])
  const given = empty('f32', [36, from.planes, step])
  const made = empty('f32', [36, to.planes, step])
  const [rowStep, columnStep] = isTurned ? [1, to.planes] : [from.planes, 1]
  math.winogradWeights(w.pointer, to.planes, from.planes, rowStep, columnStep, isTurned, weights.pointer, scratch.pointer) // biome-ignore format: one line
  const [inBytes, outBytes] = [from.planes * from.height * from.width * 4, to.planes * to.height * to.width * 4]
  for (let first = 0; first < batch; first += images) {
    const count = Math.min(images, batch - first)
    for (let i = 0; i < count; i++)
      math.winogradImages(x.pointer + (first + i) * inBytes, from.planes, from.height, from.width, top, left, tilesH, tilesW, given.pointer + i * tiles * 4, step, scratch.pointer) // biome-ignore format: one line
    for (let place = 0; place < 36; place++)
      lapack().gemm('f32', false, false, to.planes, count * tiles, from.planes, 1,
        weights.pointer + place * to.planes * from.planes * 4, from.planes,
        given.pointer + place * from.planes * step * 4, step, 0, made.pointer + place * to.planes * step * 4, step) // biome-ignore format: one line
    for (let i = 0; i < count; i++)
      math.winogradResults(made.pointer + i * tiles * 4, to.planes, to.height, to.width, tilesH, tilesW, step, y.pointer + (first + i) * outBytes, scratch.pointer) // biome-ignore format: one line
    finish?.(first, count)
  }
  for (const one of [weights, given, made, scratch]) one.dispose()
}

const images = (planes: number, sizes: readonly [number, number, number]): Direction['from'] => ({
  planes,
  height: sizes[1],
  width: sizes[2],
})

/** y = x * w. */
export function tiledForward(plan: ConvPlan, x: Tensor, w: Tensor, y: Tensor, finish: Finish): void {
  const { batch, channels, filters, input, output, padding } = plan
  run({ batch, from: images(channels, input), to: images(filters, output), top: padding[1], left: padding[2], isTurned: false }, x, w, y, finish) // biome-ignore format: one line
}

/** x = the adjoint in x: a convolution of g with 2 - padding zeros around it. */
export function tiledBackInput(plan: ConvPlan, g: Tensor, w: Tensor, x: Tensor): void {
  const { batch, channels, filters, input, output, padding } = plan
  run({ batch, from: images(filters, output), to: images(channels, input), top: 2 - padding[1], left: 2 - padding[2], isTurned: true }, g, w, x) // biome-ignore format: one line
}

/** w = the adjoint in w. */
export function tiledBackWeight(plan: ConvPlan, x: Tensor, g: Tensor, w: Tensor): void {
  const { batch, channels, filters, input, output, padding } = plan
  const math = neural(kernels())
  const { tilesH, tilesW, tiles, images, step, scratch } = tilingOf(batch, output[1], output[2])
  const given = empty('f32', [36, channels, step])
  const slopes = empty('f32', [36, filters, step])
  const sums = empty('f32', [36, filters, channels])
  const [inBytes, outBytes] = [channels * input[1] * input[2] * 4, filters * output[1] * output[2] * 4]
  for (let first = 0; first < batch; first += images) {
    const count = Math.min(images, batch - first)
    for (let i = 0; i < count; i++) {
      const at = i * tiles * 4
      math.winogradImages(x.pointer + (first + i) * inBytes, channels, input[1], input[2], padding[1], padding[2], tilesH, tilesW, given.pointer + at, step, scratch.pointer) // biome-ignore format: one line
      math.winogradGradients(g.pointer + (first + i) * outBytes, filters, output[1], output[2], tilesH, tilesW, slopes.pointer + at, step, scratch.pointer) // biome-ignore format: one line
    }
    for (let place = 0; place < 36; place++)
      lapack().gemm('f32', false, true, filters, channels, count * tiles, 1,
        slopes.pointer + place * filters * step * 4, step, given.pointer + place * channels * step * 4, step,
        first === 0 ? 0 : 1, sums.pointer + place * filters * channels * 4, channels) // biome-ignore format: one line
  }
  math.winogradBackWeights(sums.pointer, filters * channels, w.pointer, scratch.pointer)
  for (const one of [given, slopes, sums, scratch]) one.dispose()
}
