/** Losses of boxes [x1, y1, x2, y2]: intersection over union. */
import { UsageError } from '../../core/index.js'
import { add, div, maximum, minimum, mul, relu, reshape, split, sub, type Tensor, to } from '../../tensor/index.js'
import { checkTensor, describe, sameShape, tidy } from '../../tensor/internal.js'
import { checkFloat, checkReduction, Loss, type ReductionOptions, reduceLosses } from './reduction.js'

/** Added where it is divided, so that empty boxes give no NaN (as in torchvision). */
const eps = 1e-7

type Corners = readonly [Tensor, Tensor, Tensor, Tensor]

const cornersOf = (boxes: Tensor): Corners =>
  split(boxes, 1, -1).map((one) => reshape(one, boxes.shape.slice(0, -1))) as unknown as Corners

const area = ([x1, y1, x2, y2]: Corners): Tensor => mul(sub(x2, x1), sub(y2, y1))

/** The losses of each pair of boxes, from what both have, have together, and the least box around them. */
function boxLoss(
  op: string,
  input: Tensor,
  target: Tensor,
  options: ReductionOptions,
  rule: (shared: Tensor, union: Tensor, around: () => Tensor) => Tensor,
): Tensor {
  checkFloat(op, 'input', input)
  checkTensor(op, target)
  checkReduction(op, options)
  if (input.shape.at(-1) !== 4 || !sameShape(input.shape, target.shape))
    throw new UsageError(`${op}: input ${describe(input)} and target ${describe(target)}; expected boxes [.., 4] in one shape.`) // biome-ignore format: one line
  return tidy(() => {
    const [a, b] = [cornersOf(input), cornersOf(to(target, input.dtype))]
    const width = relu(sub(minimum(a[2], b[2]), maximum(a[0], b[0])))
    const height = relu(sub(minimum(a[3], b[3]), maximum(a[1], b[1])))
    const shared = mul(width, height)
    const union = sub(add(area(a), area(b)), shared)
    const around = (): Tensor =>
      area([minimum(a[0], b[0]), minimum(a[1], b[1]), maximum(a[2], b[2]), maximum(a[3], b[3])])
    return reduceLosses(rule(shared, union, around), options)
  })
}

/**
 * 1 - intersection / union of boxes [.., 4] as corners x1, y1, x2, y2 (x1 <= x2, y1 <= y2).
 *
 * Shapes: one shape for both; a scalar, or [..] with `reduction: 'none'`. No gradient where boxes do not meet. Throws UsageError for others.
 *
 * @example
 * iouLoss(tensor([[0, 0, 2, 2]]), tensor([[0, 0, 2, 1]])).item() // 0.5
 */
export function iouLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  return boxLoss('iouLoss', input, target, options, (shared, union) => sub(1, div(shared, add(union, eps))))
}

/** `iouLoss` as a module. */
export class IoULoss extends Loss<ReductionOptions> {
  forward(input: Tensor, target: Tensor): Tensor {
    return iouLoss(input, target, this.options)
  }
}

/**
 * `iouLoss`, plus the share of the least box around both that neither covers: it has a gradient also where they do not meet. Shapes and
 * throws: as `iouLoss`. Source: Rezatofighi et al. 2019.
 */
export function giouLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  return boxLoss('giouLoss', input, target, options, (shared, union, around) => {
    const hull = around()
    const iou = div(shared, add(union, eps))
    return add(sub(1, iou), div(sub(hull, union), add(hull, eps)))
  })
}

/** `giouLoss` as a module. */
export class GIoULoss extends Loss<ReductionOptions> {
  forward(input: Tensor, target: Tensor): Tensor {
    return giouLoss(input, target, this.options)
  }
}
