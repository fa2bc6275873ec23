/** A training run as a configuration describes it, from its files to the report. */
import { UsageError } from '../../core/index.js'
import type { AnyModule } from '../../nn/index.js'
import type { Dataset, FitReport, LogRecord } from '../types.js'
import type { TrainConfig } from './types.js'

/** The parts that examples fall into. */
export interface DataParts {
  readonly train: Dataset
  readonly validation?: Dataset | null
  readonly test?: Dataset | null
}

export interface RunOptions {
  /** Ends the run after the step that it is at; with `output` a checkpoint is written first. The outcome is `interrupted`. */
  readonly signal?: AbortSignal | undefined
  /** Called with each record of the log as it comes. */
  readonly onRecord?: ((record: LogRecord) => void) | undefined
  /** Examples, in place of those that `config.data` names (folds of a search). */
  readonly data?: DataParts | undefined
  /** Goes on from a checkpoint: its file, or the folder whose latest it is; true for the configuration's `output`. */
  readonly resume?: boolean | string | undefined
  /** Folder that relative paths of the configuration start from; the current one by default. */
  readonly folder?: string | undefined
  /** Called with the trained model before it is freed. */
  readonly onModel?: ((model: AnyModule) => void | Promise<void>) | undefined
}

/**
 * Trains a network as the configuration says: reads the data, builds model, loss, optimizer and all that keeps them in check, trains, and frees
 * what it built.
 *
 * @throws UsageError for a configuration that cannot be (sizes that do not fit, unknown names), FormatError for damaged data
 */
export async function runTraining(_config: TrainConfig, _options: RunOptions = {}): Promise<FitReport> {
  throw new UsageError('runTraining: not there yet.')
}
