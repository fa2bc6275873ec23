/** One step: gradients of the loss over its batches, then everything that moves parameters, in a fixed order. */
import { NumericalError, UsageError } from '../../core/index.js'
import { type Alarm, accumulate, type Clipped, type NamedParameter, type StabilityRecord } from '../../optim/index.js'
import { enableGrad, type Generator, mul, noGrad, type Tensor } from '../../tensor/index.js'
import { kernels, tidy, together, typeCode, withGenerator } from '../../tensor/internal.js'
import type { Accumulator } from '../metrics/metric.js'
import type { Batch } from '../types.js'
import { type AnyOptimizer, type FitOptions, type Loss, listOf } from './options.js'
import type { Rates } from './rates.js'
import { massOf, type WeightedLoss } from './weighted.js'

/** What steps work with. */
export interface Parts {
  readonly forward: (input: Tensor) => Tensor
  /** Those that are trained. */
  readonly parameters: readonly NamedParameter[]
  readonly optimizer: AnyOptimizer
  readonly rates: Rates
  readonly loss: BatchLoss
  /** Mean weight of the examples that are trained on; 1 where all count alike. */
  readonly meanWeight: number
  readonly options: FitOptions
  /** Stands in for the generator of `manualSeed` during a step. */
  readonly generator: Generator
  /** Measured on the batches that are trained on. */
  readonly metrics: readonly Accumulator[]
}

export interface StepResult {
  readonly dataLoss: number
  readonly penalty: number
  readonly examples: number
  readonly clipped: Clipped | null
  /** Parameters were left as they are. */
  readonly skipped: boolean
  readonly alarms: readonly Alarm[]
  readonly stability: StabilityRecord | null
}

/** The loss of a batch, given the batch for its targets and weights. */
export type BatchLoss = (output: Tensor, batch: Batch) => Tensor

/** The loss as a function. It throws UsageError for a batch with weights where it does not take them. */
export const lossOf =
  (loss: Loss): BatchLoss =>
  (output, { target, weight }) => {
    if (weight !== undefined) {
      if ('takesWeights' in loss) return (loss as WeightedLoss)(output, target, weight)
      throw new UsageError('fit: the data has weights, which this loss does not take. Try loss: weightedLoss(crossEntropy).') // biome-ignore format: one line
    }
    return typeof loss === 'function' ? loss(output, target) : loss.forward(output, target)
  }

/**
 * Makes step `step` (from 1 on) with the gradients of `batches` together: forward, data loss and penalties, backward; monitor, clipping, the
 * optimizer, proximal steps, constraints, schedules, averaging. Leaves no tensor behind.
 *
 * Throws NumericalError where loss or gradients are not finite and the policy is `error`.
 */
export function trainStep(parts: Parts, step: number, batches: readonly Batch[]): StepResult {
  return withGenerator(parts.generator, () => enableGrad(() => tidy(() => inScope(parts, step, batches))))
}

function inScope(parts: Parts, step: number, batches: readonly Batch[]): StepResult {
  const { optimizer, options, generator } = parts
  const { monitor } = options
  const rate = rateOf(optimizer)
  const drawn = generator.state
  monitor?.beginStep(step)
  const first = gradients(parts, batches, true)
  const { data: dataLoss, penalty, total } = first
  const examples = batches.reduce((n, { input }) => n + input.shape[0]!, 0)
  const after = generator.state
  const again = (): Tensor => {
    generator.state = drawn
    return parts.loss(parts.forward(batches[0]!.input), batches[0]!)
  }
  const alarms = monitor?.afterBackward(step, dataLoss + penalty, { examples, again, isAlone: isAlone(options) }) ?? []
  generator.state = after
  const result = { dataLoss, penalty, examples, clipped: null, skipped: true, alarms, stability: null }
  try {
    if (alarms.length > 0 && monitor!.action !== 'none') return result
    const clipped = clip(parts)
    const stays = clipped?.nonFinite != null || isNonFinite(parts, step, dataLoss + penalty, rate)
    if (stays) return { ...result, clipped }
    if (optimizer.needsClosure) {
      let evaluations = 0
      optimizer.step(() => {
        // The first evaluation is where the parameters still are.
        if (evaluations++ === 0) return total
        generator.state = drawn
        const again = gradients(parts, batches, false)
        clip(parts)
        return again.total
      })
    } else optimizer.step()
    for (const one of options.penalties ?? [])
      if (one.mode === 'prox') one.step((parameter) => optimizer.rateOf(parameter))
    for (const constraint of options.constraints ?? []) constraint.apply(step)
    const noticed = monitor?.afterStep(step, rate)
    options.averaging?.update(step)
    const all = [...alarms, ...(noticed?.alarms ?? [])]
    return { ...result, clipped, skipped: false, alarms: all, stability: noticed?.record ?? null }
  } finally {
    optimizer.zeroGrad()
    // Also where it is left out, so that a schedule ends with the run.
    parts.rates.step('step')
  }
}

/** Whether nothing but the optimizer moves parameters. */
const isAlone = ({ constraints = [], penalties = [] }: FitOptions): boolean => constraints.length === 0 && penalties.every(({ mode }) => mode === 'loss') // biome-ignore format: one line

/** Gradients of the mean loss over all examples of the batches, and of the penalties. */
function gradients(
  parts: Parts,
  batches: readonly Batch[],
  isFirst: boolean,
): { data: number; penalty: number; total: Tensor } {
  const { optimizer, options } = parts
  optimizer.zeroGrad()
  const all = batches.reduce((n, { input }) => n + input.shape[0]!, 0)
  let data = 0
  let penalty = 0
  let total: Tensor | null = null
  for (const batch of batches) {
    // What one batch makes is freed before the next.
    const part = tidy(() => {
      const output = parts.forward(batch.input)
      const loss = parts.loss(output, batch)
      if (isFirst && parts.metrics.length > 0)
        noGrad(() => tidy(() => parts.metrics.forEach((metric) => void metric.add(output, batch.target)))) // biome-ignore format: one line
      // With weights: sum(w loss) / (examples x the mean weight of all), so that steps add up to the weighted mean over the data.
      const share = batch.weight ? massOf(batch) / parts.meanWeight / all : batch.input.shape[0]! / all
      const sum = share === 1 ? loss : mul(loss, share)
      data += share * loss.item()
      sum.backward()
      if (isFirst && batches.length > 1) options.monitor?.afterMicrobatch?.(batch.input.shape[0]!)
      return sum.detach()
    })
    total = total === null ? part : total.add(part)
  }
  const penalties = options.penalties ?? []
  for (const one of penalties) if (one.mode === 'prox') penalty += noGrad(() => tidy(() => one.value().item()))
  const inLoss = penalties.filter(({ mode }) => mode === 'loss')
  if (inLoss.length > 0) {
    const value = accumulate(inLoss)
    penalty += value
    total = total!.add(value)
  }
  return { data, penalty, total: total! }
}

/** Clips, one after the other; what the last found, with what any of them changed. */
function clip({ options, parameters }: Parts): Clipped | null {
  let found: Clipped | null = null
  for (const one of listOf(options.clip)) {
    const clipped: Clipped = one.apply(parameters)
    // The norm before anything was done.
    found =
      found === null
        ? clipped
        : {
            norm: found.norm,
            scale: found.scale === null || clipped.scale === null ? null : found.scale * clipped.scale,
            clipped: found.clipped || clipped.clipped,
            nonFinite: found.nonFinite ?? clipped.nonFinite,
          }
    if (clipped.nonFinite !== null) break
  }
  return found
}

function isNonFinite({ options, parameters }: Parts, step: number, loss: number, rate: number): boolean {
  const { nonFinite = 'error' } = options
  if (!Number.isFinite(loss)) {
    if (nonFinite === 'skip') return true
    throw new NumericalError(
      'not-finite',
      `fit: the loss is ${loss} at step ${step}, with rate ${rate}. Try a smaller rate, clip, or nonFinite: 'skip'.`,
    )
  }
  if (nonFinite !== 'skip' || options.clip !== undefined) return false
  return parameters.some(({ value: { grad } }) => grad !== null && !allFinite(grad))
}

const allFinite = (x: Tensor): boolean =>
  tidy(() => kernels().array.firstNonfinite(typeCode[x.dtype], x.size, together(x).pointer) < 0)

/** The rate to show: of the first group. */
export const rateOf = (optimizer: AnyOptimizer): number => optimizer.paramGroups[0]!.lr
