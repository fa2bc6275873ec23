/** What losses share: how elements become one number, and whether input and target fit. */
import { UsageError } from '../../core/index.js'
import { mean, sum, type Tensor, to } from '../../tensor/index.js'
import { checkOptions, checkTensor, describe, isFloat, sameShape, tidy } from '../../tensor/internal.js'
import { Module } from '../module.js'
import { type FusedLoss, fusedLoss } from './fused.js'

export interface ReductionOptions {
  /** The mean of all losses (the default), their sum, or each by itself. */
  reduction?: 'mean' | 'sum' | 'none'
}

/** @throws UsageError for another word */
export function checkReduction(op: string, options: ReductionOptions, known: readonly string[] = []): void {
  checkOptions(op, options, ['reduction', ...known])
  const { reduction = 'mean' } = options
  if (reduction !== 'mean' && reduction !== 'sum' && reduction !== 'none')
    throw new UsageError(`${op}: reduction ${JSON.stringify(reduction)}; expected 'mean', 'sum' or 'none'.`)
}

/** Losses as one number. */
export function reduceLosses(losses: Tensor, { reduction = 'mean' }: ReductionOptions): Tensor {
  return reduction === 'none' ? losses : reduction === 'sum' ? sum(losses) : mean(losses)
}

/** @throws UsageError unless x is f32 or f64 */
export function checkFloat(op: string, what: string, x: Tensor): void {
  checkTensor(op, x)
  if (!isFloat(x.dtype)) throw new UsageError(`${op}: ${what} ${describe(x)}; expected f32 or f64. Try to('f32').`)
}

/**
 * A loss of input and target element by element: checks both, gives the target the input's dtype, and reduces. Shapes are the same: what
 * broadcasting makes of [n, 1] and [n] is never what is meant. `fused` is the same loss in one pass, for what is reduced.
 */
export function elementwiseLoss(
  op: string,
  input: Tensor,
  target: Tensor,
  options: ReductionOptions,
  known: readonly string[],
  rule: (x: Tensor, y: Tensor) => Tensor,
  fused?: FusedLoss,
): Tensor {
  checkFloat(op, 'input', input)
  checkTensor(op, target)
  checkReduction(op, options, known)
  if (!sameShape(input.shape, target.shape))
    throw new UsageError(`${op}: input ${describe(input)} and target ${describe(target)}; expected one shape. Try reshape().`) // biome-ignore format: one line
  return tidy(() => {
    const aim = to(target, input.dtype)
    if (fused !== undefined && options.reduction !== 'none') return fusedLoss(input, aim, options, fused)
    return reduceLosses(rule(input, aim), options)
  })
}

/** A positive number. */
export function checkPositive(op: string, name: string, value: number): void {
  if (!(typeof value === 'number' && value > 0 && value < Infinity))
    throw new UsageError(`${op}: ${name} = ${String(value)}; expected a positive number.`)
}

/** A loss as a module: calls its function with its options. */
export abstract class Loss<
  Options extends ReductionOptions,
  In extends Tensor[] = [Tensor, Tensor],
> extends Module<In> {
  constructor(readonly options: Readonly<Options> = {} as Options) {
    super()
  }
}
