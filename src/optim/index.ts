/** `normball/optim`: optimizers, and what keeps training stable. */

export { Adadelta, type AdadeltaOptions, Adagrad, type AdagradOptions } from './adagrad.js'
export { Adam, type AdamOptions, AdamW } from './adam.js'
export type { Along } from './along.js'
export { type AveragingOptions, EMA, ParameterAverage, SWA } from './averaging.js'
export { type ClipGradNormOptions, clipGradNorm_, clipGradValue_, nonFiniteGradient } from './clip/functions.js'
export {
  type AdaptiveClipOptions,
  adaptiveClip,
  type ClipByNormOptions,
  clipByNorm,
  clipByValue,
  type NonFinite,
  type QuantileClipOptions,
  quantileClip,
} from './clip/objects.js'
export {
  fista,
  type ProximalOptions,
  type ProximalResult,
  projectedGradient,
  proximalGradient,
} from './composite/proximal.js'
export { type ConstraintOptions, constraint, type SetName } from './constraint.js'
export { type MinimizeOptions, type MinimizeOutcome, type MinimizeProgress, minimizeOutcomes } from './ending.js'
export type { Given } from './firstOrder.js'
export { type GaussNewtonOptions, gaussNewton } from './leastSquares/gaussNewton.js'
export {
  type LeastSquaresFit,
  type LeastSquaresOptions,
  levenbergMarquardt,
} from './leastSquares/levenbergMarquardt.js'
export { LevenbergMarquardt, type LevenbergMarquardtOptions } from './leastSquares/optimizer.js'
export { Lion, type LionOptions } from './lion.js'
export type { AlarmRules, AlarmState } from './monitor/alarms.js'
export { type MonitorOptions, type MonitorState, monitor, StabilityMonitor } from './monitor/monitor.js'
export { type GradientNoise, gradientNoise } from './monitor/noise.js'
export { type Sharpness, type SharpnessOptions, sharpness } from './monitor/sharpness.js'
export { Muon, type MuonOptions } from './muon.js'
export { NAdam, type NAdamOptions } from './nadam.js'
export {
  type GroupOptions,
  type GroupRule,
  Optimizer,
  type OptimizerState,
  type ParamGroup,
  type ParamState,
} from './optimizer.js'
export type { Choice, NamedParameter, Parameters } from './params.js'
export { type CrossValidatedPath, type CrossValidateOptions, crossValidatePath } from './paths/crossValidate.js'
export { type ElasticNetPathOptions, elasticNetPath, lassoPath } from './paths/elasticNet.js'
export { type GroupLassoPathOptions, groupLassoPath } from './paths/groupLasso.js'
export { predictPath } from './paths/predict.js'
export { type RidgePath, ridgePath } from './paths/ridge.js'
export type { Entry, Path, PathOptions } from './paths/types.js'
export { accumulate, type PenaltyOptions, penalty } from './penalty.js'
export type { QuadraticProgram } from './quadratic/problem.js'
export {
  type KKTResiduals,
  type QuadprogMultipliers,
  type QuadprogOptions,
  type QuadprogResult,
  quadprog,
} from './quadratic/quadprog.js'
export { RMSprop, type RMSpropOptions } from './rmsprop.js'
export {
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  OneCycleLR,
  type OneCycleOptions,
} from './schedules/cosine.js'
export {
  ConstantLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  MultiStepLR,
  PolynomialLR,
  StepLR,
} from './schedules/decay.js'
export { type PlateauOptions, ReduceLROnPlateau } from './schedules/plateau.js'
export { LRSchedule, type ScheduleOptions } from './schedules/schedule.js'
export { SequentialLR, warmup } from './schedules/sequence.js'
export { SGD, type SGDOptions } from './sgd.js'
export { bfgs } from './smooth/bfgs.js'
export type { SmoothOptions, SmoothResult } from './smooth/descend.js'
export { type LbfgsOptions, lbfgs } from './smooth/lbfgs.js'
export { LBFGS, type LBFGSOptions } from './smooth/lbfgsOptimizer.js'
export { type NewtonCGOptions, newtonCG } from './smooth/newtonCG.js'
export { NewtonCG, type NewtonCGOptimizerOptions } from './smooth/newtonOptimizer.js'
export { SteepestDescent, type SteepestDescentOptions } from './steepest.js'
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
