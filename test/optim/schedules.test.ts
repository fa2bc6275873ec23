import { describe, expect, test } from 'vitest'
import * as optim from '../../src/optim/index.node.js'
import { tensor } from '../../src/tensor/index.node.js'
import { oracle } from './material.js'

interface Table {
  readonly name: string
  readonly args: readonly unknown[]
  readonly options: object
  readonly rates: readonly (readonly number[])[]
  readonly momenta: readonly number[]
}
const { tables, figures, plateaus } = oracle<{
  tables: Table[]
  figures: (number | null)[]
  plateaus: { options: object; rates: number[][] }[]
}>('schedules')

const optimizerOf = (): optim.SGD => {
  const one = () => tensor([0], { requiresGrad: true })
  return new optim.SGD([['a', one()], ['b', one()]], { lr: 0.1, momentum: 0.9, groups: [{ only: 'a' }, { only: 'b', lr: 0.01 }] }) // biome-ignore format: one line
}

type Class = new (optimizer: optim.Optimizer, ...args: unknown[]) => optim.LRSchedule

function make(
  optimizer: optim.Optimizer,
  { name, args, options }: Pick<Table, 'name' | 'args' | 'options'>,
): optim.LRSchedule {
  const { StepLR, MultiStepLR, ExponentialLR, CosineAnnealingLR, CosineAnnealingWarmRestarts, LinearLR } = optim
  const { ConstantLR, PolynomialLR, OneCycleLR } = optim
  const plain = { StepLR, MultiStepLR, ExponentialLR, CosineAnnealingLR, CosineAnnealingWarmRestarts, LinearLR }
  const classes = { ...plain, ConstantLR, PolynomialLR, OneCycleLR } as unknown as Record<string, Class>
  if (name !== 'warmup') return new classes[name]!(optimizer, ...args, options)
  const [inner, innerArgs, steps] = args as [string, unknown[], number]
  return optim.warmup(new classes[inner]!(optimizer, ...innerArgs), steps)
}

const close = (a: readonly number[], b: readonly number[]): void => {
  for (const [i, one] of a.entries()) expect(Math.abs(one - b[i]!)).toBeLessThan(1e-12)
}

describe("rates are PyTorch's, step by step", () => {
  for (const table of tables) {
    const title = `${table.name} ${JSON.stringify([...table.args, table.options])}`
    test(title, () => {
      const optimizer = optimizerOf()
      const schedule = make(optimizer, table)
      for (const [t, rates] of table.rates.entries()) {
        close(rates, schedule.lastLr)
        expect(optimizer.paramGroups[0]!.momentum).toBeCloseTo(table.momenta[t]!, 12)
        if (t < 25) schedule.step()
      }
    })

    test(`${title} goes on from its state at every step`, () => {
      const first = make(optimizerOf(), table)
      for (let t = 0; t < 25; t++) {
        const optimizer = optimizerOf()
        const second = make(optimizer, table)
        second.loadStateDict(JSON.parse(JSON.stringify(first.stateDict())) as Record<string, unknown>)
        close(table.rates[t]!, second.lastLr)
        second.step()
        close(table.rates[t + 1]!, second.lastLr)
        first.step()
      }
    })
  }

  for (const { options, rates } of plateaus)
    test(`ReduceLROnPlateau ${JSON.stringify(options)}, saved and restored at every step`, () => {
      const optimizer = optimizerOf()
      let schedule = new optim.ReduceLROnPlateau(optimizer, options)
      for (const [t, expected] of rates.entries()) {
        schedule.step(figures[t] ?? Number.NaN)
        close(expected, schedule.lastLr)
        const state = JSON.parse(JSON.stringify(schedule.stateDict())) as Record<string, unknown>
        schedule = new optim.ReduceLROnPlateau(optimizer, options)
        schedule.loadStateDict(state)
      }
    })
})

describe('composition', () => {
  test('LambdaLR takes a function, or one for each group', () => {
    const optimizer = optimizerOf()
    const schedule = new optim.LambdaLR(optimizer, [(t) => 1 / (1 + t), (t) => 0.5 ** t])
    schedule.step()
    schedule.step()
    close(schedule.lastLr, [0.1 / 3, 0.0025])
  })

  test('warm-up before a plateau: the plateau counts from its start on, and goes on from its state', () => {
    const optimizer = optimizerOf()
    const build = (): optim.SequentialLR => optim.warmup(new optim.ReduceLROnPlateau(optimizer, { patience: 0 }), 2, { startFactor: 0.5 }) // biome-ignore format: one line
    let schedule = build()
    close(schedule.lastLr, [0.05, 0.005])
    const seen: number[] = []
    for (const figure of [9, 9, 1, 1, 1]) {
      schedule.step(figure)
      seen.push(schedule.lastLr[0]!)
      const state = JSON.parse(JSON.stringify(schedule.stateDict())) as Record<string, unknown>
      schedule = build()
      schedule.loadStateDict(state)
      expect(schedule.lastLr[0]).toBeCloseTo(seen.at(-1)!, 12)
    }
    close(seen, [0.075, 0.1, 0.1, 0.01, 0.001])
  })

  test('Adam: the cycle moves beta1, against the rate', () => {
    const optimizer = new optim.Adam([tensor([0], { requiresGrad: true })])
    const schedule = new optim.OneCycleLR(optimizer, 0.1, { totalSteps: 10 })
    expect(optimizer.paramGroups[0]!.betas).toEqual([0.95, 0.999])
    schedule.step()
    schedule.step()
    expect(optimizer.paramGroups[0]!.betas[0]).toBeCloseTo(0.85, 12)
    expect(optimizer.paramGroups[0]!.lr).toBeCloseTo(0.1, 12)
  })
})

describe('messages', () => {
  const o = optimizerOf()
  const cycle = new optim.OneCycleLR(optimizerOf(), 1, { totalSteps: 2 })
  cycle.step()
  test.each([
    [() => new optim.StepLR(o, 0), 'StepLR: stepSize 0; expected a whole number from 1 on.'],
    [() => new optim.StepLR(o, 5, { unit: 'batch' as never }), "StepLR: unit 'batch'; expected 'step' or 'epoch'."],
    [() => new optim.OneCycleLR(o, 1, {}), 'OneCycleLR: the number of steps is missing; expected totalSteps, or epochs and stepsPerEpoch.'],
    [() => cycle.step(), 'OneCycleLR: step 3 of a cycle of 2 steps. Try a larger totalSteps.'],
    [() => new optim.ReduceLROnPlateau(o).step(), 'ReduceLROnPlateau: step without a figure; expected step(validationLoss).'],
    [() => new optim.ReduceLROnPlateau(o, { factor: 1 }), 'ReduceLROnPlateau: factor 1; expected a number between 0 and 1.'],
    [() => new optim.StepLR(o, 5).loadStateDict(new optim.ExponentialLR(o, 1).stateDict()), 'StepLR: the state is one of ExponentialLR; expected one of StepLR.'],
    [() => new optim.StepLR(o, 5).loadStateDict({ name: 'StepLR' }), 'StepLR: the state is not whole; expected lastEpoch and baseLrs of 2 groups.'],
    [() => new optim.SequentialLR(o, [new optim.StepLR(o, 5)], [3]), 'SequentialLR: 1 schedules and 1 milestones; expected one milestone fewer than schedules.'],
    [() => new optim.SequentialLR(o, [new optim.StepLR(o, 5), new optim.StepLR(o, 5, { unit: 'step' })], [3]), 'SequentialLR: StepLR goes by step, the first by epoch; expected one unit.'],
  ])('%#', (fn, message) => expect(fn).toThrow(message)) // biome-ignore format: a table
})
