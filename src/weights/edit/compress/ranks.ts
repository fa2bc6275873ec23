/** The rank of every layer, for a goal: by a rule on its own spectrum, or by a budget over all of them. */
import { UsageError } from '../../../core/index.js'
import { allocate, leastParameters, type Layer as Priced } from './budget.js'
import type { Layer } from './layer.js'
import type { CompressOptions, Goal } from './options.js'
import { breakEven, largestGain, perRank, rankForEnergy, rankForError, rankOf } from './rank.js'

export interface Decision {
  /** Null leaves the layer alone. */
  readonly rank: number | null
  readonly note: string
}

/** What became of a budget. */
export interface Spread {
  /** What it is a share of. */
  readonly of: 'model' | 'chosen'
  readonly share: number
  /** Parameters that were allowed, and those of the result, of what the budget counts. */
  readonly allowed: number
  readonly parameters: number
  /** The result as a share of the whole model, and of the tensors chosen. */
  readonly shareOfModel: number
  readonly shareOfChosen: number
  readonly weigh: 'absolute' | 'relative'
  /** Root of the summed squared errors. */
  readonly error: number
  /** No ranks within the budget have a smaller error. */
  readonly bound: number
}

export interface Counts {
  readonly model: number
  readonly chosen: number
}

/** A decision for each layer, in order. */
export function chooseRanks(
  goal: Goal,
  layers: readonly Layer[],
  counts: Counts,
  options: CompressOptions,
): { decisions: Decision[]; spread: Spread | null } {
  if (goal.kind === 'budget') return spreadBudget(goal.value, layers, counts, options)
  return { decisions: layers.map((layer) => decide(goal, layer)), spread: null }
}

function decide(goal: Goal, layer: Layer): Decision {
  const { sigma, layout, place } = layer
  const { rows, columns } = layout
  const full = sigma.length
  const rank =
    goal.kind === 'rank'
      ? rankOf(goal.value, full)
      : goal.kind === 'energy'
        ? rankForEnergy(sigma, goal.value)
        : rankForError(sigma, goal.value)
  if (place === null && rank >= full) return { rank: null, note: `left alone: it has rank ${full} at most` }
  if (place !== null && rank > largestGain(rows, columns)) return { rank: null, note: notGained(rank, rows, columns) }
  return { rank, note: noteOf(layer, rank) }
}

function noteOf({ place, sigma }: Layer, rank: number): string {
  return `${place === null ? 'the nearest' : 'two factors'} of rank ${rank} of ${sigma.length}`
}

function notGained(rank: number, rows: number, columns: number): string {
  const limit = Number(breakEven(rows, columns).toPrecision(6))
  return `left alone: rank ${rank} would gain nothing, two factors have fewer parameters under rank ${limit} only`
}

function spreadBudget(
  share: number,
  layers: readonly Layer[],
  counts: Counts,
  options: CompressOptions,
): { decisions: Decision[]; spread: Spread } {
  const { tensors, kinds, weigh = 'absolute' } = options
  const of = options.budgetOf ?? (tensors === undefined && kinds === undefined ? 'model' : 'chosen')
  const scales = scalesOf(layers, weigh)
  const priced = layers.map(
    ({ sigma, layout: { rows, columns } }, i): Priced => ({
      gains: sigma.map((value) => (value / scales[i]!) ** 2),
      price: perRank(rows, columns),
      dense: rows * columns,
      most: largestGain(rows, columns),
    }),
  )
  const dense = priced.reduce((sum, one) => sum + one.dense, 0)
  /** What stays as it is. */
  const fixed = counts[of] - dense
  const allowed = Math.floor(share * counts[of])
  const least = fixed + leastParameters(priced)
  if (least > allowed)
    throw new UsageError(
      `compress: --budget ${share} of the ${counts[of]} parameters of ${of === 'model' ? 'the model' : 'the tensors chosen'} allows ${allowed}, and rank 1 throughout leaves ${least}. Try a larger budget${of === 'model' ? ', or --budget-of chosen' : ''}.`,
    )
  const { ranks, error, bound, parameters } = allocate(priced, allowed - fixed)
  const saved = dense - parameters
  const unit = weigh === 'absolute' ? (scales[0] ?? 0) : 1
  const decisions = ranks.map((rank, i): Decision => {
    if (rank !== null) return { rank, note: noteOf(layers[i]!, rank) }
    const isTooThin = priced[i]!.most === 0
    return {
      rank: null,
      note: isTooThin
        ? 'left alone: even rank 1 would gain nothing'
        : 'left alone: the budget serves other layers better',
    }
  })
  const spread: Spread = {
    of,
    share,
    allowed,
    parameters: counts[of] - saved,
    shareOfModel: counts.model === 0 ? 1 : 1 - saved / counts.model,
    shareOfChosen: counts.chosen === 0 ? 1 : 1 - saved / counts.chosen,
    weigh,
    error: Math.sqrt(error) * unit,
    bound: Math.sqrt(bound) * unit,
  }
  return { decisions, spread }
}

/** What singular values are divided by: the layer's norm, or one number for all that keeps squares in range. */
function scalesOf(layers: readonly Layer[], weigh: 'absolute' | 'relative'): number[] {
  if (weigh === 'relative') return layers.map(({ tails }) => tails[0]! || 1)
  const top = layers.reduce((most, { sigma }) => Math.max(most, sigma[0] ?? 0), 0) || 1
  return layers.map(() => top)
}
