/** Pruning as an edit: which weights become zero, and the record of it. */
import type { Chosen, Edit, EditContext, Rewrite } from '../types.js'
import { planFraction } from './fraction.js'
import { planGroups } from './groups.js'
import { planMagnitude } from './magnitude.js'
import { type Method, methodOf, type PruneOptions } from './options.js'
import { planPattern } from './pattern.js'
import { planRandom } from './random.js'
import { planShrink } from './shrink.js'

/** What the record in the output's metadata says. */
const recorded = [
  'amount',
  'which',
  'global',
  'of',
  'fraction',
  'rule',
  'along',
  'norm',
  'scale',
  'heads',
  'kvHeads',
  'pattern',
  'random',
  'shrink',
] as const satisfies readonly (keyof PruneOptions)[]

/**
 * The edit that prunes as the options say.
 *
 * @throws UsageError where they contradict each other
 */
export function pruneEdit(options: PruneOptions): Edit {
  const method = methodOf(options)
  const record: Record<string, unknown> = {}
  for (const name of recorded) if (options[name] !== undefined) record[name] = options[name]
  if (options.random) record['seed'] = options.seed ?? 0
  return { command: 'prune', record, plan: (context) => planOf(context, method) }
}

async function planOf(context: EditContext, method: Method): Promise<ReadonlyMap<Chosen, Rewrite>> {
  switch (method.kind) {
    case 'magnitude':
      return planMagnitude(context, method)
    case 'random':
      return planRandom(context, method)
    case 'groups': {
      const marks = new Map<Chosen, Uint8Array>()
      const plan = await planGroups(context, method, marks)
      if (method.chain !== null) planShrink(context, method.chain, marks, plan)
      return plan
    }
    case 'fraction':
      return planFraction(context, method)
    case 'pattern':
      return planPattern(context, method)
  }
}
