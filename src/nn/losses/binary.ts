/** Losses of yes or no: probabilities, and logits. */
import { UsageError } from '../../core/index.js'
import {
  add,
  broadcastTo,
  clamp,
  clone,
  detach,
  div,
  log,
  log1p,
  mul,
  neg,
  noGrad,
  sigmoid,
  softplus,
  sub,
  type Tensor,
} from '../../tensor/index.js'
import {
  broadcastShapes,
  checkTensor,
  describe,
  record,
  sameShape,
  tidy,
  together,
  view,
} from '../../tensor/internal.js'
import { Module } from '../module.js'
import { buffer } from '../parameter.js'
import type { FusedLoss } from './fused.js'
import { elementwiseLoss, type ReductionOptions } from './reduction.js'

export interface BinaryCrossEntropyOptions extends ReductionOptions {
  /** A factor for each loss, broadcast to them; not differentiated. */
  weight?: Tensor | null
}

/** The factors of `weight`, in the type of the losses. @throws UsageError unless it broadcasts to their shape */
function factorOf(op: string, name: string, factor: Tensor | null | undefined, x: Tensor): Tensor | null {
  if (factor === null || factor === undefined) return null
  checkTensor(op, factor)
  if (factor.rank > x.rank || !sameShape(broadcastShapes(op, factor.shape, x.shape), x.shape))
    throw new UsageError(`${op}: ${name} ${describe(factor)} for input ${describe(x)}; expected a shape that broadcasts to it.`) // biome-ignore format: one line
  return detach(factor.to(x.dtype))
}

/** log p and log(1 - p), cut at -100. */
const logsOf = (p: Tensor): readonly [Tensor, Tensor] => [clamp(log(p), -100, null), clamp(log1p(neg(p)), -100, null)]

/**
 * -y log p - (1 - y) log(1 - p) of probabilities p; logarithms are cut at -100, as in PyTorch, so that none is infinite.
 *
 * Shapes: one shape for both; a scalar, or that shape with `reduction: 'none'`. Gradient: (p - y) / max(p (1 - p), 1e-12), as in PyTorch; for
 * the target the difference of the logarithms. Throws UsageError for shapes that differ and for probabilities outside 0 to 1. Try
 * `binaryCrossEntropyWithLogits`, which loses no digits.
 */
export function binaryCrossEntropy(input: Tensor, target: Tensor, options: BinaryCrossEntropyOptions = {}): Tensor {
  return elementwiseLoss('binaryCrossEntropy', input, target, options, ['weight'], (x, y) => {
    checkChances(x)
    const plain = noGrad(() => {
      const [hit, miss] = logsOf(x)
      return neg(add(mul(y, hit), mul(sub(1, y), miss)))
    })
    const losses = record(plain, 'binaryCrossEntropy', [x, y], [x, y], (g, [p, q], needs) => [
      needs[0] ? mul(g, div(sub(p!, q!), clamp(mul(p!, sub(1, p!)), 1e-12, null))) : null,
      needs[1] ? mul(g, sub(logsOf(p!)[1], logsOf(p!)[0])) : null,
    ])
    const weight = factorOf('binaryCrossEntropy', 'weight', options.weight, x)
    return weight === null ? losses : mul(losses, weight)
  })
}

function checkChances(p: Tensor): void {
  tidy(() => {
    const values = view(together(p))
    const place = values.findIndex((value) => value < 0 || value > 1)
    if (place >= 0)
      throw new UsageError(`binaryCrossEntropy: input ${values[place]} at position ${place}; expected probabilities, 0 to 1. Try binaryCrossEntropyWithLogits().`) // biome-ignore format: one line
  })
}

/** `binaryCrossEntropy` as a module. The weights are a buffer, copied. */
export class BCELoss extends Module<[Tensor, Tensor]> {
  readonly weight: Tensor | null
  readonly options: ReductionOptions

  constructor(options: BinaryCrossEntropyOptions = {}) {
    super()
    const { weight, ...rest } = options
    this.weight = weight ? buffer(clone(detach(weight))) : null
    this.options = rest
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, { ...this.options, weight: this.weight })
  }
}

export interface BinaryLogitsOptions extends BinaryCrossEntropyOptions {
  /** A factor for the losses of y = 1, broadcast; for classes of which there are few. Not differentiated. */
  posWeight?: Tensor | null
}

const fusedLogits: FusedLoss = {
  kind: 'logits',
  slope: (x, y) => sub(sigmoid(x), y),
  targetSlope: (x) => neg(x),
}

/**
 * `binaryCrossEntropy` of sigmoid(x), from the logits x themselves: (1 - y) x + (1 + (posWeight - 1) y) log(1 + exp(-x)).
 *
 * Stable for logits of any size. Shapes and throws: as `mseLoss`. Gradient: sigmoid(x) - y.
 *
 * @example
 * binaryCrossEntropyWithLogits(tensor([-1e4, 1e4]), tensor([0, 0])).item() // 5000
 */
export function binaryCrossEntropyWithLogits(input: Tensor, target: Tensor, options: BinaryLogitsOptions = {}): Tensor {
  const op = 'binaryCrossEntropyWithLogits'
  const fused = options.weight || options.posWeight ? undefined : fusedLogits
  return elementwiseLoss(
    op,
    input,
    target,
    options,
    ['weight', 'posWeight'],
    (x, y) => {
      const positive = factorOf(op, 'posWeight', options.posWeight, x)
      const weight = factorOf(op, 'weight', options.weight, x)
      // log(1 + exp(-x)) = log(1 + exp(x)) - x, so that without posWeight one term less is rounded.
      const losses =
        positive === null
          ? sub(softplus(x), mul(x, y))
          : add(mul(sub(1, y), x), mul(softplus(neg(x)), add(mul(broadcastTo(sub(positive, 1), x.shape), y), 1)))
      return weight === null ? losses : mul(losses, weight)
    },
    fused,
  )
}

/** `binaryCrossEntropyWithLogits` as a module. The weights are buffers, copied, with PyTorch's names `weight` and `pos_weight`. */
export class BCEWithLogitsLoss extends Module<[Tensor, Tensor]> {
  readonly weight: Tensor | null
  readonly posWeight: Tensor | null
  readonly options: ReductionOptions

  constructor(options: BinaryLogitsOptions = {}) {
    super()
    const { weight, posWeight, ...rest } = options
    this.weight = weight ? buffer(clone(detach(weight))) : null
    this.posWeight = posWeight ? buffer(clone(detach(posWeight))) : null
    this.options = rest
  }

  protected override *members(): Iterable<readonly [string, unknown]> {
    yield ['weight', this.weight]
    yield ['pos_weight', this.posWeight]
  }

  forward(input: Tensor, target: Tensor): Tensor {
    const { weight, posWeight } = this
    return binaryCrossEntropyWithLogits(input, target, { ...this.options, weight, posWeight })
  }
}
