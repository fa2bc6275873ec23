/** Penalties: any regularizer of any parameters, in the loss or by its proximal step. */
import { inert, UsageError } from '../core/index.js'
import { isNorm, type Norm, type Regularizer, squared as squareOf } from '../norms/index.js'
import { add, mul, noGrad, sum, type Tensor, zeros } from '../tensor/index.js'
import { checkOptions, tidy } from '../tensor/internal.js'
import { type Along, checkAlong, moveTo, seenAlong, showAbout } from './along.js'
import { type Choice, type NamedParameter, named, type Parameters, selected } from './params.js'
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

  step(lr: number | ((parameter: NamedParameter) => number)): void {
    for (const parameter of this.parameters) {
      const rate = typeof lr === 'number' ? lr : lr(parameter)
      if (rate * this.lambda === 0) continue
      tidy(() =>
        noGrad(() => {
          const { x, options } = seenAlong(this.effective, parameter.value, this.groups)
          moveTo(parameter.value, this.effective.prox(x, rate * this.lambda * this.factor, options))
        }),
      )
    }
  }
}
