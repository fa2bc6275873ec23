/** Outputs of a classifier as rows of scores. */
import { UsageError } from '../../core/index.js'
import { permute, type Tensor } from '../../tensor/index.js'
import { describe, tidy } from '../../tensor/internal.js'

export interface Scores {
  /** Row by row, one score a class; one alone is the second class's against nothing (a logit). */
  readonly values: ArrayLike<number>
  readonly rows: number
  readonly classes: number
  readonly truth: ArrayLike<number>
}

/**
 * Scores and true classes. Targets [..] of outputs [.., classes], of [n, classes, ..] as PyTorch's losses have them, or of [..] or [.., 1]: one
 * logit each.
 */
export function scoresOf(op: string, output: Tensor, target: Tensor): Scores {
  const truth = target.toArray()
  const rows = target.size
  if (output.shape[0] !== target.shape[0] && !(output.rank === 0 && target.rank === 0)) throw misfit(op, output, target)
  if (output.size === rows) return { values: output.toArray(), rows, classes: 1, truth }
  const isSame = (shape: readonly number[]): boolean =>
    shape.length === target.rank && shape.every((length, i) => length === target.shape[i])
  const { shape, rank } = output
  if (isSame(shape.slice(0, -1))) return { values: output.toArray(), rows, classes: shape.at(-1)!, truth }
  if (rank < 2 || !isSame(shape.toSpliced(1, 1))) throw misfit(op, output, target)
  const order = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1]
  return { values: tidy(() => permute(output, order).toArray()), rows, classes: shape[1]!, truth }
}

const misfit = (op: string, output: Tensor, target: Tensor): UsageError =>
  new UsageError(
    `${op}: outputs ${describe(output)} for targets ${describe(target)}; expected one more axis, of classes.`,
  )

/** The class with the largest score, the lower on ties; of a single logit, whether it is above 0. */
export function toldClasses({ values, rows, classes }: Scores): Int32Array {
  const told = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    if (classes === 1) {
      told[row] = values[row]! > 0 ? 1 : 0
      continue
    }
    let best = 0
    const from = row * classes
    for (let i = 1; i < classes; i++) if (values[from + i]! > values[from + best]!) best = i
    told[row] = best
  }
  return told
}

/** Of each row the logarithms of its softmax; of a single logit those of its sigmoid, for classes 0 and 1. */
export function logProbabilities({ values, rows, classes }: Scores): Float64Array {
  const width = Math.max(2, classes)
  const out = new Float64Array(rows * width)
  for (let row = 0; row < rows; row++) {
    const at = (i: number): number => (classes === 1 ? (i === 0 ? 0 : values[row]!) : values[row * classes + i]!)
    let largest = -Infinity
    for (let i = 0; i < width; i++) largest = Math.max(largest, at(i))
    let sum = 0
    for (let i = 0; i < width; i++) sum += Math.exp(at(i) - largest)
    const shift = largest + Math.log(sum)
    for (let i = 0; i < width; i++) out[row * width + i] = at(i) - shift
  }
  return out
}
