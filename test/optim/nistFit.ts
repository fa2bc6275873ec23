/** Levenberg-Marquardt on a set of NIST's. */
import { levenbergMarquardt } from '../../src/optim/index.node.js'
import { scope, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { digits, models, type NistSet, responseOf } from './nist.js'

const f64 = { dtype: 'f64' } as const

/** Right digits of parameters, standard errors and the sum of squares, from one of the two starts. */
export function fitNist(set: NistSet, start: 0 | 1) {
  return scope(() => {
    const x = set.x.map((column) => tensor(column, f64))
    const y = tensor(responseOf(set), f64)
    const b = set.starts[start].map((value) => tensor(value, f64))
    const fit = levenbergMarquardt((p: readonly Tensor[]) => models[set.name]!(p, x).sub(y), b, { check: false })
    const numbers = (list: readonly Tensor[] | null): number[] => (list ?? []).map((one) => one.item())
    return {
      parameters: digits(numbers(fit.x), set.certified),
      deviations: fit.standardErrors === null ? 0 : digits(numbers(fit.standardErrors), set.deviations),
      sumOfSquares: digits([2 * fit.value], [set.sumOfSquares]),
      outcome: fit.outcome,
      iterations: fit.iterations,
      evaluations: fit.evaluations,
      history: fit.history,
    }
  })
}
