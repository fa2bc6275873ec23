/** One run of a search: a configuration trained on all folds but one, measured on that one. */

import { InterruptedError, NumericalError, UsageError } from '../../core/index.js'
import type { DataParts } from '../config/assemble.js'
import { readData } from '../config/data.node.js'
import { placeOfFault } from '../config/fault.js'
import { runTraining } from '../config/run.node.js'
import type { TrainConfig } from '../config/types.js'
import { fitNormalization } from '../data/normalize.js'
import { kFold, Subset } from '../data/subset.js'
import { checkpointFiles } from '../files.node.js'
import type { Dataset, FitReport } from '../types.js'
import type { RunResult } from './types.js'

/** How the training part is folded: the same for every trial. */
export interface Folding {
  /** 1: no folds, the validation part. */
  readonly folds: number
  readonly seed: number
  readonly stratified: boolean | undefined
}

/** What a thread is given: plain data. */
export interface RunJob {
  readonly key: string
  readonly config: TrainConfig
  readonly folder: string
  readonly folding: Folding
  readonly fold: number
  readonly metric: string
  /** A file that the trained weights are written to, for the next run to start from. */
  readonly saveTo?: string
}

/** Examples as they were read last; a thread's runs mostly have the same. */
let last: { readonly key: string; readonly parts: Promise<DataParts> } | null = null

/** The data of a configuration, read once for one run after the other. */
export function partsOf(config: TrainConfig, folder: string): Promise<DataParts> {
  const key = JSON.stringify([config.data, config.seed, folder])
  if (last?.key !== key) last = { key, parts: readData(config, folder) }
  return last.parts
}

/** Whether folds have the same shares of classes. */
export const isStratified = (data: Dataset, { stratified }: Folding): boolean =>
  stratified ?? (data.classes !== null && data.targetShape.length === 0)

/** What is trained on and what is left out. Folds are normalized by figures of what is trained on, so they are cut from the data as they were read. */
async function foldOf({ config, folder, folding, fold }: RunJob): Promise<{ data: DataParts; dispose(): void }> {
  const { folds, seed } = folding
  if (folds === 1) {
    const { train, validation } = await partsOf(config, folder)
    if (!validation)
      throw new UsageError(
        'search: folds: 1 needs a validation part. Try data.split: { validation: 0.2 }, or folds: 5.',
      )
    return { data: { train, validation }, dispose() {} }
  }
  const whole = (await partsOf({ ...config, data: { ...config.data, normalize: 'none' } }, folder)).train
  const data = kFold(whole, folds, { seed, stratified: isStratified(whole, folding) })[fold]!
  const kind = config.data.normalize ?? ('encoding' in whole || whole instanceof Subset && 'encoding' in whole.dataset ? 'standard' : 'none') // biome-ignore format: one line
  if (kind === 'none' || 'vocabulary' in whole) return { data, dispose() {} }
  const per = whole.inputShape.length === 3 ? 'channel' : 'feature'
  const normalization = await fitNormalization(data.train, { kind, per })
  return {
    data: { train: normalization.of(data.train), validation: normalization.of(data.validation) },
    dispose: () => normalization.dispose(),
  }
}

/** What is of a single run's files stays out of a search; the metric is measured. */
function plain({ output: _, checkpoints: __, ...config }: TrainConfig, metric: string): TrainConfig {
  const { metrics } = config
  return metric === 'loss' || metrics?.includes(metric) ? config : { ...config, metrics: [...(metrics ?? []), metric] }
}

/**
 * Trains and measures. A run whose loss is not finite, or whose settings do not fit together, has failed, and the search goes on.
 *
 * @throws InterruptedError when `signal` ends it; SystemError, FormatError where data or machine are at fault
 */
export async function evaluate(job: RunJob, signal?: AbortSignal): Promise<RunResult> {
  const { config, folder, metric, saveTo } = job
  const { data, dispose } = await foldOf(job)
  const start = performance.now()
  try {
    const report = await runTraining(plain(config, metric), {
      data,
      folder,
      signal,
      ...(saveTo === undefined
        ? {}
        : { onModel: (model) => checkpointFiles().then(({ save }) => save(saveTo, model.stateDict())) }),
    })
    if (report.outcome === 'interrupted') throw new InterruptedError()
    return resultOf(report, metric)
  } catch (error) {
    const isOwn = error instanceof NumericalError || (error instanceof UsageError && placeOfFault(error.cause) !== null)
    if (!isOwn) throw error
    const seconds = (performance.now() - start) / 1000
    return { figures: {}, parameters: 0, nonzeros: 0, epochs: 0, steps: 0, seconds, error: error.message }
  } finally {
    dispose()
  }
}

function resultOf(report: FitReport, metric: string): RunResult {
  const figures = report.final.validation ?? {}
  if (!(metric in figures))
    throw new UsageError(`search: there is no figure '${metric}'; expected one of ${Object.keys(figures).join(', ')}.`)
  const all = report.parametersAtEnd.map(({ shape, zeros }) => ({ size: shape.reduce((a, b) => a * b, 1), zeros }))
  const parameters = all.reduce((n, { size }) => n + size, 0)
  const value = figures[metric]!
  const stopped = report.outcome === 'alarm' ? report.history.alarms.at(-1) : undefined
  return {
    figures,
    parameters,
    nonzeros: parameters - all.reduce((n, { zeros }) => n + zeros, 0),
    epochs: report.epochs,
    steps: report.steps,
    seconds: report.seconds,
    error: stopped !== undefined ? `stopped by an alarm: ${stopped.message}` : Number.isNaN(value) ? `the ${metric} is NaN` : null, // biome-ignore format: one line
  }
}
