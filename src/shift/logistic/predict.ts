/** Probabilities of a fitted logistic regression. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { matrixOf } from './problem.js'

/** [rows, classes] of x [rows, columns]. */
export function probabilitiesOf(
  x: Float64Array | Tensor,
  columns: number,
  classes: number,
  coefficients: Float64Array,
  intercepts: Float64Array,
): Float64Array {
  const size = x instanceof Float64Array ? x.length : x.size
  const rows = columns === 0 ? 1 : Math.floor(size / columns)
  if (rows * columns !== size)
    throw new UsageError(`predictProba: ${size} numbers; expected rows of ${columns} columns.`)
  const values = matrixOf('predictProba', x, rows, columns)
  const out = new Float64Array(rows * classes)
  const lines = intercepts.length
  const logits = new Float64Array(lines)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < lines; k++) {
      let sum = intercepts[k]!
      for (let j = 0; j < columns; j++) sum += coefficients[k * columns + j]! * values[i * columns + j]!
      logits[k] = sum
    }
    if (classes === 2) {
      const e = Math.exp(-Math.abs(logits[0]!))
      const [likely, unlikely] = [1 / (1 + e), e / (1 + e)]
      out[2 * i] = logits[0]! >= 0 ? unlikely : likely
      out[2 * i + 1] = logits[0]! >= 0 ? likely : unlikely
    } else softmaxInto(out, i * classes, logits)
  }
  return out
}

function softmaxInto(out: Float64Array, at: number, logits: Float64Array): void {
  let top = Number.NEGATIVE_INFINITY
  for (const one of logits) top = Math.max(top, one)
  let sum = 0
  for (let k = 0; k < logits.length; k++) {
    const e = Math.exp(logits[k]! - top)
    out[at + k] = e
    sum += e
  }
  for (let k = 0; k < logits.length; k++) out[at + k]! /= sum
}
