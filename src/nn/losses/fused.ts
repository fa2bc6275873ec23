/** Losses that are added up in one pass, which leaves their slopes for the backward pass. */
import { neural } from '../../kernels/index.js'
import { isGradEnabled, mul, neg, type Tensor } from '../../tensor/index.js'
import { empty, kernels, record, together, view } from '../../tensor/internal.js'
import type { ReductionOptions } from './reduction.js'

/** Numbers as in assembly/nn/residuals.ts. */
export const kinds = { squares: 0, absolutes: 1, hubers: 2, logits: 3 } as const

/** A loss of the input x and the target y: its slopes, by differentiable operations, for gradients of gradients. */
export interface FusedLoss {
  readonly kind: keyof typeof kinds
  /** Where squares end. */
  readonly limit?: number
  readonly slope: (x: Tensor, y: Tensor) => Tensor
  /** For the target, where that is not the opposite. */
  readonly targetSlope?: (x: Tensor, y: Tensor) => Tensor
}

/** Sum or mean of losses as one operation on the tape; x and y have one shape and dtype. Inside `tidy`. */
export function fusedLoss(x: Tensor, y: Tensor, { reduction }: ReductionOptions, loss: FusedLoss): Tensor {
  const { kind, limit = 0, slope, targetSlope } = loss
  const type = x.dtype as 'f32' | 'f64'
  const [p, q] = [together(x), together(y)]
  const isTracked = isGradEnabled() && (x.requiresGrad || y.requiresGrad)
  const slopes = isTracked ? empty(type, x.shape) : null
  const total = neural(kernels())[`residuals_${type}`](kinds[kind], x.size, limit, p.pointer, q.pointer, slopes?.pointer ?? 0) // biome-ignore format: one line
  const scale = reduction === 'sum' ? 1 : 1 / x.size
  const out = empty(type, [])
  view(out)[0] = reduction === 'sum' ? total : total / x.size
  if (slopes === null) return out
  return record(out, kind, [x, y], [x, y, slopes], (g, [a, b, known], needs) => {
    // As a number where nothing is recorded: a tensor would be broadcast.
    const each = isGradEnabled() ? mul(g, scale) : g.item() * scale
    const ours = (): Tensor => mul(isGradEnabled() ? slope(a!, b!) : known!, each)
    const up = needs[0] || targetSlope === undefined ? ours() : null
    return [
      needs[0] ? up : null,
      !needs[1] ? null : targetSlope === undefined ? neg(up!) : mul(targetSlope(a!, b!), each),
    ]
  })
}
