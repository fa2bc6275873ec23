/** `normball/optim`: optimizers, and what keeps training stable. */
export type { AlarmRules, AlarmState } from './monitor/alarms.js'
export { type MonitorOptions, type MonitorState, monitor, StabilityMonitor } from './monitor/monitor.js'
export { type GradientNoise, gradientNoise } from './monitor/noise.js'
export { type Sharpness, type SharpnessOptions, sharpness } from './monitor/sharpness.js'
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
  Noticed,
  Penalty,
  Schedule,
  StabilityRecord,
  StepView,
} from './types.js'
