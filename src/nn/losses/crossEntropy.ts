/** Cross-entropy of logits: with labels one fused operation, with soft targets a composite. */
import { UsageError } from '../../core/index.js'
import { neural } from '../../kernels/index.js'
import {
  add,
  clone,
  contiguous,
  detach,
  isGradEnabled,
  logSoftmax,
  mul,
  neg,
  noGrad,
  permute,
  reshape,
  softmax,
  sum,
  type Tensor,
  to,
  unsqueeze,
  zeros,
} from '../../tensor/index.js'
import { checkTensor, describe, empty, kernels, record, sameShape, tidy, view } from '../../tensor/internal.js'
import { Module } from '../module.js'
import { buffer } from '../parameter.js'
import { badLabel, type ClassOptions, checkLabels, checkWeight, classesOf } from './classes.js'
import { checkFloat, checkReduction } from './reduction.js'

export interface CrossEntropyOptions extends ClassOptions {
  /** This share of each target is spread over all classes (0). */
  labelSmoothing?: number
}

/**
 * Minus the logarithm of the softmax of logits at the right class.
 *
 * Shapes: input [n, C], [n, C, d1, ..] or [C]; target labels i32 [n], [n, d1, ..] or [], or probabilities in the input's shape. Gives a scalar,
 * or the labels' shape with `reduction: 'none'`. The mean of labels is weighted by the class weights, and is NaN where no label counts; that
 * of probabilities is over all places. Stable for logits of any size.
 * Gradient: softmax(input) - target, for the input (and for probabilities). Throws UsageError for a label that is no class, with its position.
 * Source: PyTorch's `cross_entropy`.
 *
 * @example
 * crossEntropy(tensor([[2, 0], [0, 2]]), tensor([0, 1], { dtype: 'i32' })).item() // 0.1269..
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkFloat('crossEntropy', 'input', input)
  checkTensor('crossEntropy', target)
  checkReduction('crossEntropy', options, ['weight', 'ignoreIndex', 'labelSmoothing'])
  const { labelSmoothing = 0, weight } = options
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new UsageError(`crossEntropy: labelSmoothing = ${String(labelSmoothing)}; expected 0 to 1.`)
  checkWeight('crossEntropy', weight, input)
  if (target.dtype !== 'i32' && sameShape(input.shape, target.shape)) return soft(input, target, options)
  checkLabels('crossEntropy', input, target)
  return tidy(() => {
    const { classes, shape } = classesOf('crossEntropy', input)
    // The classes last: rows of logits that lie together.
    const lined = input.rank < 3 ? input : permute(input, [0, ...input.shape.slice(2).map((_, i) => i + 2), 1])
    const labels = contiguous(target)
    const losses = ofLabels(reshape(lined, [-1, classes]), labels, options)
    return options.reduction === 'none' ? reshape(losses, shape) : losses
  })
}

/** Rows of logits [rows, C] and as many labels, contiguous: one operation on the tape. */
function ofLabels(rows: Tensor, labels: Tensor, options: CrossEntropyOptions): Tensor {
  const { reduction = 'mean', ignoreIndex = -100, labelSmoothing = 0 } = options
  const dtype = rows.dtype as 'f32' | 'f64'
  const [n, classes] = [labels.size, rows.shape[1]!]
  const weight = options.weight ? contiguous(detach(options.weight)) : null
  const logp = noGrad(() => logSoftmax(rows))
  const losses = empty(dtype, [n])
  const sums = empty('f64', [2])
  const run = neural(kernels())
  const bad = run[`crossEntropy_${dtype}`](n, classes, logp.pointer, labels.pointer, weight?.pointer ?? 0, labelSmoothing, ignoreIndex, losses.pointer, sums.pointer) // biome-ignore format: one line
  if (bad >= 0) throw badLabel('crossEntropy', labels, bad, classes, ignoreIndex)
  const [total, mass] = view(sums) as Float64Array
  const scale = reduction === 'mean' ? 1 / mass! : 1
  let out = losses
  if (reduction !== 'none') {
    out = empty(dtype, [])
    view(out)[0] = reduction === 'mean' ? total! / mass! : total!
  }
  const gradient = (logs: Tensor, at: Tensor, w: Tensor | undefined, factors: Tensor | null, by: number): Tensor => {
    const into = empty(dtype, [n, classes])
    run[`crossEntropyGrad_${dtype}`](n, classes, logs.pointer, at.pointer, w?.pointer ?? 0, labelSmoothing, ignoreIndex, factors?.pointer ?? 0, by, into.pointer) // biome-ignore format: one line
    return into
  }
  const saved = weight === null ? [rows, logp, labels] : [rows, logp, labels, weight]
  return record(out, 'crossEntropy', [rows], saved, (g, [x, logs, at, w]) => {
    if (!isGradEnabled())
      return [reduction === 'none' ? tidy(() => gradient(logs!, at!, w, contiguous(g), 1)) : gradient(logs!, at!, w, null, scale * g.item())] // biome-ignore format: one line
    // For gradients of gradients: mass softmax(x) - q, where the kernel gives -q for logarithms of nothing.
    const minusQ = tidy(() => gradient(add(zeros([n, classes], { dtype }), -Infinity), at!, w, null, 1))
    const mass = neg(sum(minusQ, { axis: 1, keepDims: true }))
    const each = reduction === 'none' ? unsqueeze(g, 1) : mul(g, scale)
    return [mul(add(mul(softmax(x!), mass), minusQ), each)]
  })
}

/** Probabilities in the shape of the logits. */
function soft(input: Tensor, target: Tensor, options: CrossEntropyOptions): Tensor {
  const { reduction = 'mean', labelSmoothing = 0, weight, ignoreIndex } = options
  if (ignoreIndex !== undefined && ignoreIndex >= 0)
    throw new UsageError(
      `crossEntropy: ignoreIndex = ${ignoreIndex} with probabilities ${describe(target)}; expected labels.`,
    )
  const { classes, shape } = classesOf('crossEntropy', input)
  const axis = input.rank === 1 ? 0 : 1
  return tidy(() => {
    let aims = to(target, input.dtype)
    if (labelSmoothing > 0) aims = add(mul(aims, 1 - labelSmoothing), labelSmoothing / classes)
    if (weight) aims = mul(aims, reshape(detach(weight), input.shape.map((_, i) => (i === axis ? classes : 1)))) // biome-ignore format: one line
    const losses = neg(sum(mul(aims, logSoftmax(input, { axis })), { axis }))
    if (reduction === 'none') return losses
    const total = sum(losses)
    return reduction === 'sum' ? total : mul(total, 1 / shape.reduce((a, b) => a * b, 1))
  })
}

/**
 * `crossEntropy` as a module. The class weights are a buffer, copied.
 *
 * @example
 * const loss = new CrossEntropyLoss({ labelSmoothing: 0.1 })
 */
export class CrossEntropyLoss extends Module<[Tensor, Tensor]> {
  readonly weight: Tensor | null
  readonly options: Omit<CrossEntropyOptions, 'weight'>

  constructor(options: CrossEntropyOptions = {}) {
    super()
    const { weight, ...rest } = options
    this.weight = weight ? buffer(clone(detach(weight))) : null
    this.options = rest
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return crossEntropy(input, target, { ...this.options, weight: this.weight })
  }
}
