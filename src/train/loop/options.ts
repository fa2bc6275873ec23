/** What `fit` takes. */
import { UsageError } from '../../core/index.js'
import type { Module } from '../../nn/index.js'
import type { Averaging, Constraint, GradientClip, Monitor, Optimizer, Penalty, Schedule } from '../../optim/index.js'
import type { Tensor } from '../../tensor/index.js'
import type { Augmentation } from '../data/augment.js'
import type { Metric } from '../metrics/metric.js'
import type { Dataset, Loader, LogRecord } from '../types.js'
import type { CheckpointStore } from './store.js'

/** The loss of a batch: the mean over its examples, one number. Data with weights need a `weightedLoss`. */
export type Loss = ((output: Tensor, target: Tensor) => Tensor) | Module<[Tensor, Tensor]>

// biome-ignore lint/suspicious/noExplicitAny: whatever options its groups have
export type AnyOptimizer = Optimizer<any>

export interface EvaluateOptions {
  loss?: Loss
  /** By name (`accuracy`, `top5`, `f1`, `auc`, `mse`, `r2`, ...) or made by hand. */
  metrics?: readonly (string | Metric)[]
  /** Examples at a time; 256 by default. */
  batchSize?: number
  signal?: AbortSignal | undefined
}

export interface EarlyStopping {
  /** Of the validation part where there is one: `loss` by default. */
  metric?: string
  /** Epochs without improvement before it stops; 5 by default. */
  patience?: number
  /** What counts as an improvement is larger than this; 0 by default. */
  minDelta?: number
  /** Goes back to the parameters of the best epoch in the end; true by default. */
  restoreBest?: boolean
}

export interface FitOptions {
  optimizer: AnyOptimizer
  loss: Loss
  /** Passes over the data; 1 where neither epochs nor steps are given. With both the first that is reached ends it. */
  epochs?: number
  steps?: number
  /** Examples of a batch; 32 by default. Not used with a loader. */
  batchSize?: number
  /** Batches whose gradients make one step; 1 by default. */
  accumulate?: number
  /** Each epoch in another order; true by default. */
  shuffle?: boolean
  dropLast?: boolean
  augment?: Augmentation | readonly Augmentation[]
  /** Same seed, same bits: shuffling, augmentation, and what layers draw from the generator of `manualSeed`. 0 by default. */
  seed?: number
  /** Measured after each epoch. */
  validation?: Dataset | null
  /** Measured once, in the end. */
  test?: Dataset | null
  metrics?: readonly (string | Metric)[]
  schedule?: Schedule | readonly Schedule[]
  penalties?: readonly Penalty[]
  constraints?: readonly Constraint[]
  clip?: GradientClip | readonly GradientClip[]
  monitor?: Monitor
  /** The rate is multiplied by this when an alarm rolls back; 0.5 by default. */
  rollbackFactor?: number
  averaging?: Averaging
  /** When loss or gradients are not finite: throw (the default), or leave the step out and count it. A clip has a policy of its own. */
  nonFinite?: 'error' | 'skip'
  earlyStopping?: EarlyStopping | false
  checkpoints?: CheckpointStore | null
  /** Goes on from the latest checkpoint of `checkpoints`, if there is one; false by default. */
  resume?: boolean
  /** Called with every record of the log, in order; may be asynchronous. */
  onRecord?: RecordListener | readonly RecordListener[]
  /** Ends the run after the step that it is at; a checkpoint is written. */
  signal?: AbortSignal | undefined
  /** A step record every so many steps; 1 by default. */
  logEvery?: number
  /** Goes into the log's first record and into checkpoints, as it is. */
  config?: unknown
}

/** `flush`, where it has one, is called before a checkpoint is written: then all that was told before it is safe. */
export type RecordListener = ((record: LogRecord) => void | Promise<void>) & { flush?: () => void }

const whole: readonly (keyof FitOptions)[] = ['epochs', 'steps', 'batchSize', 'accumulate', 'logEvery']

/** Throws UsageError for values that cannot be. */
export function checkFit(data: Dataset | Loader, options: FitOptions): void {
  for (const name of whole) {
    const value = options[name]
    if (value !== undefined && (!Number.isInteger(value) || (value as number) < 1))
      throw new UsageError(`fit: ${name} = ${String(value)}; expected a whole number of at least 1.`)
  }
  const { seed = 0 } = options
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new UsageError(`fit: seed = ${seed}; expected a whole number from 0 to 2^53 - 1.`)
  if (typeof options.optimizer?.step !== 'function')
    throw new UsageError('fit: there is no optimizer. Try { optimizer: new Adam(model.namedParameters()), loss, ... }.')
  if (typeof options.loss !== 'function' && typeof options.loss?.forward !== 'function')
    throw new UsageError('fit: there is no loss. Try { loss: crossEntropy, ... }.')
  if (options.resume && !options.checkpoints)
    throw new UsageError('fit: there are no checkpoints to resume from. Try { checkpoints: checkpointFolder(path), resume: true }.') // biome-ignore format: one sentence
  if ('next' in data && (options.augment || options.batchSize || options.shuffle !== undefined || options.dropLast))
    throw new UsageError('fit: a loader brings its batches; augment, batchSize, shuffle and dropLast are its options.')
}

/** One or several, as a list. */
export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T]
