/** The schedule as a configuration names it. */
import * as optim from '../../optim/index.js'
import { fault, within } from './fault.js'
import type { TrainConfig } from './types.js'

/** How long the run is: what a schedule that is to end with it needs. */
export interface Length {
  readonly steps: number
  readonly stepsPerEpoch: number
}

type Given = Readonly<Record<string, unknown>>
type ScheduleClass = new (optimizer: unknown, ...args: unknown[]) => optim.Schedule

/** Arguments of the constructors before their options. */
const firstArguments: Readonly<Record<string, readonly string[]>> = {
  StepLR: ['stepSize'],
  MultiStepLR: ['milestones'],
  ExponentialLR: ['gamma'],
  CosineAnnealingLR: ['tMax'],
  CosineAnnealingWarmRestarts: ['t0'],
  OneCycleLR: ['maxLr'],
}
/** Counts that are the whole run where they are left out. */
const wholeRun: Readonly<Record<string, string>> = {
  CosineAnnealingLR: 'tMax',
  OneCycleLR: 'totalSteps',
  LinearLR: 'totalIters',
  PolynomialLR: 'totalIters',
}

/**
 * The schedule; null for none. Counts are of epochs, of OneCycleLR of steps, unless `unit` says otherwise; those of schedules that fall once to the
 * end are the whole run where they are left out.
 */
export function buildSchedule(
  config: TrainConfig['schedule'],
  optimizer: unknown,
  { steps, stepsPerEpoch }: Length,
): optim.Schedule | null {
  if (config === undefined) return null
  const { name, warmup = 0, unit = name === 'OneCycleLR' ? 'step' : 'epoch', ...given } = config as { name: string; warmup?: number; unit?: 'step' | 'epoch' } & Given // biome-ignore format: one line
  const library = optim as unknown as Readonly<Record<string, ScheduleClass | undefined>>
  const type = library[name]
  if (type === undefined) throw fault(['schedule', 'name'], `${name} is not there.`)
  const total = unit === 'step' ? steps : Math.ceil(steps / stepsPerEpoch)
  const whole = wholeRun[name]
  const options: Record<string, unknown> = { ...given }
  if (whole !== undefined) options[whole] ??= Math.max(1, total - warmup)
  const args = (firstArguments[name] ?? []).map((key) => {
    const value = options[key]
    if (value === undefined) throw fault(['schedule'], `${name} needs ${key}.`)
    delete options[key]
    return value
  })
  return within(['schedule'], () => {
    const schedule = new type(optimizer, ...args, { ...options, unit })
    if (warmup === 0) return schedule
    const apply = library['warmup'] as unknown as (schedule: optim.Schedule, steps: number) => optim.Schedule
    return apply(schedule, warmup)
  })
}
