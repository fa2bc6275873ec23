/** `normball/train`: data sets, the loop that trains, and the search over its settings. */
export type {
  ConstraintConfig,
  DataConfig,
  LayerConfig,
  ModelConfig,
  PenaltyConfig,
  SearchConfig,
  SearchSpace,
  TrainConfig,
} from './config/types.js'
export type {
  AlarmRecord,
  Batch,
  CheckpointRecord,
  Dataset,
  EndRecord,
  EpochRecord,
  Figures,
  FitReport,
  LayersRecord,
  Loader,
  LoaderState,
  LogRecord,
  Outcome,
  StartRecord,
  StepRecord,
} from './types.js'
