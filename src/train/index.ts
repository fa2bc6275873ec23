/** `normball/train`: data sets, the loop that trains, and the search over its settings. */
export { type CsvInput, type CsvOptions, readCsv, type Table } from '../table/index.js'
export type { DataParts } from './config/assemble.js'
export type { TrainOutcome } from './config/outcome.js'
export { type ParsedTrainConfig, parseTrainConfig } from './config/parse.js'
export { picturesOf, type Tiles } from './config/pictures.js'
export { withField } from './config/set.js'
export type {
  ConstraintConfig,
  DataConfig,
  LayerConfig,
  ModelConfig,
  PenaltyConfig,
  SearchConfig,
  SearchPathConfig,
  SearchRange,
  SearchSpace,
  TrainConfig,
} from './config/types.js'
export { arrayDataset } from './data/arrays.js'
export { type Augmentation, gaussianNoise, randomCrop, randomHorizontalFlip } from './data/augment.js'
export { BytesDataset, type BytesDatasetOptions } from './data/bytesDataset.js'
export { classWeights } from './data/classWeights.js'
export { type IdxArray, idxDataset, readIdx } from './data/idx.js'
export { type ImageOptions, imageDataset, type LabelledImage } from './data/imageDataset.js'
export type { BytesInput } from './data/input.js'
export {
  fitNormalization,
  Normalization,
  type NormalizationEffect,
  type NormalizationJson,
  type NormalizeOptions,
} from './data/normalize.js'
export { kFold, type SplitOptions, Subset, split, subset } from './data/subset.js'
export {
  type EncodedColumn,
  type TableDataset,
  type TableEncoding,
  type TableOptions,
  tableDataset,
} from './data/tableDataset.js'
export { TensorDataset, type TensorDatasetOptions } from './data/tensorDataset.js'
export { characterVocabulary, TextDataset, type TextOptions, type Vocabulary, vocabulary } from './data/text.js'
export { DataLoader, type DataLoaderOptions } from './dataLoader.js'
export { evaluate } from './loop/evaluate.js'
export { fit } from './loop/fit.js'
export type { EarlyStopping, EvaluateOptions, FitOptions, Loss, RecordListener } from './loop/options.js'
export { parseRunLog } from './loop/runLog.js'
export { type CheckpointStore, MemoryCheckpoints, type Progress, type TrainingState } from './loop/store.js'
export { type WeightedLoss, weightedLoss } from './loop/weighted.js'
export {
  type Accumulator,
  accuracy,
  type ClassFigures,
  type ClassReport,
  classReport,
  confusionMatrix,
  logLoss,
  type Metric,
  metricNames,
  normMetric,
  type RegressionFigures,
  regressionReport,
  rocAuc,
  rocAucOneVsRest,
  topKAccuracy,
} from './metrics/index.js'
export type { PathPoint, PathReport, RunResult, SearchReport, TrialReport } from './search/types.js'
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
