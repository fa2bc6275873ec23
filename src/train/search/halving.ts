/** Successive halving: all trials for few epochs, the better part of them for more, and so on to the full length. */
import { UsageError } from '../../core/index.js'

export interface Round {
  /** Trials that are trained. */
  readonly trials: number
  /** Epochs of each. */
  readonly epochs: number
}

/**
 * Rounds for `trials` settings that end with `epochs` epochs: each keeps a `factor`-th (rounded up, at least one) and trains `factor` times as long,
 * the first with at least `least` epochs.
 *
 * Source: Jamieson & Talwalkar 2016, "Non-stochastic best arm identification and hyperparameter optimization".
 *
 * @example
 * halvingRounds(27, 27, 3, 1) // 27 for 1 epoch, 9 for 3, 3 for 9, 1 for 27
 */
export function halvingRounds(trials: number, epochs: number, factor: number, least: number): Round[] {
  if (!(factor > 1)) throw new UsageError(`search: halving.factor = ${factor}; expected a number above 1.`)
  if (!Number.isInteger(epochs) || epochs < 1)
    throw new UsageError(`search: halving needs epochs in base, got ${epochs}. Try epochs: 27.`)
  if (!(Number.isInteger(least) && least >= 1 && least <= epochs))
    throw new UsageError(`search: halving.least = ${least}; expected a whole number from 1 to ${epochs}, the epochs of base.`) // biome-ignore format: one line
  const byTrials = Math.ceil(Math.log(trials) / Math.log(factor) - 1e-9)
  const byEpochs = Math.floor(Math.log(epochs / least) / Math.log(factor) + 1e-9)
  const last = Math.min(byTrials, byEpochs)
  const rounds: Round[] = []
  let left = trials
  for (let i = 0; i <= last; i++) {
    rounds.push({ trials: left, epochs: Math.max(least, Math.round(epochs / factor ** (last - i))) })
    left = Math.max(1, Math.ceil(left / factor))
  }
  return rounds
}
