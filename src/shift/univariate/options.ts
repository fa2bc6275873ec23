/** Options of comparing columns. */
import { UsageError } from '../../core/index.js'

export interface CompareOptions {
  /** Probability of a false alarm that is put up with: 0.05. */
  alpha?: number
  /** Bins of both kinds of PSI: 10. */
  bins?: number
  /** Shares below this count as this in PSI: 1e-4. */
  floor?: number
  /** The rows of both tables are in the order of time, and neighbours may depend on each other: p-values by permuting blocks of rows. */
  timeOrder?: boolean
  /** Rows of a block, with `timeOrder`: from the autocorrelation by default. */
  blockLength?: number
  /** Random splits where a p-value or a threshold needs them: 999. */
  permutations?: number
  seed?: number
}

export type Settings = Required<Omit<CompareOptions, 'blockLength'>> & { blockLength: number | null }

/** Options with their defaults. Throws UsageError for impossible values. */
export function settingsOf(op: string, options: CompareOptions): Settings {
  const { alpha = 0.05, bins = 10, floor = 1e-4, timeOrder = false, permutations = 999, seed = 0 } = options
  const blockLength = options.blockLength ?? null
  if (!(alpha > 0 && alpha < 1)) throw new UsageError(`${op}: alpha ${alpha}; expected between 0 and 1.`)
  if (!Number.isInteger(bins) || bins < 2)
    throw new UsageError(`${op}: bins ${bins}; expected a whole number from 2 on.`)
  if (!(floor > 0 && floor < 1)) throw new UsageError(`${op}: floor ${floor}; expected between 0 and 1.`)
  if (!Number.isInteger(permutations) || permutations < 19)
    throw new UsageError(`${op}: permutations ${permutations}; expected a whole number from 19 on.`)
  if (blockLength !== null && (!Number.isInteger(blockLength) || blockLength < 1))
    throw new UsageError(`${op}: blockLength ${blockLength}; expected a whole number from 1 on.`)
  return { alpha, bins, floor, timeOrder, permutations, seed, blockLength }
}
