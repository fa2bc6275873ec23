/** Counts of examples by true class and told class. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { predicted } from './accuracy.js'
import type { Accumulator } from './metric.js'

/** Counts [classes, classes]: rows are true, columns told. */
export interface Confusion extends Accumulator {
  counts(): number[][]
}

/** Counts batch by batch. Throws UsageError for a class out of range. */
export function confusionMetric(classes: number): Confusion {
  const memory = new Float64Array(classes * classes)
  return {
    add(output: Tensor, target: Tensor): void {
      const told = predicted(output)
      const truth = target.toArray()
      for (let i = 0; i < told.length; i++) {
        const [row, column] = [truth[i]!, told[i]!]
        if (row < 0 || row >= classes || column >= classes)
          throw new UsageError(`confusion: class ${Math.max(row, column)}; expected 0 to ${classes - 1}.`)
        memory[row * classes + column]!++
      }
    },
    value: () => memory.reduce((a, b) => a + b, 0),
    state: () => Array.from(memory),
    restore: (state) => memory.set(state),
    counts: () =>
      Array.from({ length: classes }, (_, i) => Array.from(memory.subarray(i * classes, (i + 1) * classes))),
  }
}
