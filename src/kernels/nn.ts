/** What layers, losses and optimizers compute with: the module `nn`, on the memory of kernels that are there. */
import { nnWasm } from './embedded/nn.js'
import { instantiate } from './module.js'
import type { Kernels, Pointer } from './types.js'

/** Names are `op_dtype`, as in `assembly/nn/`. Counts are elements. Nothing is allocated. */
export interface NeuralKernels {
  // ---- linear layers
  /** y [rows, columns] += bias [columns], row by row. */
  addRows_f32(y: Pointer, rows: number, columns: number, bias: Pointer): void
  addRows_f64(y: Pointer, rows: number, columns: number, bias: Pointer): void

  // ---- convolution and pooling. `plan` is what src/nn/window.ts writes
  /** Columns [channels * kernel, outputs] (rows `ldc` elements apart) of an image x [channels, ..]. */
  im2col_f32(plan: Pointer, channels: number, x: Pointer, cols: Pointer, ldc: number): void
  im2col_f64(plan: Pointer, channels: number, x: Pointer, cols: Pointer, ldc: number): void
  /** x += columns, each at the place it was taken from. */
  col2im_f32(plan: Pointer, channels: number, cols: Pointer, ldc: number, x: Pointer): void
  col2im_f64(plan: Pointer, channels: number, cols: Pointer, ldc: number, x: Pointer): void
  /** [outer, inner] rows of `n` elements from one layout to another; steps in elements. */
  copyRows_f32(outer: number, inner: number, n: number, from: Pointer, fromOuter: number, fromInner: number, to: Pointer, toOuter: number, toInner: number): void // biome-ignore format: one line
  copyRows_f64(outer: number, inner: number, n: number, from: Pointer, fromOuter: number, fromInner: number, to: Pointer, toOuter: number, toInner: number): void // biome-ignore format: one line
  /** y [outer, channels, area] += bias [channels]. */
  addChannels_f32(y: Pointer, outer: number, channels: number, area: number, bias: Pointer): void
  addChannels_f64(y: Pointer, outer: number, channels: number, area: number, bias: Pointer): void
  /** sums [channels] = the sum of g [outer, channels, area] over the rest. */
  sumChannels_f32(g: Pointer, outer: number, channels: number, area: number, sums: Pointer): void
  sumChannels_f64(g: Pointer, outer: number, channels: number, area: number, sums: Pointer): void
  /** y [batch, channels * multiplier, ..] of each channel by itself; `scratch` holds an image's phases (assembly/nn/phases.ts). Depth is 1. */
  depthwise_f32(plan: Pointer, batch: number, channels: number, multiplier: number, x: Pointer, w: Pointer, y: Pointer, scratch: Pointer): void // biome-ignore format: one line
  depthwise_f64(plan: Pointer, batch: number, channels: number, multiplier: number, x: Pointer, w: Pointer, y: Pointer, scratch: Pointer): void // biome-ignore format: one line
  /** Its adjoints; that in w is added to w. */
  depthwiseBackInput_f32(plan: Pointer, batch: number, channels: number, multiplier: number, g: Pointer, w: Pointer, x: Pointer, scratch: Pointer): void // biome-ignore format: one line
  depthwiseBackInput_f64(plan: Pointer, batch: number, channels: number, multiplier: number, g: Pointer, w: Pointer, x: Pointer, scratch: Pointer): void // biome-ignore format: one line
  depthwiseBackWeight_f32(plan: Pointer, batch: number, channels: number, multiplier: number, x: Pointer, g: Pointer, w: Pointer, scratch: Pointer): void // biome-ignore format: one line
  depthwiseBackWeight_f64(plan: Pointer, batch: number, channels: number, multiplier: number, x: Pointer, g: Pointer, w: Pointer, scratch: Pointer): void // biome-ignore format: one line
  /** Floats of scratch memory of the following: see assembly/nn/winograd.ts. Arrays of tiles are [36, planes, step]. */
  winogradScratch(tilesH: number, tilesW: number): number
  winogradImages(x: Pointer, planes: number, height: number, width: number, top: number, left: number, tilesH: number, tilesW: number, out: Pointer, step: number, scratch: Pointer): void // biome-ignore format: one line
  winogradGradients(g: Pointer, planes: number, height: number, width: number, tilesH: number, tilesW: number, out: Pointer, step: number, scratch: Pointer): void // biome-ignore format: one line
  winogradResults(m: Pointer, planes: number, height: number, width: number, tilesH: number, tilesW: number, step: number, y: Pointer, scratch: Pointer): void // biome-ignore format: one line
  /** Kernels 3 by 3, steps in kernels, to [36, rows, columns]. */
  winogradWeights(w: Pointer, rows: number, columns: number, rowStep: number, columnStep: number, isTurned: boolean, out: Pointer, scratch: Pointer): void // biome-ignore format: one line
  /** w [count, 3, 3] of u [36, count]. */
  winogradBackWeights(u: Pointer, count: number, w: Pointer, scratch: Pointer): void
  /** y [planes, outputs] = maxima of x, `places` (i32) where in the plane they are. */
  maxPool_f32(plan: Pointer, planes: number, x: Pointer, y: Pointer, places: Pointer): void
  maxPool_f64(plan: Pointer, planes: number, x: Pointer, y: Pointer, places: Pointer): void
  /** The same for windows of 2 by 2 that do not overlap, of images [height, width]. */
  maxPool2x2_f32(planes: number, height: number, width: number, x: Pointer, y: Pointer, places: Pointer): void
  /** The same for windows of one size, at least four in a row; `scratch` holds an image's phases, and two numbers for each place of a window. */
  maxPoolWindows_f32(plan: Pointer, planes: number, x: Pointer, y: Pointer, places: Pointer, scratch: Pointer): void // biome-ignore format: one line
  /** x [planes, area] = g [planes, outputs] added up at `places`. */
  maxUnpool_f32(planes: number, area: number, outputs: number, g: Pointer, places: Pointer, x: Pointer): void
  maxUnpool_f64(planes: number, area: number, outputs: number, g: Pointer, places: Pointer, x: Pointer): void
  /** y [planes, outputs] = x [planes, area] at `places`. */
  takePlaces_f32(planes: number, area: number, outputs: number, x: Pointer, places: Pointer, y: Pointer): void
  takePlaces_f64(planes: number, area: number, outputs: number, x: Pointer, places: Pointer, y: Pointer): void
  /** y [planes, outputs] = means of x; `divisor` > 0 takes the place of the plan's counts. */
  avgPool_f32(plan: Pointer, planes: number, x: Pointer, y: Pointer, divisor: number): void
  avgPool_f64(plan: Pointer, planes: number, x: Pointer, y: Pointer, divisor: number): void
  /** x [planes, area] = y shared out over the windows. */
  avgUnpool_f32(plan: Pointer, planes: number, y: Pointer, x: Pointer, divisor: number): void
  avgUnpool_f64(plan: Pointer, planes: number, y: Pointer, x: Pointer, divisor: number): void

  // ---- normalization
  /** mean and population variance of each channel of x [outer, channels, area]. */
  channelMoments_f32(x: Pointer, outer: number, channels: number, area: number, mean: Pointer, variance: Pointer): void
  channelMoments_f64(x: Pointer, outer: number, channels: number, area: number, mean: Pointer, variance: Pointer): void
  /** y = (x - mean) / sqrt(variance + eps) * weight + bias by channel; weight and bias may be 0. */
  normalizeChannels_f32(x: Pointer, outer: number, channels: number, area: number, mean: Pointer, variance: Pointer, eps: number, weight: Pointer, bias: Pointer, y: Pointer): void // biome-ignore format: one line
  normalizeChannels_f64(x: Pointer, outer: number, channels: number, area: number, mean: Pointer, variance: Pointer, eps: number, weight: Pointer, bias: Pointer, y: Pointer): void // biome-ignore format: one line
  /** Sums over each channel of g, and of g times the normalized x. */
  normalizeSums_f32(g: Pointer, x: Pointer, outer: number, channels: number, area: number, mean: Pointer, variance: Pointer, eps: number, sumG: Pointer, sumGx: Pointer): void // biome-ignore format: one line
  normalizeSums_f64(g: Pointer, x: Pointer, outer: number, channels: number, area: number, mean: Pointer, variance: Pointer, eps: number, sumG: Pointer, sumGx: Pointer): void // biome-ignore format: one line
  /** dx from those sums; with `fixed`, mean and variance do not depend on x. */
  normalizeBack_f32(g: Pointer, x: Pointer, outer: number, channels: number, area: number, mean: Pointer, variance: Pointer, eps: number, weight: Pointer, sumG: Pointer, sumGx: Pointer, fixed: boolean, dx: Pointer): void // biome-ignore format: one line
  normalizeBack_f64(g: Pointer, x: Pointer, outer: number, channels: number, area: number, mean: Pointer, variance: Pointer, eps: number, weight: Pointer, sumG: Pointer, sumGx: Pointer, fixed: boolean, dx: Pointer): void // biome-ignore format: one line
  /** y = (x - mean) scale weight + bias for each of `rows` rows; without `center` the mean is 0. `weight` and `bias` may be 0; `stats` gets mean and scale of each row, in f64. */
  layerNorm_f32(rows: number, columns: number, center: boolean, eps: number, x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, stats: Pointer): void // biome-ignore format: one line
  layerNorm_f64(rows: number, columns: number, center: boolean, eps: number, x: Pointer, weight: Pointer, bias: Pointer, y: Pointer, stats: Pointer): void // biome-ignore format: one line
  /** dx (or 0), and sums by column added to `dWeight` and `dBias` (f64, or 0). `scratch` is memory for 80 bytes. */
  layerNormBackward_f32(rows: number, columns: number, center: boolean, x: Pointer, stats: Pointer, weight: Pointer, g: Pointer, dx: Pointer, dWeight: Pointer, dBias: Pointer, scratch: Pointer): void // biome-ignore format: one line
  layerNormBackward_f64(rows: number, columns: number, center: boolean, x: Pointer, stats: Pointer, weight: Pointer, g: Pointer, dx: Pointer, dWeight: Pointer, dBias: Pointer, scratch: Pointer): void // biome-ignore format: one line

  // ---- recurrence and attention
  /** A step of `rows` sequences: `gates` [rows, 4 hidden] (products without bias) become i f g o, from the cell state `before` come `cell`, its tanh and the hidden state. */
  lstmForward_f32(rows: number, hidden: number, gates: Pointer, bias: Pointer, before: Pointer, cell: Pointer, tanhCell: Pointer, out: Pointer): void // biome-ignore format: one line
  lstmForward_f64(rows: number, hidden: number, gates: Pointer, bias: Pointer, before: Pointer, cell: Pointer, tanhCell: Pointer, out: Pointer): void // biome-ignore format: one line
  /** `dGates` from the gradient `given` + `dHidden` of the hidden state; `dCell` of this step's cell becomes that of the one before. */
  lstmBackward_f32(rows: number, hidden: number, gates: Pointer, tanhCell: Pointer, before: Pointer, given: Pointer, dHidden: Pointer, dCell: Pointer, dGates: Pointer): void // biome-ignore format: one line
  lstmBackward_f64(rows: number, hidden: number, gates: Pointer, tanhCell: Pointer, before: Pointer, given: Pointer, dHidden: Pointer, dCell: Pointer, dGates: Pointer): void // biome-ignore format: one line
  /** A step from the products `gi` and `gh` [rows, 3 hidden] and their biases; `stored` [rows, 4 hidden] gets r z n and W_hn h + b_hn. */
  gruForward_f32(rows: number, hidden: number, gi: Pointer, gh: Pointer, bi: Pointer, bh: Pointer, before: Pointer, stored: Pointer, out: Pointer): void // biome-ignore format: one line
  gruForward_f64(rows: number, hidden: number, gi: Pointer, gh: Pointer, bi: Pointer, bh: Pointer, before: Pointer, stored: Pointer, out: Pointer): void // biome-ignore format: one line
  /** Gradients of both products; `dHidden` becomes what passes by the gates to the hidden state before. */
  gruBackward_f32(rows: number, hidden: number, stored: Pointer, before: Pointer, given: Pointer, dHidden: Pointer, dGi: Pointer, dGh: Pointer): void // biome-ignore format: one line
  gruBackward_f64(rows: number, hidden: number, stored: Pointer, before: Pointer, given: Pointer, dHidden: Pointer, dGi: Pointer, dGh: Pointer): void // biome-ignore format: one line
  /** `out` [rows, hidden] (the products) becomes tanh, or ReLU, of it plus bias. */
  rnnForward_f32(relu: boolean, rows: number, hidden: number, bias: Pointer, out: Pointer): void // biome-ignore format: one line
  rnnForward_f64(relu: boolean, rows: number, hidden: number, bias: Pointer, out: Pointer): void // biome-ignore format: one line
  /** `dGates` by the step's result `out`. */
  rnnBackward_f32(relu: boolean, rows: number, hidden: number, out: Pointer, given: Pointer, dHidden: Pointer, dGates: Pointer): void // biome-ignore format: one line
  rnnBackward_f64(relu: boolean, rows: number, hidden: number, out: Pointer, given: Pointer, dHidden: Pointer, dGates: Pointer): void // biome-ignore format: one line

  // ---- losses, dropout
  /**
   * Losses of labels (i32) from logarithms of softmax [rows, classes], with class weights (or 0), label smoothing, and a label that is ignored;
   * `sums` (two f64): their sum, and the sum of the labels' weights. Returns the first row whose label is no class, or -1.
   */
  crossEntropy_f32(rows: number, classes: number, logp: Pointer, labels: Pointer, weight: Pointer, smoothing: number, ignored: number, losses: Pointer, sums: Pointer): number // biome-ignore format: one line
  crossEntropy_f64(rows: number, classes: number, logp: Pointer, labels: Pointer, weight: Pointer, smoothing: number, ignored: number, losses: Pointer, sums: Pointer): number // biome-ignore format: one line
  /** Their gradient with respect to the logits, times `scale` and (unless 0) a factor for each row. */
  crossEntropyGrad_f32(rows: number, classes: number, logp: Pointer, labels: Pointer, weight: Pointer, smoothing: number, ignored: number, factors: Pointer, scale: number, out: Pointer): void // biome-ignore format: one line
  crossEntropyGrad_f64(rows: number, classes: number, logp: Pointer, labels: Pointer, weight: Pointer, smoothing: number, ignored: number, factors: Pointer, scale: number, out: Pointer): void // biome-ignore format: one line
  /** Sum of squares (kind 0), absolute values (1), Huber's losses (2) of x - y, or cross-entropies of logits x (3); slopes unless 0. */
  residuals_f32(kind: number, n: number, limit: number, x: Pointer, y: Pointer, slopes: Pointer): number
  residuals_f64(kind: number, n: number, limit: number, x: Pointer, y: Pointer, slopes: Pointer): number
  /** Uniform numbers x become 0 where they are below p, else 1 / (1 - p). */
  dropoutFactors_f32(x: Pointer, n: number, p: number): void
  dropoutFactors_f64(x: Pointer, n: number, p: number): void

  // ---- optimizers. `tally` is 0, or where two f64 go: the sum of squares of w as it then is, and of what it moved by. In f32, 128 are added in f32 before f64 takes over
  /** One step of w [n] with gradients g, in place; `buffer` is 0 without momentum, and set by the `first` step. */
  sgd_f32(n: number, w: Pointer, g: Pointer, buffer: Pointer, rate: number, momentum: number, dampening: number, decay: number, first: boolean, nesterov: boolean, maximize: boolean, tally: Pointer): void // biome-ignore format: one line
  sgd_f64(n: number, w: Pointer, g: Pointer, buffer: Pointer, rate: number, momentum: number, dampening: number, decay: number, first: boolean, nesterov: boolean, maximize: boolean, tally: Pointer): void // biome-ignore format: one line
  /** w = keep w - step m / (root sqrt(v) + epsilon), `decay` w added to g before; `most` (0: none) holds the largest v so far and stands for it. */
  adam_f32(n: number, w: Pointer, g: Pointer, m: Pointer, v: Pointer, most: Pointer, beta1: number, beta2: number, decay: number, keep: number, step: number, root: number, epsilon: number, maximize: boolean, tally: Pointer): void // biome-ignore format: one line
  adam_f64(n: number, w: Pointer, g: Pointer, m: Pointer, v: Pointer, most: Pointer, beta1: number, beta2: number, decay: number, keep: number, step: number, root: number, epsilon: number, maximize: boolean, tally: Pointer): void // biome-ignore format: one line
  /** w -= (step g + ahead m) / (root sqrt(v) + epsilon). */
  nadam_f32(n: number, w: Pointer, g: Pointer, m: Pointer, v: Pointer, beta1: number, beta2: number, decay: number, step: number, ahead: number, root: number, epsilon: number): void // biome-ignore format: one line
  nadam_f64(n: number, w: Pointer, g: Pointer, m: Pointer, v: Pointer, beta1: number, beta2: number, decay: number, step: number, ahead: number, root: number, epsilon: number): void // biome-ignore format: one line
  /** w = keep w - rate sign(beta1 m + (1 - beta1) g), then m with beta2. */
  lion_f32(n: number, w: Pointer, g: Pointer, m: Pointer, beta1: number, beta2: number, keep: number, rate: number): void // biome-ignore format: one line
  lion_f64(n: number, w: Pointer, g: Pointer, m: Pointer, beta1: number, beta2: number, keep: number, rate: number): void // biome-ignore format: one line
  /** `mean` is 0 unless centered, `buffer` 0 without momentum. */
  rmsprop_f32(n: number, w: Pointer, g: Pointer, square: Pointer, mean: Pointer, buffer: Pointer, rate: number, alpha: number, epsilon: number, decay: number, momentum: number, maximize: boolean): void // biome-ignore format: one line
  rmsprop_f64(n: number, w: Pointer, g: Pointer, square: Pointer, mean: Pointer, buffer: Pointer, rate: number, alpha: number, epsilon: number, decay: number, momentum: number, maximize: boolean): void // biome-ignore format: one line
  adagrad_f32(n: number, w: Pointer, g: Pointer, sum: Pointer, rate: number, epsilon: number, decay: number, maximize: boolean): void // biome-ignore format: one line
  adagrad_f64(n: number, w: Pointer, g: Pointer, sum: Pointer, rate: number, epsilon: number, decay: number, maximize: boolean): void // biome-ignore format: one line
  adadelta_f32(n: number, w: Pointer, g: Pointer, square: Pointer, moved: Pointer, rate: number, rho: number, epsilon: number, decay: number, maximize: boolean): void // biome-ignore format: one line
  adadelta_f64(n: number, w: Pointer, g: Pointer, square: Pointer, moved: Pointer, rate: number, rho: number, epsilon: number, decay: number, maximize: boolean): void // biome-ignore format: one line
  /** The tally of an update from x to y, to the bit. */
  recount_f32(n: number, x: Pointer, y: Pointer, tally: Pointer): void
  /** mean = keep mean + share x. */
  average_f32(n: number, mean: Pointer, x: Pointer, keep: number, share: number): void // biome-ignore format: one line
  average_f64(n: number, mean: Pointer, x: Pointer, keep: number, share: number): void // biome-ignore format: one line
  /** The sum of squares, in f64; NaN or Infinity when an element is. */
  sumSquares_f32(n: number, x: Pointer): number
  sumSquares_f64(n: number, x: Pointer): number
  /** g += l1 sign(w) + l2 w; sums [3] in f64: |w|, w^2 (each where it counts), and g^2 as it then is. In f32, 128 are added in f32 before f64 takes over. */
  penalize_f32(n: number, w: Pointer, g: Pointer, l1: number, l2: number, sums: Pointer): void
  penalize_f64(n: number, w: Pointer, g: Pointer, l1: number, l2: number, sums: Pointer): void
  /** x *= factor. */
  scale_f32(n: number, x: Pointer, factor: number): void
  scale_f64(n: number, x: Pointer, factor: number): void
  /** Writes y over x; the sum of squares of what changed. */
  replace_f32(n: number, x: Pointer, y: Pointer): number
  replace_f64(n: number, x: Pointer, y: Pointer): number
  /** Rows of gradients that are longer than `factor` times the longer of their weights' and `least`, cut to that length; how many were. */
  clipUnits_f32(rows: number, n: number, w: Pointer, g: Pointer, factor: number, least: number): number
  clipUnits_f64(rows: number, n: number, w: Pointer, g: Pointer, factor: number, least: number): number
  /** Exchanges what two arrays hold. */
  exchange(bytes: number, a: Pointer, b: Pointer): void

  // ---- stability
  /** Sum of squares. In f32 lanes of f32 are added, so an element over 1e18 or under 1e-18 in size is beyond it. */
  squares_f32(x: Pointer, count: number): number
  squares_f64(x: Pointer, count: number): number
  /** Sum of (b - a)^2, likewise. */
  moved_f32(a: Pointer, b: Pointer, count: number): number
  moved_f64(a: Pointer, b: Pointer, count: number): number
  /** x [outer, units, inner]: marks[unit] (as wide as an element, 0 at first) |= the bits of all that the unit put out. */
  markUnits_f32(x: Pointer, outer: number, units: number, inner: number, marks: Pointer): void
  markUnits_f64(x: Pointer, outer: number, units: number, inner: number, marks: Pointer): void
  /** How many units put out nothing but 0. */
  silentUnits_f32(marks: Pointer, units: number): number
  silentUnits_f64(marks: Pointer, units: number): number
}

const known = new WeakMap<Kernels, NeuralKernels>()

/** The nn kernels on the memory of `kernels`: the same each time. */
export function neural(kernels: Kernels): NeuralKernels {
  let found = known.get(kernels)
  if (found === undefined) {
    found = instantiate(kernels.memory, 'nn', nnWasm) as unknown as NeuralKernels
    known.set(kernels, found)
  }
  return found
}
