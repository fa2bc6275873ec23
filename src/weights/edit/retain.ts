/** `retain`: keeps what is large, zeroes the rest. */
import { articleRewrite } from './article.js'
import { valuesAt } from './balls.js'
import type { Per } from './clip.js'
import { impossible } from './options.js'
import { rewriteRows } from './rows.js'
import { largestIn, largestOf } from './sizes.js'
import type { Chosen, Edit, EditOptions, Rewrite } from './types.js'

export interface RetainOptions extends EditOptions {
  /** Elements of at least this fraction of the largest magnitude are kept, 0 to 1. */
  fraction: number
  /** Whose largest magnitude counts: the tensor's (default), each row's (what leads to one output), or that of all chosen tensors. */
  per?: Per | undefined
  /** `article` is the textbook's loop, where |w| < t max|W| becomes 0: per tensor both are the same. */
  rule?: 'article' | undefined
}

/** The edit that `retain` runs. Throws UsageError for impossible options. */
export function retainEdit(options: RetainOptions): Edit {
  const { fraction, per = 'tensor', rule } = options
  if (typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1))
    throw impossible('retain', 'fraction', fraction, 'a number from 0 to 1')
  if (!['tensor', 'row', 'model'].includes(per)) throw impossible('retain', 'per', per, 'one of tensor, row, model')
  if (rule !== undefined && rule !== 'article') throw impossible('retain', 'rule', rule, 'article')
  if (rule === 'article' && per !== 'tensor') throw impossible('retain', 'per', per, 'tensor, with rule article')
  return {
    command: 'retain',
    record: { fraction, ...(per === 'tensor' ? {} : { per }), ...(rule === undefined ? {} : { rule }) },
    async plan(context) {
      const { chosen } = context
      const planned = new Map<Chosen, Rewrite>()
      const whole = per === 'model' ? await largestOf(context, chosen) : 0
      for (const one of chosen) {
        if (per === 'row') planned.set(one, rowRewrite(one, fraction))
        else
          planned.set(
            one,
            articleRewrite('retain', fraction, per === 'model' ? whole : await largestOf(context, [one])),
          )
      }
      return planned
    },
  }
}

function rowRewrite(one: Chosen, fraction: number): Rewrite {
  return rewriteRows(
    one,
    (kernels, type, _, row, length) => {
      const values = valuesAt(kernels, type, row, length)
      const threshold = fraction * largestIn(values)
      for (let i = 0; i < length; i++) if (Math.abs(values[i]!) < threshold) values[i] = 0
    },
    `0 where |w| < ${fraction} of the row's largest`,
  )
}
