/** Losses of log-probabilities: negative log-likelihood and Kullback-Leibler divergence. */
import { UsageError } from '../../core/index.js'
import {
  clone,
  contiguous,
  detach,
  div,
  exp,
  gather,
  gt,
  indexSelect,
  log,
  mul,
  ne,
  neg,
  reshape,
  sub,
  sum,
  type Tensor,
  to,
  unsqueeze,
  where,
} from '../../tensor/index.js'
import { checkTensor, describe, sameShape, tidy } from '../../tensor/internal.js'
import { Module } from '../module.js'
import { buffer } from '../parameter.js'
import { badLabel, type ClassOptions, checkLabels, checkWeight, classesOf, findBadLabel } from './classes.js'
import { checkFloat, checkReduction, reduceLosses } from './reduction.js'

/**
 * Minus the log-probability of the right class: what `crossEntropy` is of `logSoftmax`.
 *
 * Shapes: input [n, C], [n, C, d1, ..] or [C], labels i32 [n], [n, d1, ..] or []. The mean is weighted by the class weights. Gradient: minus
 * the weight at the label. Throws UsageError for a label that is no class, with its position.
 */
export function nllLoss(input: Tensor, target: Tensor, options: ClassOptions = {}): Tensor {
  checkFloat('nllLoss', 'input', input)
  checkTensor('nllLoss', target)
  checkReduction('nllLoss', options, ['weight', 'ignoreIndex'])
  checkWeight('nllLoss', options.weight, input)
  checkLabels('nllLoss', input, target)
  const { reduction = 'mean', ignoreIndex = -100, weight } = options
  return tidy(() => {
    const { classes } = classesOf('nllLoss', input)
    const labels = contiguous(target)
    const bad = findBadLabel(labels, classes, ignoreIndex)
    if (bad >= 0) throw badLabel('nllLoss', labels, bad, classes, ignoreIndex)
    const counts = ne(labels, ignoreIndex)
    const places = where(counts, labels, 0)
    const axis = input.rank === 1 ? 0 : 1
    const chosen = reshape(gather(input, unsqueeze(places, axis), axis), labels.shape)
    const ones = to(counts, input.dtype)
    const factors = weight
      ? mul(ones, reshape(indexSelect(detach(weight), reshape(places, [-1]), 0), labels.shape))
      : ones
    const losses = where(ne(factors, 0), neg(mul(chosen, factors)), 0)
    if (reduction === 'none') return losses
    return reduction === 'sum' ? sum(losses) : div(sum(losses), sum(factors))
  })
}

/** `nllLoss` as a module. The class weights are a buffer, copied. */
export class NLLLoss extends Module<[Tensor, Tensor]> {
  readonly weight: Tensor | null
  readonly options: Omit<ClassOptions, 'weight'>

  constructor(options: ClassOptions = {}) {
    super()
    const { weight, ...rest } = options
    this.weight = weight ? buffer(clone(detach(weight))) : null
    this.options = rest
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return nllLoss(input, target, { ...this.options, weight: this.weight })
  }
}

export interface KLDivOptions {
  /** `batchmean`: the sum over the length of the first axis, the divergence itself; `mean`: over all elements. */
  reduction?: 'mean' | 'batchmean' | 'sum' | 'none'
  /** Whether the target is logarithms (false). */
  logTarget?: boolean
}

/**
 * y (log y - x), the divergence of what the log-probabilities x say from the probabilities y; 0 for y = 0.
 *
 * Shapes: one shape for both. Gradient: -y, for the target log y + 1 - x. Throws UsageError when shapes differ.
 */
export function klDiv(input: Tensor, target: Tensor, options: KLDivOptions = {}): Tensor {
  checkFloat('klDiv', 'input', input)
  checkTensor('klDiv', target)
  const { reduction = 'mean', logTarget = false, ...rest } = options
  checkReduction('klDiv', { ...rest, reduction: reduction === 'batchmean' ? 'sum' : reduction })
  if (!sameShape(input.shape, target.shape))
    throw new UsageError(`klDiv: input ${describe(input)} and target ${describe(target)}; expected one shape.`)
  return tidy(() => {
    const y = to(target, input.dtype)
    const losses = logTarget ? mul(exp(y), sub(y, input)) : sub(entropyTerm(y), mul(y, input))
    if (reduction !== 'batchmean') return reduceLosses(losses, { reduction })
    return div(sum(losses), input.shape[0] ?? 1)
  })
}

/** y log y, and 0 at 0. */
function entropyTerm(y: Tensor): Tensor {
  const positive = gt(y, 0)
  return where(positive, mul(y, log(where(positive, y, 1))), 0)
}

/** `klDiv` as a module. */
export class KLDivLoss extends Module<[Tensor, Tensor]> {
  constructor(readonly options: KLDivOptions = {}) {
    super()
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, this.options)
  }
}
