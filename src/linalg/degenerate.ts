/**
 * Derivatives of eigenvectors and singular vectors where values are repeated. The vectors of a repeated value can be turned within their space,
 * so they have no derivative; values themselves, and vectors of other values, do. Quotients by gaps are therefore set to zero where the loss
 * does not look at either vector, and otherwise an error says so: never NaN in silence.
 */
import { NumericalError } from '../core/index.js'
import { empty, epsilon, type Real, type Tensor, together, view } from './support.js'

/** A derivative that does not exist where it is asked for. */
export class NotDifferentiable extends NumericalError {
  override name = 'NumericalError'
  constructor(message: string) {
    super('not-differentiable', message)
  }
}

/** Which columns of each matrix of a gradient [.., m, k] are not all zero: k flags for each. */
export function usedColumns(g: Tensor): boolean[][] {
  const [m, k] = [g.shape.at(-2)!, g.shape.at(-1)!]
  const from = together(g)
  const values = view(from)
  const count = m * k === 0 ? 0 : from.size / (m * k)
  return Array.from({ length: count }, (_, b) => {
    const used = new Array<boolean>(k).fill(false)
    for (let i = 0; i < m; i++) for (let j = 0; j < k; j++) if (values[(b * m + i) * k + j] !== 0) used[j] = true
    return used
  })
}

/**
 * [.., k, k] with ones where values i and j (any order) can be told apart, zeros elsewhere and on the diagonal. Throws NotDifferentiable when they
 * cannot and a vector of theirs is used.
 */
export function apart(op: string, values: Tensor, used: readonly boolean[][], rows: number): Tensor {
  const k = values.shape.at(-1)!
  const from = view(together(values))
  const out = empty(values.dtype, [...values.shape, k])
  const mask = view(out)
  for (const [b, flags] of used.entries()) {
    const own = from.subarray(b * k, (b + 1) * k)
    const tolerance = rows * epsilon[values.dtype as Real] * Math.max(0, ...Array.from(own, Math.abs))
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) {
        const differs = i !== j && Math.abs(own[i]! - own[j]!) > tolerance
        mask[(b * k + i) * k + j] = differs ? 1 : 0
        if (i < j && !differs && (flags[i] || flags[j]))
          throw new NotDifferentiable(
            `${op}: values ${i} and ${j} are equal (${own[i]} and ${own[j]}), so their vectors have no derivative. Try a loss of the values alone, or of the vectors of other values.`,
          )
      }
  }
  return out
}
