/** What compression takes. */
import { UsageError } from '../../../core/index.js'
import type { Tensor } from '../../../tensor/index.js'
import type { EditOptions } from '../types.js'

/** One of `rank`, `energy`, `maxError` and `budget` says how far to go. */
export interface CompressOptions extends EditOptions {
  /** The rank of every layer: a whole number, or a fraction under 1 of its full rank, rounded half to even. */
  rank?: number | undefined
  /** The least rank with at least this share of the sum of squared singular values, up to 1. */
  energy?: number | undefined
  /** The least rank whose relative Frobenius error is at most this, for each layer. */
  maxError?: number | undefined
  /** This share of the parameters is kept in all, spread over the layers so that the total error is least. */
  budget?: number | undefined
  /** What the budget is a share of: the floating parameters of the whole model (the default), or of the tensors chosen (the default with `tensors` or `kinds`). */
  budgetOf?: 'model' | 'chosen' | undefined
  /** What the total error sums: squared Frobenius errors as they are (the default), or each relative to its layer. */
  weigh?: 'absolute' | 'relative' | undefined
  /** By tensor name: samples [rows, inputs] of what goes into the layer, or their second moment [inputs, inputs]; errors are then those of outputs. */
  activations?: ReadonlyMap<string, Tensor> | undefined
  /** Keep names and shapes: each tensor becomes its nearest of that rank. */
  dense?: boolean | undefined
  /** Convolution groups that the file does not tell, by glob. */
  groups?: Readonly<Record<string, number>> | undefined
}

export type Goal =
  | { readonly kind: 'rank'; readonly value: number }
  | { readonly kind: 'energy'; readonly value: number }
  | { readonly kind: 'maxError'; readonly value: number }
  | { readonly kind: 'budget'; readonly value: number }

const goals = ['rank', 'energy', 'maxError', 'budget'] as const
const flags = { rank: '--rank', energy: '--energy', maxError: '--max-error', budget: '--budget' } as const

/** The one goal that was asked for. Throws UsageError for none, several, or an impossible value. */
export function goalOf(options: CompressOptions): Goal {
  const given = goals.filter((kind) => options[kind] !== undefined)
  if (given.length === 0)
    throw new UsageError(
      'compress: it is not said how far. Try --rank 32, --energy 0.95, --max-error 0.1 or --budget 0.5.',
    )
  if (given.length > 1)
    throw new UsageError(`compress: got ${given.map((kind) => flags[kind]).join(' and ')}; expected one of them.`)
  const kind = given[0]!
  const value = options[kind]!
  const complain = (expected: string): never => {
    throw new UsageError(`compress: ${flags[kind]} is ${value}; expected ${expected}.`)
  }
  if (typeof value !== 'number' || !(value > 0)) complain('a number above 0')
  if (kind === 'rank' && value >= 1 && !Number.isSafeInteger(value))
    complain('a whole number, or a fraction of the full rank under 1')
  if ((kind === 'energy' || kind === 'budget') && value > 1) complain('a share of at most 1')
  if (kind === 'maxError' && !Number.isFinite(value)) complain('a finite number')
  checkChoices(options)
  return { kind, value }
}

function checkChoices({ budget, budgetOf, weigh, groups, dense }: CompressOptions): void {
  if (budgetOf !== undefined && budgetOf !== 'model' && budgetOf !== 'chosen')
    throw new UsageError(`compress: budgetOf is '${String(budgetOf)}'; expected model or chosen.`)
  if (weigh !== undefined && weigh !== 'absolute' && weigh !== 'relative')
    throw new UsageError(`compress: weigh is '${String(weigh)}'; expected absolute or relative.`)
  if (budget === undefined && (weigh !== undefined || budgetOf !== undefined))
    throw new UsageError('compress: --weigh and --budget-of belong to --budget. Try --budget 0.5.')
  if (dense !== undefined && typeof dense !== 'boolean')
    throw new UsageError(`compress: dense is ${typeof dense}; expected true or false.`)
  for (const [glob, count] of Object.entries(groups ?? {}))
    if (!Number.isSafeInteger(count) || count < 1)
      throw new UsageError(`compress: --groups '${glob}' is ${count}; expected a whole number of at least 1.`)
}
