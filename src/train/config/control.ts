/** Penalties, constraints, clipping, averaging and monitoring as a configuration has them. */
import type { Module } from '../../nn/index.js'
import { isNorm, type Norm, parseNorm } from '../../norms/index.js'
import {
  type Averaging,
  adaptiveClip,
  type Choice,
  type Constraint,
  clipByNorm,
  clipByValue,
  constraint,
  EMA,
  type GradientClip,
  type Monitor,
  monitor,
  type NamedParameter,
  type Optimizer,
  type Penalty,
  penalty,
  quantileClip,
  SWA,
} from '../../optim/index.js'
import { fault, within } from './fault.js'
import { constraintSets } from './schema/schema.js'
import type { ConstraintConfig, TrainConfig } from './types.js'

/** What keeps a network in check while it trains. */
export interface Control {
  readonly penalties: readonly Penalty[]
  readonly constraints: readonly Constraint[]
  readonly clip: readonly GradientClip[]
  readonly averaging: (Averaging & { dispose(): void }) | null
  readonly monitor: Monitor | null
}

/** A run's monitor measures about so often where the configuration does not say. */
const measurements = 100

/**
 * Builds all of it; `steps` is the length of the run. Without a word about them gradients are looked at (so that one that is not finite is told by its
 * parameter) and layers are watched.
 *
 * @throws UsageError for what cannot be, and for globs that match nothing
 */
export function buildControl(
  config: TrainConfig,
  model: Module,
  optimizer: Pick<Optimizer, 'parameters'>,
  steps: number,
): Control {
  const trained = optimizer.parameters.filter(({ value }) => value.requiresGrad)
  const named = trained.map(({ name, value }) => [name, value] as const)
  const penalties = (config.penalties ?? []).map(({ norm, lambda, on, ...options }, i) =>
    within(['penalties', i], () => penalty(parseNorm(norm), lambda, named, { on: on ?? weights(trained), ...options })),
  )
  const constraints = (config.constraints ?? []).map((one, i) =>
    within(['constraints', i], () => constraintOf(one, trained, named)),
  )
  return {
    penalties,
    constraints,
    clip: clipsOf(config.clip),
    averaging: averagingOf(config.averaging, model, steps),
    monitor: monitorOf(config.monitor, model, optimizer, steps),
  }
}

/** Weights of two and more axes; all parameters where there is none. */
function weights(parameters: readonly NamedParameter[]): Choice {
  const isWeight = ({ value }: NamedParameter): boolean => value.rank >= 2
  return parameters.some(isWeight) ? isWeight : '*'
}

function constraintOf(
  { norm, on, ...options }: ConstraintConfig,
  trained: readonly NamedParameter[],
  named: readonly (readonly [string, NamedParameter['value']])[],
): Constraint {
  const kind = constraintSets.includes(norm) ? norm : parseNorm(norm)
  return constraint(kind, named, { on: on ?? weights(trained), ...options })
}

function clipsOf(config: TrainConfig['clip']): GradientClip[] {
  const { norm: name, max, value, quantile, adaptive, nonFinite } = config ?? {}
  return within(['clip'], () => {
    const norm = name === undefined ? undefined : requireNorm(name)
    const clips = [
      ...(adaptive === undefined ? [] : [adaptiveClip({ clipping: adaptive, nonFinite })]),
      ...(value === undefined ? [] : [clipByValue({ value, nonFinite })]),
      ...(quantile === undefined ? [] : [quantileClip({ quantile, norm, nonFinite })]),
      ...(max === undefined ? [] : [clipByNorm({ norm, max, nonFinite })]),
    ]
    return clips.length > 0 ? clips : [clipByNorm({ norm, max: Infinity, nonFinite })]
  })
}

function requireNorm(name: string): Norm {
  const found = parseNorm(name)
  if (!isNorm(found)) throw fault(['clip', 'norm'], `${found.name} is no norm; gradients are clipped by norms.`)
  return found
}

function averagingOf(config: TrainConfig['averaging'], model: Module, steps: number): Control['averaging'] {
  if (config === undefined) return null
  const parameters = [...model.namedParameters()]
  const options = { buffers: [...model.namedBuffers()] }
  return within(['averaging'], () => {
    if (config.name === 'ema') return new EMA(parameters, { ...options, decay: config.decay, from: config.from })
    // The last quarter, where a run has come near.
    return new SWA(parameters, { ...options, from: config.from ?? Math.floor((3 * steps) / 4) + 1 })
  })
}

function monitorOf(
  config: TrainConfig['monitor'],
  model: Module,
  optimizer: Pick<Optimizer, 'parameters'>,
  steps: number,
): Monitor | null {
  if (config === false) return null
  const { every = Math.max(1, Math.round(steps / measurements)), sharpness = false, noise = false, alarms = 'none' } = config ?? {} // biome-ignore format: one line
  return within(['monitor'], () => monitor(model, optimizer, { every, sharpness, noise, action: alarms }))
}
