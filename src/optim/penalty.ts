/** Penalties: any regularizer of any parameters, in the loss or by its proximal step. */
import { inert, UsageError } from '../core/index.js'
import { edits, neural } from '../kernels/index.js'
import { isNorm, type Norm, type Regularizer, squared as squareOf } from '../norms/index.js'
import { ruleOf } from '../norms/internal.js'
import { add, enableGrad, mul, noGrad, sum, type Tensor, zeros, zerosLike } from '../tensor/index.js'
import { checkOptions, kernels, tidy, together, view } from '../tensor/internal.js'
import { type Along, checkAlong, moveTo, seenAlong, showAbout } from './along.js'
import { type Choice, changing, concerning, type NamedParameter, named, type Parameters, selected } from './params.js'
import { noteSquares } from './tally.js'
import type { Penalty } from './types.js'

export interface PenaltyOptions {
  /** The parameters it is about, by globs over their names or a test; all that are given. */
  readonly on?: Choice | undefined
  /** `loss`: added to the loss and differentiated. `prox`: its proximal step after the optimizer's, which makes exact zeros; `loss`. */
  readonly mode?: 'loss' | 'prox' | undefined
  /** R² / 2 in place of R: of `l2` weight decay. */
  readonly squared?: boolean | undefined
  /** Sums R over units (rows), channels (the same, of kernels) or input features (columns, input channels): with `l2` the group lasso; `whole`. */
  readonly groups?: Along | undefined
}

/**
 * lambda times the sum of R over parameters. Norms of matrices see a kernel as [out, rest] and a vector as one column. The gradient in the loss is that
 * of `R.value` (at kinks its documented choice); the proximal step is `R.prox` with lr lambda.
 *
 * Throws UsageError for a lambda that is negative, globs that match nothing, and parameters that do not fit.
 *
 * @example
 * penalty(l1, 1e-4, model.namedParameters(), { on: '*weight', mode: 'prox' })
 * penalty(l2, 1e-3, model.namedParameters(), { on: 'layers.0.weight', groups: 'features', mode: 'prox' }) // feature selection
 */
export function penalty(
  regularizer: Regularizer,
  lambda: number,
  parameters: Parameters,
  options: PenaltyOptions = {},
): Penalty {
  checkOptions('penalty', options, ['on', 'mode', 'squared', 'groups'])
  const { on, mode = 'loss', squared = false, groups = 'whole' } = options
  if (mode !== 'loss' && mode !== 'prox')
    throw new UsageError(`penalty: mode '${inert(String(mode))}'; expected 'loss' or 'prox'.`)
  const chosen = selected('penalty', named('penalty', parameters), on)
  if (chosen.length === 0) throw new UsageError('penalty: no parameter passes the test of `on`.')
  checkAlong('penalty', regularizer, chosen, groups)
  if (squared && !isNorm(regularizer))
    throw new UsageError(`penalty: the square of ${regularizer.name}; expected a norm.`)
  const effective = squared ? squareOf(regularizer as Norm) : regularizer
  return new RegularizerPenalty(regularizer, effective, squared ? 0.5 : 1, lambda, chosen, mode, groups, showAbout(on, groups)) // biome-ignore format: one line
}

class RegularizerPenalty implements Penalty {
  #lambda = 0

  constructor(
    readonly regularizer: Regularizer,
    readonly effective: Regularizer,
    readonly factor: number,
    lambda: number,
    readonly parameters: readonly NamedParameter[],
    readonly mode: 'loss' | 'prox',
    readonly groups: Along,
    readonly about: string,
  ) {
    this.lambda = lambda
  }

  get lambda(): number {
    return this.#lambda
  }

  set lambda(value: number) {
    if (!(value >= 0 && value < Infinity))
      throw new UsageError(`penalty: lambda ${String(value)}; expected a finite number from 0 on.`)
    this.#lambda = value
  }

  get name(): string {
    const square = this.factor === 1 ? '' : '² / 2'
    return `${this.lambda} ${this.regularizer.name}${square} (${this.about})`
  }

  value(): Tensor {
    return tidy(() => {
      let total: Tensor | null = null
      for (const { value } of this.parameters) {
        const { x, options } = seenAlong(this.effective, value, this.groups)
        const each = this.effective.value(x, options)
        const one = each.rank === 0 ? each : sum(each)
        total = total === null ? one : add(total, one)
      }
      return mul(total ?? zeros([]), this.lambda * this.factor)
    })
  }

  get entrywise(): { l1: number; l2: number } | null {
    const { entrywise } = ruleOf(this.effective)
    if (entrywise === undefined) return null
    const share = this.lambda * this.factor
    return { l1: share * entrywise.l1, l2: share * entrywise.l2 }
  }

  accumulate(): number {
    return this.entrywise ? accumulate([this]) : backwards(this)
  }

  step(lr: number | ((parameter: NamedParameter) => number)): void {
    for (const parameter of this.parameters) {
      const rate = typeof lr === 'number' ? lr : lr(parameter)
      const t = rate * this.lambda * this.factor
      if (t === 0) continue
      const { entrywise } = ruleOf(this.effective)
      if (entrywise !== undefined) shrink(parameter.value, t * entrywise.l1, t * entrywise.l2)
      else
        concerning('penalty of', parameter, () =>
          tidy(() =>
            noGrad(() => {
              const { x, options } = seenAlong(this.effective, parameter.value, this.groups)
              moveTo(parameter.value, this.effective.prox(x, t, options))
            }),
          ),
        )
    }
  }
}

/** The proximal step of l1 |w| + l2 / 2 w^2, in place. */
function shrink(value: Tensor, l1: number, l2: number): void {
  const type = value.dtype as 'f32' | 'f64'
  changing(value, (w) => {
    if (l1 > 0) edits(kernels())[`soft_${type}`](w, value.size, l1, 0, w)
    if (l2 > 0) neural(kernels())[`scale_${type}`](value.size, w, 1 / (1 + l2))
  })
}

/**
 * Adds the gradients of penalties in the loss to those of their parameters; returns the sum of their values. Sums over elements (`l1`, squares of `l2`,
 * elastic nets), however many and however grouped, take one pass over a parameter. `fit` calls it after the loss's backward pass.
 *
 * @example
 * const value = loss.item() + accumulate(penalties)
 */
export function accumulate(penalties: readonly Penalty[]): number {
  const shares = new Map<Tensor, { l1: number; l2: number }>()
  let total = 0
  for (const one of penalties) {
    const { entrywise } = one
    if (!entrywise) total += one.accumulate ? one.accumulate() : backwards(one)
    else
      for (const { value } of one.parameters) {
        const { l1, l2 } = shares.get(value) ?? { l1: 0, l2: 0 }
        shares.set(value, { l1: l1 + entrywise.l1, l2: l2 + entrywise.l2 })
      }
  }
  if (shares.size === 0) return total
  return tidy(() => {
    const sums = zeros([3], { dtype: 'f64' })
    for (const [value, { l1, l2 }] of shares) total += penalized(value, l1, l2, sums)
    return total
  })
}

/** Of a penalty that is no sum over elements, by the tape. */
function backwards(penalty: Penalty): number {
  return tidy(() => {
    const value = enableGrad(() => penalty.value())
    if (value.requiresGrad) value.backward()
    return value.item()
  })
}

/** l1 sum |w| + l2 / 2 sum w^2, whose gradient is added to the parameter's in the same pass. */
function penalized(value: Tensor, l1: number, l2: number, sums: Tensor): number {
  if (value.requiresGrad) value.grad ??= zerosLike(value).keep()
  if (l1 === 0 && l2 === 0) return 0
  // Of a parameter that is frozen only the value counts.
  const grad = value.grad ?? zerosLike(value)
  const from = together(value)
  const penalize = neural(kernels())[`penalize_${value.dtype as 'f32' | 'f64'}`]
  changing(grad, (g) => penalize(value.size, from.pointer, g, l1, l2, sums.pointer))
  const [sizes, squares, slopes] = view(sums) as unknown as [number, number, number]
  if (grad.isContiguous) noteSquares(grad, slopes)
  return (l1 === 0 ? 0 : l1 * sizes) + (l2 === 0 ? 0 : (l2 / 2) * squares)
}
