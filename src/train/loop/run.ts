/** The state of a run: all that a step changes beside the parameters, and how it becomes data and is restored from it. */
import { inert, UsageError } from '../../core/index.js'
import type { Module } from '../../nn/index.js'
import { Generator, StateDict, type Tensor } from '../../tensor/index.js'
import { DataLoader } from '../dataLoader.js'
import { metricsOf } from '../metrics/byName.js'
import type { Accumulator, Metric } from '../metrics/metric.js'
import { generatorFor } from '../seeds.js'
import type { Dataset, EpochRecord, Figures, FitReport, Loader, LogRecord } from '../types.js'
import { History } from './history.js'
import { type FitOptions, listOf } from './options.js'
import { Rates } from './rates.js'
import { lossOf, type Parts, type StepResult } from './step.js'
import { copyDict, type Progress, type TrainingState } from './store.js'
import { meanWeight } from './weighted.js'

/** Prefixes of tensors that are saved beside the model's. */
const optimizerPrefix = 'optimizer.'
const averagingPrefix = 'averaging.'
const bestPrefix = 'best.'

export class Run {
  readonly loader: Loader
  readonly #ownsLoader: boolean
  readonly parts: Parts
  readonly rates: Rates
  readonly metrics: readonly Metric[]
  readonly history = new History()
  readonly stepsPerEpoch: number
  readonly totalSteps: number
  readonly generators: ReadonlyMap<string, Generator>
  step = 0
  /** Epochs that are complete. */
  epoch = 0
  inEpoch = 0
  isPending = false
  /** Over this epoch: examples, loss, data loss, penalty, each weighted by examples; steps left out. */
  sums: number[] = [0, 0, 0, 0, 0]
  best: Progress['best'] = null
  bestModel: StateDict | null = null
  waited = 0
  rollbacks = 0
  /** Steps that left the parameters as they were. */
  skipped = 0
  /** Of the last validation, and the epoch it is of. */
  confusion: FitReport['confusion'] = null
  confusionOf = 0
  savedAt = -1
  examples = 0
  seconds = 0

  constructor(
    readonly model: Module,
    data: Dataset | Loader,
    readonly options: FitOptions,
  ) {
    const { seed = 0, batchSize = 32, shuffle = true, dropLast = false, augment, optimizer } = options
    this.#ownsLoader = !('next' in data)
    this.loader =
      'next' in data
        ? data
        : new DataLoader(data, { batchSize, shuffle, dropLast, seed, ...(augment === undefined ? {} : { augment }) })
    const { accumulate = 1, steps, epochs = steps === undefined ? 1 : Infinity } = options
    this.stepsPerEpoch = Math.ceil(this.loader.batchesPerEpoch / accumulate)
    this.totalSteps = Math.min(steps ?? Infinity, epochs * this.stepsPerEpoch)
    this.rates = new Rates(optimizer, listOf(options.schedule))
    this.metrics = metricsOf('fit', options.metrics ?? [])
    const running = this.metrics.filter(({ isSmall }) => isSmall)
    const own = generatorFor(seed, 3)
    this.generators = new Map([['', own], ...generatorsOf(model)])
    this.parts = {
      forward: (input) => model.forward(input),
      parameters: optimizer.parameters.filter(({ value }) => value.requiresGrad),
      optimizer,
      rates: this.rates,
      loss: lossOf(options.loss),
      meanWeight: meanWeight(this.loader.dataset),
      options,
      generator: own,
      metrics: running.map((metric) => metric.start()),
    }
    if (this.parts.parameters.length === 0)
      throw new UsageError('fit: all parameters are frozen. Try model.unfreeze().')
  }

  get seed(): number {
    return this.options.seed ?? 0
  }

  get isOver(): boolean {
    return this.step >= this.totalSteps
  }

  /** Counts a step in. */
  account(result: StepResult): void {
    this.step++
    this.inEpoch++
    this.examples += result.examples
    const { sums } = this
    if (result.skipped) {
      this.skipped++
      sums[4]!++
    } else {
      sums[0]! += result.examples
      sums[1]! += result.examples * (result.dataLoss + result.penalty)
      sums[2]! += result.examples * result.dataLoss
      sums[3]! += result.examples * result.penalty
    }
    this.isPending = this.inEpoch === this.stepsPerEpoch
  }

  /** Figures of this epoch's batches as they were trained on. */
  trainFigures(): Figures {
    const [n, loss, data, penalty, skipped] = this.sums as [number, number, number, number, number]
    const figures: Record<string, number> = { loss: loss / n }
    if ((this.options.penalties ?? []).length > 0) Object.assign(figures, { dataLoss: data / n, penalty: penalty / n })
    if (skipped > 0) figures['skipped'] = skipped
    let i = 0
    for (const { name, isSmall } of this.metrics) if (isSmall) figures[name] = this.parts.metrics[i++]!.value()
    return figures
  }

  /** Closes the epoch that was told by `record`. */
  nextEpoch(): void {
    this.epoch++
    this.inEpoch = 0
    this.isPending = false
    this.sums = [0, 0, 0, 0, 0]
    const fresh = this.metrics.filter(({ isSmall }) => isSmall)
    for (const [i, metric] of fresh.entries()) this.#restart(i, metric.start())
  }

  #restart(i: number, metric: Accumulator): void {
    ;(this.parts.metrics as Accumulator[])[i] = metric
  }

  /** Whether the figures are the best so far, by the metric that decides. */
  judge(figures: { train: Figures; validation: Figures | null }): boolean {
    const { earlyStopping, checkpoints } = this.options
    const stopping = earlyStopping || null
    const metric = stopping?.metric ?? checkpoints?.best ?? 'loss'
    const value = figures.validation?.[metric] ?? figures.train[metric]
    if (value === undefined)
      throw new UsageError(
        `fit: there is no figure '${inert(metric)}' to judge by; expected ${Object.keys(figures.validation ?? figures.train).join(', ')}.`,
      )
    const sign = (this.metrics.find(({ name }) => name === metric)?.better ?? 'lower') === 'lower' ? 1 : -1
    const isBetter =
      this.best === null ? !Number.isNaN(value) : sign * (this.best.value - value) > (stopping?.minDelta ?? 0)
    if (isBetter) {
      this.best = { epoch: this.epoch, metric, value }
      this.waited = 0
    } else this.waited++
    return isBetter
  }

  /** Remembers the model as it is. */
  keepBest(): void {
    this.bestModel?.dispose()
    this.bestModel = copyDict(this.model.stateDict())
  }

  // ---- as data

  /** The state; `tensors` are the caller's, the model's are the model's own. */
  capture(): TrainingState {
    const { optimizer, options } = this
    const tensors = new StateDict()
    const memory = optimizer.stateDict()
    for (const [name, value] of memory.tensors) tensors.set(optimizerPrefix + name, value.keep())
    const averaging = options.averaging?.stateDict() ?? null
    if (averaging) for (const [name, value] of averaging.tensors) tensors.set(averagingPrefix + name, value.keep())
    if (this.bestModel) for (const [name, value] of copyDict(this.bestModel)) tensors.set(bestPrefix + name, value)
    return {
      model: this.model.stateDict(),
      tensors,
      progress: {
        step: this.step,
        epoch: this.epoch,
        inEpoch: this.inEpoch,
        isPending: this.isPending,
        seed: this.seed,
        loader: this.loader.state(),
        generators: Object.fromEntries([...this.generators].map(([name, { state }]) => [name, state])),
        optimizer: { numbers: memory.numbers, groups: memory.groups },
        averaging: averaging?.numbers ?? null,
        schedules: this.rates.schedules.map((schedule) => schedule.stateDict()),
        clips: listOf(options.clip).map((clip) => clip.state?.() ?? null),
        monitor: options.monitor?.state?.() ?? null,
        rateScale: this.rates.scale,
        sums: [...this.sums],
        metrics: this.parts.metrics.map((metric) => metric.state()),
        best: this.best,
        waited: this.waited,
        rollbacks: this.rollbacks,
        skipped: this.skipped,
        history: this.history.value(),
        examples: this.examples,
        seconds: this.seconds,
        config: options.config ?? null,
      },
    }
  }

  /** Goes on from a state. Throws UsageError where it belongs to another run. */
  restore({ model, tensors, progress }: TrainingState): void {
    const { options } = this
    if (progress.seed !== this.seed)
      throw new UsageError(
        `fit: the checkpoint was made with seed ${progress.seed}, this run has ${this.seed}; it could not go on as it began.`,
      )
    const same = (what: string, then: number, now: number): void => {
      if (then !== now)
        throw new UsageError(
          `fit: the checkpoint has ${then} ${what}, this run ${now}; it could not go on as it began.`,
        )
    }
    same('schedules', progress.schedules.length, this.rates.schedules.length)
    same('ways to clip', progress.clips.length, listOf(options.clip).length)
    same('metrics', progress.metrics.length, this.parts.metrics.length)
    this.model.loadStateDict(model)
    this.restoreOptimizer(tensors, progress.optimizer)
    if (options.averaging && progress.averaging)
      options.averaging.loadStateDict({ tensors: part(tensors, averagingPrefix), numbers: progress.averaging })
    const best = part(tensors, bestPrefix)
    this.bestModel = best.size > 0 ? copyDict(best) : null
    for (const [i, state] of progress.schedules.entries()) this.rates.schedules[i]!.loadStateDict(state)
    for (const [i, group] of progress.optimizer.groups.entries())
      this.optimizer.paramGroups[i]!.lr = group.options['lr'] as number
    for (const [i, state] of progress.clips.entries()) if (state) listOf(options.clip)[i]!.restore?.(state)
    if (progress.monitor !== null) options.monitor?.restore?.(progress.monitor)
    for (const [i, state] of progress.metrics.entries()) this.parts.metrics[i]!.restore(state)
    for (const [name, state] of Object.entries(progress.generators)) {
      const generator = this.generators.get(name)
      if (generator) generator.state = state
    }
    this.rates.scale = progress.rateScale
    this.loader.restore(progress.loader)
    this.history.restore(progress.history)
    this.sums = [...progress.sums]
    const { step, epoch, inEpoch, isPending, waited, rollbacks, skipped, examples, seconds } = progress
    Object.assign(this, { step, epoch, inEpoch, isPending, waited, rollbacks, skipped, examples, seconds })
    this.best = progress.best
    this.savedAt = isPending ? -1 : step
  }

  restoreOptimizer(tensors: ReadonlyMap<string, Tensor>, state: Progress['optimizer']): void {
    this.optimizer.loadStateDict({ tensors: part(tensors, optimizerPrefix), ...state })
  }

  get optimizer(): FitOptions['optimizer'] {
    return this.options.optimizer
  }

  /** The last epoch's record. */
  get lastEpoch(): EpochRecord | undefined {
    return this.history.epochs.at(-1)
  }

  async emit(record: LogRecord): Promise<void> {
    this.history.add(record)
    for (const listener of listOf(this.options.onRecord)) {
      const waiting = listener(record)
      if (waiting instanceof Promise) await waiting
    }
  }

  close(): void {
    if (this.#ownsLoader) this.loader.close()
    this.bestModel?.dispose()
  }
}

/** The tensors whose names begin so, without the beginning. They stay the caller's. */
function part(tensors: ReadonlyMap<string, Tensor>, prefix: string): StateDict {
  const dict = new StateDict()
  for (const [name, value] of tensors) if (name.startsWith(prefix)) dict.set(name.slice(prefix.length), value)
  return dict
}

/** Generators that layers have of their own, by the layer's path and the field. */
function* generatorsOf(model: Module): Iterable<[string, Generator]> {
  for (const [path, module] of model.namedModules())
    for (const [field, value] of Object.entries(module))
      if (value instanceof Generator) yield [`${path}.${field}`, value]
}
