/** Any norm of a residual, as a loss and as a metric. */
import { UsageError } from '../../core/index.js'
import { frobenius, type Regularizer } from '../../norms/index.js'
import { div, noGrad, square, sub, type Tensor, to } from '../../tensor/index.js'
import { checkOptions, checkTensor, describe, sameShape, tidy } from '../../tensor/internal.js'
import { Module } from '../module.js'
import { checkFloat } from './reduction.js'

export interface NormLossOptions {
  /** Divide by the norm of the target (false). */
  relative?: boolean
  /** The square of the norm (false). */
  squared?: boolean
}

function residualNorm(op: string, norm: Regularizer, input: Tensor, target: Tensor, options: NormLossOptions): Tensor {
  checkFloat(op, 'input', input)
  checkTensor(op, target)
  if (!sameShape(input.shape, target.shape))
    throw new UsageError(`${op}: input ${describe(input)} and target ${describe(target)}; expected one shape. Try reshape().`) // biome-ignore format: one line
  return tidy(() => {
    const y = to(target, input.dtype)
    const size = norm.value(sub(input, y))
    const whole = options.relative
      ? div(
          size,
          noGrad(() => norm.value(y)),
        )
      : size
    return options.squared ? square(whole) : whole
  })
}

/**
 * A loss: the norm of input - target, of any norm or regularizer; the whole batch is one vector (a matrix, its first axis against the rest, for
 * norms of singular values). `relative` divides by the target's norm, which is taken for a constant.
 *
 * Shapes: one shape for both; gives a scalar. Gradient: the norm's, its documented subgradient at kinks. Throws UsageError when shapes differ,
 * and for a norm that is none.
 *
 * @example
 * const loss = normLoss(spectral, { relative: true })
 * loss(zeros([2, 2]), eye(2)).item() // 1
 */
export function normLoss(norm: Regularizer, options: NormLossOptions = {}): (input: Tensor, target: Tensor) => Tensor {
  if (typeof norm?.value !== 'function')
    throw new UsageError(
      `normLoss: got ${norm === null ? 'null' : typeof norm}; expected a norm. Try l1, or parseNorm().`,
    )
  checkOptions('normLoss', options, ['relative', 'squared'])
  return (input, target) => residualNorm(`normLoss(${norm.name})`, norm, input, target, options)
}

/** `normLoss` as a module. */
export class NormLoss extends Module<[Tensor, Tensor]> {
  readonly #loss: (input: Tensor, target: Tensor) => Tensor

  constructor(
    readonly norm: Regularizer,
    readonly options: NormLossOptions = {},
  ) {
    super()
    this.#loss = normLoss(norm, options)
  }

  forward(input: Tensor, target: Tensor): Tensor {
    return this.#loss(input, target)
  }
}

/**
 * The metric: the norm (Frobenius by default) of input - target as a number, and relative to the norm of the target: 0 where both are 0,
 * Infinity where the target alone is.
 *
 * @example
 * residual(tensor([[1, 2]]), tensor([[1, 0]])) // { absolute: 2, relative: 2 }
 */
export function residual(
  input: Tensor,
  target: Tensor,
  norm: Regularizer = frobenius,
): { readonly absolute: number; readonly relative: number } {
  return tidy(() =>
    noGrad(() => {
      const absolute = residualNorm('residual', norm, input, target, {}).item()
      const size = norm.value(to(target, input.dtype)).item()
      return { absolute, relative: absolute === 0 ? 0 : absolute / size }
    }),
  )
}
