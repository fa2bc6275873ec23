/** Accuracy. */
import { argmax, type Tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { type Metric, sums } from './metric.js'

/** Classes told by scores [n, classes]: the largest, the lower class on ties. */
export function predicted(output: Tensor): Int32Array {
  return tidy(() => Int32Array.from(argmax(output, { axis: -1 }).toArray()))
}

/** Share of examples whose class is told rightly. */
export function accuracyMetric(): Metric {
  return {
    name: 'accuracy',
    better: 'higher',
    isSmall: true,
    start: () =>
      sums(
        2,
        (memory, output, target) => {
          const told = predicted(output)
          const truth = target.toArray()
          for (let i = 0; i < told.length; i++) if (told[i] === truth[i]) memory[0] = memory[0]! + 1
          memory[1] = memory[1]! + told.length
        },
        (memory) => memory[0]! / memory[1]!,
      ),
  }
}
