/** `normball/optim`: optimizers, and what keeps training stable. */
export {
  type GroupOptions,
  type GroupRule,
  Optimizer,
  type OptimizerState,
  type ParamGroup,
  type ParamState,
} from './optimizer.js'
export type { NamedParameter, Parameters } from './params.js'
export { SGD, type SGDOptions } from './sgd.js'
export type {
  Alarm,
  Averaging,
  Clipped,
  Constraint,
  GradientClip,
  LayerFigures,
  Monitor,
  Penalty,
  Schedule,
  StabilityRecord,
} from './types.js'
