/** Labels of classes: whole numbers from 0 on. */
import { plural, UsageError } from '../../core/index.js'

/** Names of the classes, `0`, `1`, ... where none are given. Throws UsageError for a label out of range. */
export function checkClasses(op: string, labels: ArrayLike<number>, names?: readonly string[]): readonly string[] {
  let largest = -1
  for (let i = 0; i < labels.length; i++) {
    const value = labels[i]!
    if (value < 0 || (names && value >= names.length))
      throw new UsageError(
        `${op}: the label of example ${i} is ${value}; expected 0 to ${names ? `${names.length - 1}, for ${plural(names.length, 'class', 'classes')}` : 'the number of classes - 1'}.`,
      )
    if (value > largest) largest = value
  }
  return names ?? Array.from({ length: largest + 1 }, (_, i) => String(i))
}

/** Examples of each class. */
export function classCounts(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]!++
  return counts
}
