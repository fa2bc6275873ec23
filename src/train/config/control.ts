/** Penalties, constraints, clipping, averaging and monitoring as a configuration has them. */
import type { Module } from '../../nn/index.js'
import type { Averaging, Constraint, GradientClip, Monitor, NamedParameter, Penalty } from '../../optim/index.js'
import { fault } from './fault.js'
import type { TrainConfig } from './types.js'

/** What keeps a network in check while it trains. */
export interface Control {
  readonly penalties: readonly Penalty[]
  readonly constraints: readonly Constraint[]
  readonly clip: readonly GradientClip[]
  readonly averaging: Averaging | null
  readonly monitor: Monitor | null
}

/** Builds all of it. @throws UsageError for what cannot be, and for globs that match nothing */
export function buildControl(
  config: TrainConfig,
  _model: Module,
  _parameters: readonly NamedParameter[],
  _optimizer: unknown,
): Control {
  for (const key of ['penalties', 'constraints', 'clip', 'averaging', 'monitor'] as const)
    if (config[key] !== undefined) throw fault([key], 'is not there yet.')
  return { penalties: [], constraints: [], clip: [], averaging: null, monitor: null }
}
