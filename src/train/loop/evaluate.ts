/** Loss and metrics of a model on a data set, without training it. */
import { InterruptedError, turns } from '../../core/index.js'
import type { AnyModule, Module } from '../../nn/index.js'
import { noGrad } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { DataLoader } from '../dataLoader.js'
import { metricsOf } from '../metrics/byName.js'
import type { Accumulator } from '../metrics/metric.js'
import type { Dataset, Figures } from '../types.js'
import type { EvaluateOptions } from './options.js'
import { lossOf } from './step.js'
import { massOf } from './weighted.js'

/**
 * Loss (the mean over examples, weighted where they have weights) and metrics (never weighted) over all examples, batch by batch, with the model in `eval` mode and without gradients; each part of
 * the model is put back into the mode it was in.
 *
 * Throws InterruptedError when `signal` is aborted.
 *
 * @example
 * const { loss, accuracy } = await evaluate(model, test, { loss: crossEntropy, metrics: ['accuracy'] })
 */
export async function evaluate(model: Module, data: Dataset, options: EvaluateOptions = {}): Promise<Figures> {
  return (await measured(model, data, options, [])).figures
}

/** `evaluate`, with accumulators of the caller's beside the metrics. */
export async function measured(
  model: Module,
  data: Dataset,
  options: EvaluateOptions,
  more: readonly Accumulator[],
): Promise<{ figures: Figures }> {
  const { batchSize = 256, signal } = options
  const metrics = metricsOf('evaluate', options.metrics ?? [])
  const named = metrics.map((metric) => [metric.name, metric.start()] as const)
  const loss = options.loss && lossOf(options.loss)
  const modes = [...(model as unknown as AnyModule).modules()].map((one) => [one, one.training] as const)
  const loader = new DataLoader(data, { batchSize, prefetch: 2 })
  const pause = turns()
  let total = 0
  let n = 0
  model.eval()
  try {
    for (let i = 0; i < loader.batchesPerEpoch; i++) {
      const batch = await loader.next()
      const { input, target } = batch
      const mass = massOf(batch)
      try {
        noGrad(() =>
          tidy(() => {
            const output = model.forward(input)
            if (loss) total += mass * loss(output, batch).item()
            for (const [, metric] of named) metric.add(output, target)
            for (const metric of more) metric.add(output, target)
          }),
        )
      } finally {
        input.dispose()
        target.dispose()
      }
      n += mass
      await pause()
      if (signal?.aborted) throw new InterruptedError()
    }
  } finally {
    loader.close()
    for (const [one, mode] of modes) one.training = mode
  }
  const figures: Record<string, number> = loss ? { loss: total / n } : {}
  for (const [name, metric] of named) figures[name] = metric.value()
  return { figures }
}
