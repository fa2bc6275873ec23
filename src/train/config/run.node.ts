/** A training run as a configuration describes it, from its files to the report. */
import type { Module } from '../../nn/index.js'
import { checkpointFiles } from '../files.node.js'
import { fit } from '../loop/fit.js'
import type { RecordListener } from '../loop/options.js'
import type { CheckpointStore } from '../loop/store.js'
import type { FitReport } from '../types.js'
import { assemble, type DataParts } from './assemble.js'
import { pathFrom, readData } from './data.node.js'
import { type GivenConfig, type LocatedConfig, requireTrainConfig } from './parse.js'
import type { TrainConfig } from './types.js'

export interface RunOptions {
  /** Ends the run after the step that it is at; with `checkpoints` one is written first. The outcome is `interrupted`. */
  readonly signal?: AbortSignal | undefined
  /** Called with each record of the log as it comes. */
  readonly onRecord?: RecordListener | readonly RecordListener[] | undefined
  /** Examples, in place of those that `config.data` names (folds of a search). */
  readonly data?: DataParts | undefined
  /** Where checkpoints are kept; none are without it. */
  readonly checkpoints?: CheckpointStore | undefined
  /** Goes on from the latest checkpoint, if there is one. */
  readonly resume?: boolean | undefined
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
 * @example
 * import { runTraining } from 'normball/train'
 * const report = await runTraining({ data: { format: 'digits' }, model: { preset: 'mlp' }, epochs: 3 })
 * console.log(report.final.train)
 */
export async function runTraining(
  given: TrainConfig | { readonly text: string; readonly name?: string },
  options: RunOptions = {},
): Promise<FitReport> {
  const isText = 'text' in given && typeof given.text === 'string'
  return runLocated(await requireTrainConfig(isText ? (given as GivenConfig) : { object: given }), options)
}

/** `runTraining` for a configuration that was read. */
export async function runLocated({ config, located }: LocatedConfig, options: RunOptions): Promise<FitReport> {
  const { folder = '.', signal, onRecord, onModel, checkpoints, resume } = options
  try {
    const data = options.data ?? (await readData(config, folder))
    const weights =
      config.weights === undefined ? undefined : await (await checkpointFiles()).load(pathFrom(folder, config.weights))
    const run = await assemble(config, data, { weights }).finally(() => weights?.dispose())
    try {
      const report = await fit(run.model, run.data.train, {
        ...run.options,
        signal,
        checkpoints: checkpoints ?? null,
        ...(resume === undefined ? {} : { resume }),
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
