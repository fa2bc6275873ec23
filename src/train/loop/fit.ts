/** The loop that trains. */
import { plural, turns, version } from '../../core/index.js'
import type { Module } from '../../nn/index.js'
import { backend, countNonzero, noGrad, norm } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { confusion } from '../metrics/classes.js'
import type { Batch, Dataset, Figures, FitReport, Loader, Outcome } from '../types.js'
import { measured } from './evaluate.js'
import { checkFit, type FitOptions, listOf } from './options.js'
import { Rollback } from './rollback.js'
import { Run } from './run.js'
import { rateOf, trainStep } from './step.js'
import { copyDict, disposeState } from './store.js'

/** More classes than this have no table in the report. */
const mostClasses = 100

/**
 * Trains a model. A step is: forward, loss and penalties, backward (over `accumulate` batches), clipping, the optimizer, proximal steps,
 * constraints, schedules, averaging. After each epoch the validation part is measured; then come schedules that count epochs, early stopping,
 * and a checkpoint. The same seed gives the same bits, also across an interruption and `resume`. Modes of the model's parts (`train`, `eval`) are
 * the caller's. With `averaging` it is the averages that are measured, and that the model has in the end.
 *
 * Throws UsageError for options that cannot be, NumericalError for a loss that is not finite (see `nonFinite`), SystemError where a checkpoint
 * or the log cannot be written.
 *
 * @example
 * const model = new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10))
 * const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 })
 * const report = await fit(model, train, { optimizer, loss: crossEntropy, epochs: 10, batchSize: 128, validation, metrics: ['accuracy'] })
 */
export async function fit(model: Module, data: Dataset | Loader, options: FitOptions): Promise<FitReport> {
  checkFit(data, options)
  const run = new Run(model, data, options)
  const rollback = options.monitor?.action === 'rollback' ? new Rollback(run) : null
  try {
    const isResumed = options.resume === true && (await resume(run))
    await start(run, isResumed)
    const outcome = await loop(run, rollback)
    return await finish(run, outcome)
  } finally {
    rollback?.dispose()
    run.close()
  }
}

async function resume(run: Run): Promise<boolean> {
  const state = await run.options.checkpoints!.latest()
  if (state === null) return false
  try {
    run.restore(state)
    return true
  } finally {
    disposeState(state)
  }
}

async function start(run: Run, isResumed: boolean): Promise<void> {
  const { options, model, loader } = run
  let parameters = 0
  for (const value of model.parameters()) parameters += value.size
  await run.emit({
    type: 'start',
    version,
    time: new Date().toISOString(),
    seed: run.seed,
    parameters,
    examples: {
      train: loader.dataset.length,
      validation: options.validation?.length ?? null,
      test: options.test?.length ?? null,
    },
    steps: run.totalSteps,
    epochs: Math.ceil(run.totalSteps / run.stepsPerEpoch),
    backend: backend().name,
    config: options.config ?? null,
    from: isResumed ? run.step : 0,
  })
}

async function loop(run: Run, rollback: Rollback | null): Promise<Outcome> {
  const { options, loader, parts } = run
  const { accumulate = 1, logEvery = 1, signal, checkpoints } = options
  const pause = turns()
  const clock = new Clock(run)
  for (;;) {
    if (run.isPending) {
      const ended = await endEpoch(run)
      if (ended !== null) return ended
      clock.skip()
    }
    if (run.isOver) return 'done'
    if (signal?.aborted) return 'interrupted'
    const count = Math.min(accumulate, loader.batchesPerEpoch - run.inEpoch * accumulate)
    const batches: Batch[] = []
    let result: ReturnType<typeof trainStep>
    try {
      for (let i = 0; i < count; i++) batches.push(await loader.next())
      rollback?.remember()
      result = trainStep(parts, run.step + 1, batches)
    } finally {
      for (const { input, target } of batches) {
        input.dispose()
        target.dispose()
      }
    }
    const lr = rateOf(parts.optimizer)
    run.account(result)
    clock.tick()
    if (run.step % logEvery === 0 || run.isOver)
      await run.emit({
        type: 'step',
        step: run.step,
        epoch: run.epoch + 1,
        loss: result.dataLoss + result.penalty,
        dataLoss: result.dataLoss,
        penalty: result.penalty,
        lr,
        gradNorm: result.clipped?.norm ?? null,
        clipped: result.clipped?.clipped ?? false,
        skipped: result.skipped,
        rate: clock.rate(),
      })
    if (result.stability !== null) await run.emit({ type: 'layers', ...result.stability })
    const action = options.monitor?.action ?? 'none'
    for (const alarm of result.alarms) await run.emit({ type: 'alarm', ...alarm, action })
    if (result.alarms.length > 0 && action === 'stop') return 'alarm'
    if (result.alarms.length > 0 && action === 'rollback' && !rollback!.goBack()) return 'alarm'
    if (checkpoints?.every !== undefined && run.step % checkpoints.every === 0 && !run.isPending && !run.isOver)
      await save(run, false)
    await pause()
  }
}

/** Examples per second, and the time that steps have taken. */
class Clock {
  #last = performance.now()
  #told = performance.now()
  #examples: number

  constructor(readonly run: Run) {
    this.#examples = run.examples
  }

  tick(): void {
    const now = performance.now()
    this.run.seconds += (now - this.#last) / 1000
    this.#last = now
  }

  /** Leaves out the time since the last tick. */
  skip(): void {
    const now = performance.now()
    this.#told += now - this.#last
    this.#last = now
  }

  rate(): number {
    const { run } = this
    const rate = (1000 * (run.examples - this.#examples)) / Math.max(1e-3, this.#last - this.#told)
    this.#examples = run.examples
    this.#told = this.#last
    return rate
  }
}

/** Measures, tells and closes an epoch. What ends the run, or null. */
async function endEpoch(run: Run): Promise<Outcome | null> {
  const { options } = run
  const train = run.trainFigures()
  let validation: Figures | null = null
  if (options.validation) {
    const found = await withAverages(run, () => measuredOrNull(run, options.validation!))
    // It is measured when the run goes on.
    if (found === null) return 'interrupted'
    validation = found.figures
    run.confusion = found.confusion
    run.confusionOf = run.epoch + 1
  }
  const record = {
    type: 'epoch',
    epoch: run.epoch + 1,
    step: run.step,
    train,
    validation,
    seconds: run.seconds,
  } as const
  run.nextEpoch()
  const isBest = run.judge(record)
  await run.emit(record)
  run.rates.step('epoch', (validation ?? train)[run.best?.metric ?? 'loss'])
  const { earlyStopping, checkpoints } = options
  if (isBest && earlyStopping && (earlyStopping.restoreBest ?? true))
    await withAverages(run, async () => run.keepBest())
  const isDue = checkpoints?.every === undefined || run.step % checkpoints.every === 0
  if (checkpoints && (isDue || isBest) && !run.isOver) await save(run, isBest)
  if (earlyStopping && run.waited >= (earlyStopping.patience ?? 5)) return 'early-stopped'
  return null
}

/** Figures of a data set; null where the run was interrupted meanwhile. */
async function measuredOrNull(run: Run, data: Dataset): Promise<Measured | null> {
  const { loss, signal, batchSize } = run.options
  const table =
    data.classes && data.targetShape.length === 0 && data.classes.length <= mostClasses
      ? confusion(data.classes.length)
      : null
  try {
    const options = { loss, metrics: run.metrics, signal, batchSize: Math.max(256, batchSize ?? 32) }
    const { figures } = await measured(run.model, data, options, table ? [table] : [])
    return { figures, confusion: table && { classes: data.classes!, counts: table.counts() } }
  } catch (error) {
    if (signal?.aborted) return null
    throw error
  }
}

interface Measured {
  readonly figures: Figures
  readonly confusion: FitReport['confusion']
}

/** With the averages in the place of the parameters, where there are any. */
async function withAverages<T>(run: Run, fn: () => Promise<T>): Promise<T> {
  const averages = run.options.averaging?.averages() ?? null
  if (averages === null) return fn()
  const state = copyDict(run.model.stateDict())
  run.model.loadStateDict(averages, { strict: false })
  try {
    return await fn()
  } finally {
    run.model.loadStateDict(state)
    state.dispose()
  }
}

/** Writes a checkpoint and says so. */
async function save(run: Run, isBest: boolean): Promise<void> {
  const { checkpoints } = run.options
  if (!checkpoints) return
  const state = run.capture()
  for (const listener of listOf(run.options.onRecord)) listener.flush?.()
  const best = isBest ? await withAverages(run, async () => copyDict(run.model.stateDict())) : null
  try {
    const file = await checkpoints.save(state, best)
    run.savedAt = run.step
    await run.emit({ type: 'checkpoint', step: run.step, file, best: isBest })
  } finally {
    state.tensors.dispose()
    best?.dispose()
  }
}

/** Saves, leaves the model as it is to be used, measures it, and sums up. */
async function finish(run: Run, outcome: Outcome): Promise<FitReport> {
  const { options, model } = run
  const last = run.lastEpoch
  const closed = last?.step === run.step ? last : null
  if (run.savedAt !== run.step) await save(run, closed !== null && run.best?.epoch === last?.epoch)
  const isEnded = outcome === 'done' || outcome === 'early-stopped'
  const averages = options.averaging?.averages() ?? null
  if (isEnded && run.bestModel !== null) model.loadStateDict(run.bestModel)
  else if (isEnded && averages !== null) model.loadStateDict(averages, { strict: false })

  const told = isEnded && run.bestModel !== null ? run.history.epochs.findLast(({ epoch }) => epoch === run.best?.epoch) : (closed ?? null) // biome-ignore format: one line
  const measure = async (data: Dataset | null | undefined): Promise<Measured | null> =>
    data && isEnded ? measuredOrNull(run, data) : null
  const validation = told?.validation && run.confusionOf === told.epoch ? { figures: told.validation, confusion: run.confusion } : await measure(options.validation) // biome-ignore format: one line
  const test = await measure(options.test)
  const final = {
    train: told?.train ?? (run.sums[0]! > 0 ? run.trainFigures() : (last?.train ?? {})),
    validation: validation?.figures ?? told?.validation ?? last?.validation ?? null,
    test: test?.figures ?? null,
  }
  await run.emit({ type: 'end', step: run.step, outcome, final, seconds: run.seconds })
  const { counts: _, ...history } = run.history.value()
  return {
    outcome,
    steps: run.step,
    epochs: run.epoch,
    parameters: [...model.parameters()].reduce((n, { size }) => n + size, 0),
    seconds: run.seconds,
    examplesPerSecond: run.examples / Math.max(1e-9, run.seconds),
    final,
    best: run.best,
    history,
    confusion: test?.confusion ?? validation?.confusion ?? run.confusion,
    parametersAtEnd: parametersAtEnd(model),
    warnings: warningsOf(run),
  }
}

function parametersAtEnd(model: Module): FitReport['parametersAtEnd'] {
  return noGrad(() =>
    tidy(() =>
      [...model.namedParameters()].map(([name, value]) => ({
        name,
        shape: value.shape,
        zeros: value.size - countNonzero(value).item(),
        l2: norm(value).item(),
      })),
    ),
  )
}

function warningsOf(run: Run): string[] {
  const warnings: string[] = []
  if (run.skipped > 0)
    warnings.push(`${plural(run.skipped, 'step')} of ${run.step} changed nothing, because loss or gradients were not finite or an alarm was raised.`) // biome-ignore format: one sentence
  if (run.rollbacks > 0)
    warnings.push(`It went back to an earlier state ${plural(run.rollbacks, 'time')}; rates are now ${run.rates.scale} of what was asked for.`) // biome-ignore format: one sentence
  return warnings
}
