/** Optimizer and schedule as a configuration names them. */
import * as optim from '../../optim/index.js'
import { fault, within } from './fault.js'
import type { TrainConfig } from './types.js'

type AnyOptimizer = optim.Optimizer<{ lr: number }>
type OptimizerClass = new (parameters: optim.Parameters, options: object) => AnyOptimizer

/** The optimizer over the parameters that are not frozen; Adam by default. @throws UsageError for options that cannot be */
export function buildOptimizer(
  config: TrainConfig['optimizer'],
  parameters: readonly (readonly [string, import('../../tensor/index.js').Tensor])[],
): AnyOptimizer {
  const { name, ...options } = config ?? { name: 'Adam', lr: 1e-3 }
  const type = (optim as unknown as Record<string, OptimizerClass | undefined>)[name]
  if (type === undefined) throw fault(['optimizer', 'name'], `${name} is not there.`)
  const trained = parameters.filter(([, value]) => value.requiresGrad)
  if (trained.length === 0) throw fault(['model', 'freeze'], 'all parameters are frozen; there is nothing to train.')
  return within(['optimizer'], () => new type(trained, options))
}
