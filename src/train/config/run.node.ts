/** A training run as a configuration describes it, from its files to the report. */
import { load } from '../../checkpoint/index.node.js'
import type { Module } from '../../nn/index.js'
import { fit } from '../loop/fit.js'
import type { FitReport, LogRecord } from '../types.js'
import { assemble, type DataParts } from './assemble.js'
import { readData } from './data.node.js'
import { requireTrainConfig } from './parse.js'
import type { TrainConfig } from './types.js'

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
  readonly onModel?: ((model: Module, data: DataParts) => void | Promise<void>) | undefined
}

/**
 * Trains a network as the configuration says: reads the data, builds model, loss, optimizer and all that keeps them in check, trains, and frees
 * what it built.
 *
 * @param given the configuration, or its text (YAML or JSON), whose faults are told with their lines
 * @throws UsageError for a configuration that cannot be (sizes that do not fit, unknown names), FormatError for damaged data
 */
export async function runTraining(
  given: TrainConfig | { readonly text: string; readonly name?: string },
  options: RunOptions = {},
): Promise<FitReport> {
  const { config, located } = await requireTrainConfig(given)
  const { folder = '.', signal, onRecord, onModel } = options
  try {
    const data = options.data ?? (await readData(config.data, folder, config.seed ?? 0))
    const weights = config.weights === undefined ? undefined : await load(config.weights)
    const run = await assemble(config, data, { weights }).finally(() => weights?.dispose())
    try {
      const report = await fit(run.model, run.data.train, {
        ...run.options,
        signal,
        ...(onRecord === undefined ? {} : { onRecord }),
      })
      await onModel?.(run.model, run.data)
      return report
    } finally {
      run.dispose()
    }
  } catch (error) {
    throw located(error)
  }
}
