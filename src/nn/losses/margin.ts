/** Losses that ask for a margin: hinges of scores, of distances, of angles. */
import { UsageError } from '../../core/index.js'
import {
  add,
  contiguous,
  div,
  eq,
  gather,
  indexSelect,
  minimum,
  mul,
  norm,
  oneHot,
  relu,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  to,
  unsqueeze,
  where,
} from '../../tensor/index.js'
import { checkTensor, describe, sameShape, tidy } from '../../tensor/internal.js'
import { badLabel, checkLabels, checkWeight, findBadLabel } from './classes.js'
import { checkFloat, checkReduction, elementwiseLoss, Loss, type ReductionOptions, reduceLosses } from './reduction.js'

export interface MarginOptions extends ReductionOptions {
  margin?: number
}

/**
 * max(0, margin - y x) of scores x and classes y = +-1, margin 1: what a support vector machine makes small; with `squared` its square.
 *
 * Shapes: one shape for both. Gradient: -y where the margin is not kept. Throws UsageError when shapes differ.
 *
 * @example
 * hingeLoss(tensor([2, 0.5]), tensor([1, -1])).item() // 0.75
 */
export function hingeLoss(input: Tensor, target: Tensor, options: MarginOptions & { squared?: boolean } = {}): Tensor {
  const { margin = 1, squared = false } = options
  return elementwiseLoss('hingeLoss', input, target, options, ['margin', 'squared'], (x, y) => {
    const hinge = relu(sub(margin, mul(x, y)))
    return squared ? square(hinge) : hinge
  })
}

/** `hingeLoss` as a module. */
export class HingeLoss extends Loss<MarginOptions & { squared?: boolean }> {
  forward(input: Tensor, target: Tensor): Tensor {
    return hingeLoss(input, target, this.options)
  }
}

/** x where y = 1, max(0, margin - x) where y = -1, margin 1: for distances x. Shapes and throws: as `mseLoss`. */
export function hingeEmbeddingLoss(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  const { margin = 1 } = options
  return elementwiseLoss('hingeEmbeddingLoss', input, target, options, ['margin'], (x, y) =>
    add(where(eq(y, 1), 0, relu(sub(margin, x))), where(eq(y, -1), 0, x)),
  )
}

/** `hingeEmbeddingLoss` as a module. */
export class HingeEmbeddingLoss extends Loss<MarginOptions> {
  forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, this.options)
  }
}

export interface MultiMarginOptions extends MarginOptions {
  /** 1 (the default) or 2. */
  p?: number
  /** A factor for each class; not differentiated. */
  weight?: Tensor | null
}

/**
 * Sum over the other classes of max(0, w (margin - x_right + x_other))^p / C, w the right class's weight^(1/p): the hinge of several classes.
 *
 * Shapes: input [n, C] or [C], labels i32 [n] or []. Throws UsageError for a label that is no class, with its position.
 */
export function multiMarginLoss(input: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor {
  checkFloat('multiMarginLoss', 'input', input)
  checkTensor('multiMarginLoss', target)
  checkReduction('multiMarginLoss', options, ['p', 'margin', 'weight'])
  const { p = 1, margin = 1, weight } = options
  if (p !== 1 && p !== 2) throw new UsageError(`multiMarginLoss: p = ${String(p)}; expected 1 or 2.`)
  if (input.rank > 2) throw new UsageError(`multiMarginLoss: input ${describe(input)}; expected [n, classes].`)
  checkLabels('multiMarginLoss', input, target)
  checkWeight('multiMarginLoss', weight, input)
  return tidy(() => {
    const classes = input.shape.at(-1)!
    const labels = contiguous(target)
    const bad = findBadLabel(labels, classes, -1)
    const missing = bad < 0 && Array.from(labels.toArray()).includes(-1)
    if (bad >= 0 || missing) throw badLabel('multiMarginLoss', labels, bad, classes, -1)
    const rows = reshape(input, [-1, classes])
    const places = reshape(labels, [-1])
    const right = gather(rows, unsqueeze(places, 1), 1)
    const hinge = relu(add(sub(rows, right), margin))
    const powered = p === 1 ? hinge : square(hinge)
    // The weight stands outside the power, as in PyTorch.
    const weighted = weight ? mul(powered, unsqueeze(indexSelect(weight.detach(), places, 0), 1)) : powered
    const others = where(oneHot(places, classes, 'bool'), 0, weighted)
    const losses = reshape(div(sum(others, { axis: 1 }), classes), labels.shape)
    return reduceLosses(losses, options)
  })
}

/** `multiMarginLoss` as a module. */
export class MultiMarginLoss extends Loss<MultiMarginOptions> {
  forward(input: Tensor, target: Tensor): Tensor {
    return multiMarginLoss(input, target, this.options)
  }
}

/**
 * 1 - cos(a, b) where y = 1, max(0, cos(a, b) - margin) where y = -1, margin 0; the cosine with 1e-12 added to the squared lengths, as in PyTorch.
 *
 * Shapes: a and b [n, d] and y [n], or [d] and []. Throws UsageError for other shapes.
 */
export function cosineEmbeddingLoss(a: Tensor, b: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  const op = 'cosineEmbeddingLoss'
  checkFloat(op, 'input', a)
  checkFloat(op, 'input', b)
  checkTensor(op, target)
  checkReduction(op, options, ['margin'])
  if (a.rank < 1 || a.rank > 2 || !sameShape(a.shape, b.shape) || !sameShape(target.shape, a.shape.slice(0, -1)))
    throw new UsageError(`${op}: inputs ${describe(a)} and ${describe(b)}, target ${describe(target)}; expected [n, d], [n, d] and [n].`) // biome-ignore format: one line
  const { margin = 0 } = options
  return tidy(() => {
    const over = { axis: -1 }
    const length = (x: Tensor): Tensor => add(sum(square(x), over), 1e-12)
    const cosine = div(sum(mul(a, b), over), sqrt(mul(length(a), length(b))))
    const y = to(target, a.dtype)
    const losses = add(where(eq(y, 1), sub(1, cosine), 0), where(eq(y, -1), relu(sub(cosine, margin)), 0))
    return reduceLosses(losses, options)
  })
}

/** `cosineEmbeddingLoss` as a module. */
export class CosineEmbeddingLoss extends Loss<MarginOptions, [Tensor, Tensor, Tensor]> {
  forward(a: Tensor, b: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(a, b, target, this.options)
  }
}

export interface TripletOptions extends MarginOptions {
  /** The p of the distance (2). */
  p?: number
  /** Added to each difference (1e-6). */
  eps?: number
  /** Takes the positive's distance to the negative where that is less than the anchor's (false). */
  swap?: boolean
}

/**
 * max(0, |anchor - positive| - |anchor - negative| + margin) with the p-norm over the last axis, margin 1.
 *
 * Shapes: all three [n, d] or [d]. Throws UsageError when they differ. Source: Balntas et al. 2016.
 */
export function tripletMarginLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletOptions = {},
): Tensor {
  const op = 'tripletMarginLoss'
  for (const [what, x] of [['anchor', anchor], ['positive', positive], ['negative', negative]] as const) // biome-ignore format: one line
    checkFloat(op, what, x)
  checkReduction(op, options, ['margin', 'p', 'eps', 'swap'])
  if (anchor.rank < 1 || !sameShape(anchor.shape, positive.shape) || !sameShape(anchor.shape, negative.shape))
    throw new UsageError(`${op}: ${describe(anchor)}, ${describe(positive)} and ${describe(negative)}; expected one shape [n, d].`) // biome-ignore format: one line
  const { margin = 1, p = 2, eps = 1e-6, swap = false } = options
  return tidy(() => {
    const distance = (a: Tensor, b: Tensor): Tensor => norm(add(sub(a, b), eps), { ord: p, axis: -1 })
    const far = distance(anchor, negative)
    const other = swap ? minimum(far, distance(positive, negative)) : far
    return reduceLosses(relu(add(sub(distance(anchor, positive), other), margin)), options)
  })
}

/** `tripletMarginLoss` as a module. */
export class TripletMarginLoss extends Loss<TripletOptions, [Tensor, Tensor, Tensor]> {
  forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, negative, this.options)
  }
}
