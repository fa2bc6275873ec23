/** What `normball/weights` offers in the same form on Node and in browsers: types, tables, errors. Both index files give all of it. */
export {
  FormatError,
  InterruptedError,
  NormballError,
  NumericalError,
  type Place,
  SystemError,
  UsageError,
  version,
} from '../core/index.js'
export { activationConstants } from './chain/activations.js'
export type { Chain, ChainLink, LinkBound, LipschitzNorm, LipschitzOptions, LipschitzReport } from './chain/types.js'
export { defaultRules } from './check/defaults.js'
export { type ParsedRules, parseRules, type RulesProblem } from './check/parse.js'
export { rulesSchema } from './check/schema.js'
export type {
  CheckedRule,
  CheckFailure,
  CheckOptions,
  CheckReport,
  CheckRule,
  Limit,
  Limits,
  RulesFile,
} from './check/types.js'
export type { DeltaFigures, SubspaceAngles } from './compare/index.js'
export {
  type AdapterFigures,
  type ChangeFigures,
  type DiffInput,
  type DiffModule,
  type DiffOptions,
  type DiffReport,
  type DiffTensor,
  type DiffTotals,
  diffSortKeys,
  type Pairing,
  requireDiffSortKey,
  type ShapeChange,
} from './diff/index.js'
export type {
  ClipOptions,
  CompressDetails,
  CompressOptions,
  ConvertOptions,
  EditedTensor,
  EditFigures,
  EditOptions,
  EditOutput,
  EditReport,
  EditTotals,
  PruneOptions,
  RetainOptions,
} from './edit/index.js'
export {
  type Amount,
  type ScheduleKind,
  type ScheduleOptions,
  sparsitySchedule,
} from './edit/prune/amount.js'
export { flagTable } from './flags/index.js'
export {
  type TrackedCheckpoint,
  type TrackedTensor,
  type TrackOptions,
  type TrackPoint,
  type TrackReport,
  type TrackTotals,
  type Verdict,
  type VerdictCode,
  verdictCodes,
} from './track/types.js'
export type {
  ConvFigures,
  FileReport,
  Flag,
  InspectOptions,
  InspectReport,
  LineFigures,
  MatrixFigures,
  ModuleTotals,
  PowerLaw,
  Progress,
  ReportError,
  Severity,
  SliceFigures,
  SpectraMode,
  TensorFigures,
  Totals,
} from './types.js'
