/** Single elements by magnitude: an amount of the smallest or largest, in each tensor or over all of them. */
import { edits, type Kernels } from '../../../kernels/index.js'
import {
  commonPrecision,
  f32AtLeast,
  keyOf,
  magnitudeOf,
  type Precision,
  type Selection,
  select,
  streamOf,
} from '../selection/index.js'
import type { Chosen, EditContext, EntryRewriter, Rewrite } from '../types.js'
import { countOf } from './amount.js'
import type { Method, Which } from './options.js'
import { countNonzero, keepAs, setsOf, showCount, showSize } from './sources.js'

type MagnitudeMethod = Extract<Method, { kind: 'magnitude' }>

export async function planMagnitude(context: EditContext, method: MagnitudeMethod): Promise<Map<Chosen, Rewrite>> {
  const plan = new Map<Chosen, Rewrite>()
  for (const set of setsOf(context, method.global)) await planSet(context, method, set, plan)
  return plan
}

async function planSet(
  context: EditContext,
  method: MagnitudeMethod,
  set: readonly Chosen[],
  plan: Map<Chosen, Rewrite>,
): Promise<void> {
  const { which } = method
  const total = set.reduce((sum, { entry }) => sum + entry.count, 0)
  let zeros = 0
  if (method.ofRemaining) for (const one of set) zeros += one.entry.count - (await countNonzero(context, one))
  const wanted = countOf(method.amount, total - zeros) + (which === 'smallest' ? zeros : 0)
  const type = commonPrecision(set)
  let pruned = 0
  const found = await select(
    set.map((one) => streamOf(context, one, type)),
    {
      kernels: context.kernels,
      type,
      rank: (finite) => {
        pruned = Math.min(wanted, finite)
        if (pruned === 0) return 0
        return which === 'smallest' ? pruned : finite - pruned + 1
      },
    },
  )
  if (found === null) for (const one of set) plan.set(one, keepAs('nothing to prune', { pruned: 0, threshold: null }))
  else for (const [i, cut] of cutsOf(found, pruned, which).entries()) plan.set(set[i]!, rewriteOf(set[i]!, cut))
}

/** Where one tensor is cut: what lies beyond `value` becomes zero, of what equals it all but the first `kept`. */
export interface Cut {
  readonly which: Which
  readonly value: number
  readonly kept: number
  readonly equal: number
  readonly pruned: number
}

/** Shares the elements that equal the cut among the streams: those with the lower index stay, the streams in their order. */
export function cutsOf({ value, places }: Selection, pruned: number, which: Which): Cut[] {
  const beyond = places.map(({ below, equal, finite }) => (which === 'smallest' ? below : finite - below - equal))
  const equals = places.reduce((sum, { equal }) => sum + equal, 0)
  let stay = equals - (pruned - beyond.reduce((sum, one) => sum + one, 0))
  return places.map(({ equal }, i) => {
    const kept = Math.min(stay, equal)
    stay -= kept
    return { which, value, kept, equal, pruned: beyond[i]! + equal - kept }
  })
}

function rewriteOf({ entry }: Chosen, cut: Cut): Rewrite {
  const { which, value, kept, equal, pruned } = cut
  const sign = which === 'smallest' ? '<=' : '>='
  const details = { threshold: value, pruned, ties: equal, tiesKept: kept }
  const said = `${showCount(pruned)} of ${showCount(entry.count)} set to zero: |w| ${sign} ${showSize(value)}`
  const note = kept > 0 ? `${said}, ${showCount(kept)} of ${showCount(equal)} equal to it kept` : said
  return { kind: 'entries', start: (kernels, type) => cutter(kernels, type, cut), note, details }
}

/** Writes a cut. Where its value is no f32, elements of f32 are compared with the neighbour that tells them apart the same way. */
export function cutter(
  kernels: Kernels,
  type: Precision,
  { which, value, kept }: Omit<Cut, 'equal' | 'pruned'>,
): EntryRewriter {
  const kernel = edits(kernels)[`zero${which === 'smallest' ? 'Below' : 'Above'}_${type}`]
  let [cut, left] = [value, kept]
  if (type === 'f32' && Math.fround(value) !== value) {
    const above = f32AtLeast(value)
    cut = which === 'smallest' ? above : magnitudeOf(keyOf(above, 'f32') - 1n, 'f32')
    left = Number.MAX_SAFE_INTEGER
  }
  return {
    update(pointer, count) {
      left -= kernel(pointer, count, cut, Math.min(left, count))
    },
  }
}
