import { describe, expect, it } from 'vitest'
import { crossEntropy, Linear, mseLoss, ReLU, Sequential } from '../../src/nn/index.node.js'
import { Adam, type Alarm, LBFGS, type Monitor, type Schedule, SGD } from '../../src/optim/index.node.js'
import { Generator, memory, randn, tensor } from '../../src/tensor/index.node.js'
import { type Dataset, evaluate, type FitOptions, fit, type LogRecord, MemoryCheckpoints, TensorDataset } from '../../src/train/index.node.js' // biome-ignore format: one line

const problem = (n = 24): TensorDataset => {
  const generator = new Generator(3)
  const x = randn([n, 3], { generator })
  return new TensorDataset(x, x.matmul(tensor([[1], [-2], [0.5]])))
}
const network = (): Sequential => {
  const generator = new Generator(4)
  return new Sequential(new Linear(3, 5, { generator }), new ReLU(), new Linear(5, 1, { generator }))
}
const weights = (model: Sequential): number[] => [...model.parameters()].flatMap((x) => Array.from(x.toArray()))
async function trained(options: Partial<FitOptions>, data: Dataset = problem()) {
  const model = network()
  const records: LogRecord[] = []
  const optimizer = options.optimizer ?? new Adam(model.namedParameters(), { lr: 0.01 })
  const report = await fit(model, data, { optimizer, loss: mseLoss, seed: 2, onRecord: (record) => void records.push(record), ...options }) // biome-ignore format: one line
  return { model, report, records, bits: weights(model) }
}

describe('a step', () => {
  it('of k batches of b is one of a batch of k b', async () => {
    const model = [network(), network()] as const
    for (const [i, options] of [{ batchSize: 4, accumulate: 3 }, { batchSize: 12 }].entries()) {
      const optimizer = new SGD(model[i]!.namedParameters(), { lr: 0.1 })
      await fit(model[i]!, problem(20), { optimizer, loss: mseLoss, epochs: 4, seed: 2, ...options })
    }
    const [a, b] = model.map(weights) as [number[], number[]]
    for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i]!, 5)
  })

  it('leaves no tensor behind, whatever takes part', async () => {
    const model = network()
    const data = problem()
    const optimizer = new Adam(model.namedParameters(), { lr: 0.01 })
    const options = { optimizer, loss: mseLoss, batchSize: 4, accumulate: 2, metrics: ['r2', 'mse'], validation: data }
    await fit(model, data, { ...options, steps: 3 })
    const counts: number[] = []
    await fit(model, data, { ...options, epochs: 20, onRecord: () => void counts.push(memory().tensors) })
    expect(new Set(counts).size).toBe(1)
  })

  it('is computed again by optimizers that need it', async () => {
    const model = network()
    const optimizer = new LBFGS(model.namedParameters(), { lineSearchFn: 'strong_wolfe' })
    const report = await fit(model, problem(), { optimizer, loss: mseLoss, batchSize: 24, steps: 15 })
    expect(report.history.steps.at(-1)!.loss).toBeLessThan(0.01 * report.history.steps[0]!.loss)
  })
})

describe('a run', () => {
  it('tells what happened, in order', async () => {
    const data = problem()
    const { report, records } = await trained({ epochs: 2, batchSize: 8, validation: data, test: data, metrics: ['r2'], config: { a: 1 } }) // biome-ignore format: one line
    expect(records.map(({ type }) => type)).toEqual(['start', 'step', 'step', 'step', 'epoch', 'step', 'step', 'step', 'epoch', 'end']) // biome-ignore format: one line
    expect(records[0]).toMatchObject({ seed: 2, parameters: 26, steps: 6, epochs: 2, examples: { train: 24, validation: 24, test: 24 }, config: { a: 1 }, from: 0 }) // biome-ignore format: one line
    expect(records[1]).toMatchObject({ step: 1, epoch: 1, lr: 0.01, penalty: 0, clipped: false, skipped: false, gradNorm: null }) // biome-ignore format: one line
    expect(report).toMatchObject({ outcome: 'done', steps: 6, epochs: 2, confusion: null, warnings: [] })
    expect(report.final.test).toEqual(report.final.validation)
    expect(report.final.validation).toHaveProperty('r2')
    expect(report.parametersAtEnd.map(({ name }) => name)).toEqual(['0.weight', '0.bias', '2.weight', '2.bias'])
  })

  it('early stopping ends it, with the best parameters', async () => {
    const data = problem()
    // A rate that grows until it diverges.
    const model = network()
    const optimizer = new SGD(model.namedParameters(), { lr: 0.05 })
    const grow = (): void => {
      optimizer.paramGroups[0]!.lr *= 1.5
    }
    const schedule: Schedule = { unit: 'epoch', lastLr: [], step: grow, stateDict: () => ({}), loadStateDict: () => {} } // biome-ignore format: one line
    const report = await fit(model, data, { optimizer, loss: mseLoss, epochs: 100, batchSize: 8, validation: data, schedule, earlyStopping: { patience: 3 } }) // biome-ignore format: one line
    expect(report.outcome).toBe('early-stopped')
    expect(report.epochs).toBe(report.best!.epoch + 3)
    const { loss } = await evaluate(model, data, { loss: mseLoss })
    expect(loss).toBeCloseTo(report.best!.value, 5)
    expect(report.final.validation!['loss']).toBe(report.best!.value)
    expect(Math.min(...report.history.epochs.map(({ validation }) => validation!['loss']!))).toBe(report.best!.value)
  })

  it('goes on from memory as from a file', async () => {
    const whole = await trained({ epochs: 3, batchSize: 8 })
    const checkpoints = new MemoryCheckpoints({ every: 1 })
    const controller = new AbortController()
    await trained({ epochs: 3, batchSize: 8, checkpoints, signal: controller.signal, onRecord: (record) => void (record.type === 'step' && record.step === 4 && controller.abort()) }) // biome-ignore format: one line
    const { report, bits } = await trained({ epochs: 3, batchSize: 8, checkpoints, resume: true })
    expect(report.steps).toBe(9)
    expect(bits).toEqual(whole.bits)
    await expect(trained({ epochs: 3, checkpoints, resume: true, seed: 9 })).rejects.toThrow('fit: the checkpoint was made with seed 2, this run has 9; it could not go on as it began.') // biome-ignore format: one line
  })

  it('counts classes', async () => {
    const x = randn([30, 2], { generator: new Generator(1) })
    const labels = Int32Array.from(x.toArray().filter((_, i) => i % 2 === 0), (value) => Number(value > 0)) // biome-ignore format: one line
    const data = new TensorDataset(x, tensor(labels), { classes: ['no', 'yes'] })
    const model = new Sequential(new Linear(2, 2, { generator: new Generator(2) }))
    const optimizer = new Adam(model.namedParameters(), { lr: 0.1 })
    const report = await fit(model, data, { optimizer, loss: crossEntropy, epochs: 30, batchSize: 10, validation: data, metrics: ['accuracy', 'auc'] }) // biome-ignore format: one line
    expect(report.confusion!.classes).toEqual(['no', 'yes'])
    expect(report.confusion!.counts.flat().reduce((a, b) => a + b)).toBe(30)
    const right = report.confusion!.counts[0]![0]! + report.confusion!.counts[1]![1]!
    expect(report.final.validation!['accuracy']).toBeCloseTo(right / 30, 12)
    expect(report.final.validation!['auc']).toBeGreaterThan(0.95)
  })
})

describe('what goes wrong', () => {
  /** Alarms at these steps. */
  const bell = (action: Monitor['action'], at: (step: number) => boolean): Monitor => ({
    action,
    beginStep() {},
    afterBackward: (step): Alarm[] => (at(step) ? [{ step, code: 'loss-spike', layer: null, message: 'a spike.' }] : []), // biome-ignore format: one line
    afterStep: () => ({ record: null, alarms: [] }),
    dispose() {},
  })
  const poisoned = (): Dataset => {
    const data = problem(8)
    return new TensorDataset(data.input, tensor(Float32Array.from(data.target.toArray(), (y, i) => (i === 5 ? Number.NaN : y)), { shape: [8, 1] })) // biome-ignore format: one line
  }

  it('a loss that is not finite is an error, or the step is left out and counted', async () => {
    await expect(trained({ batchSize: 8 }, poisoned())).rejects.toThrow("fit: the loss is NaN at step 1, with rate 0.01. Try a smaller rate, clip, or nonFinite: 'skip'.") // biome-ignore format: one line
    const { report, bits } = await trained({ batchSize: 1, epochs: 1, nonFinite: 'skip' }, poisoned())
    expect(report.history.steps.filter(({ skipped }) => skipped)).toHaveLength(1)
    expect(report.final.train['skipped']).toBe(1)
    expect(report.warnings).toEqual(['1 step of 8 changed nothing, because loss or gradients were not finite or an alarm was raised.']) // biome-ignore format: one line
    expect(bits.every(Number.isFinite)).toBe(true)
  })

  it('an alarm is told, stops the run, or rolls it back with a smaller rate', async () => {
    const told = await trained({ epochs: 2, batchSize: 8, monitor: bell('none', (step) => step === 2) })
    expect([told.report.outcome, told.report.history.alarms.length]).toEqual(['done', 1])
    const stopped = await trained({ epochs: 2, batchSize: 8, monitor: bell('stop', (step) => step === 2) })
    expect([stopped.report.outcome, stopped.report.steps]).toEqual(['alarm', 2])
    const back = await trained({ epochs: 2, batchSize: 8, monitor: bell('rollback', (step) => step === 4) })
    expect(back.report.outcome).toBe('done')
    expect(back.report.history.steps.map(({ lr }) => lr)).toEqual([0.01, 0.01, 0.01, 0.01, 0.005, 0.005])
    expect(back.report.warnings.at(-1)).toBe('It went back to an earlier state 1 time; rates are now 0.5 of what was asked for.') // biome-ignore format: one line
    const always = await trained({ epochs: 20, batchSize: 8, monitor: bell('rollback', (step) => step > 3) })
    expect(always.report.outcome).toBe('alarm')
  })

  it.each<[string, Partial<FitOptions>, string]>([
    ['epochs', { epochs: 0 }, 'fit: epochs = 0; expected a whole number of at least 1.'],
    ['a loss', { loss: undefined as never }, 'fit: there is no loss. Try { loss: crossEntropy, ... }.'],
    ['checkpoints', { resume: true }, 'fit: there are no checkpoints to resume from.'],
    ['a metric', { metrics: ['f2'] }, "fit: there is no metric 'f2'; expected"],
    ['a figure', { earlyStopping: { metric: 'auc' } }, "fit: there is no figure 'auc' to judge by; expected loss."],
  ])('%s that cannot be is told', async (_, options, message) => {
    await expect(trained(options)).rejects.toThrow(message)
  })

  it('a long step list lets others have a turn', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 5)
    await trained({ steps: 1500, batchSize: 8 })
    clearInterval(timer)
    expect(turns).toBeGreaterThan(1)
  })
})
