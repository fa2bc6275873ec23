/** What the runs of a trial come to. */
import type { TrainConfig } from '../config/types.js'
import type { Ranked } from './rank.js'
import { scoreOf } from './rank.js'
import type { Settings } from './space.js'
import type { RunResult, TrialReport } from './types.js'

/** A trial with what ranking looks at. */
export interface Tried extends TrialReport, Ranked {
  readonly lambda: number
}

/** Sum of the penalties' lambdas. */
export const lambdaOf = ({ penalties = [] }: TrainConfig): number =>
  penalties.reduce((sum, { lambda }) => sum + lambda, 0)

const meanOf = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((a, b) => a + b, 0) / values.length

/** `results`: of each fold, null where it was not run. */
export function triedOf(
  number: number,
  settings: Settings,
  config: TrainConfig,
  results: readonly (RunResult | null)[],
  metric: string,
): Tried {
  const good = results.filter((one): one is RunResult => one !== null && one.error === null)
  const values = results.map((one) => (one === null || one.error !== null ? null : (one.figures[metric] ?? null)))
  return {
    number,
    settings,
    values,
    ...scoreOf(values),
    nonzeros: good.length === results.length ? meanOf(good.map(({ nonzeros }) => nonzeros)) : null,
    parameters: good[0]?.parameters ?? null,
    epochs: meanOf(good.map(({ epochs }) => epochs)),
    seconds: results.reduce((sum, one) => sum + (one?.seconds ?? 0), 0),
    error: results.find((one) => one?.error != null)?.error ?? null,
    lambda: lambdaOf(config),
  }
}

/** Without what is only for ranking. */
export const reportOf = ({ lambda: _, ...trial }: Tried): TrialReport => trial
