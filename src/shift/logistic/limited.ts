/** L-BFGS for logistic regressions of many unknowns: the loss as tensors, its products by the system's library. */
import { binaryCrossEntropyWithLogits, crossEntropy } from '../../nn/index.js'
import { lbfgs } from '../../optim/index.js'
import { matmul, mul, permute, reshape, square, sum, type Tensor, tensor, zeros } from '../../tensor/index.js'
import { tidy, together, view } from '../../tensor/internal.js'
import type { LogisticOutcome, Solution } from '../logistic.js'
import type { Problem } from './problem.js'

export function limitedMemory(problem: Problem, tol: number, maxIterations: number): Solution {
  const { n, p, logits, weightSum } = problem
  return tidy(() => {
    const f64 = { dtype: 'f64' } as const
    const x = reshape(tensor(problem.x, f64), [n, p])
    const weights = tensor(problem.weights, f64)
    const half = tensor(
      problem.ridge.map((one) => one / 2),
      f64,
    )
    const labels = logits === 1 ? tensor(Float64Array.from(problem.y), f64) : tensor(problem.y, { dtype: 'i32' })
    const scores = (theta: Tensor): Tensor => matmul(x, permute(theta, [1, 0]))
    const dataLoss = (theta: Tensor): Tensor => {
      const losses =
        logits === 1
          ? binaryCrossEntropyWithLogits(reshape(scores(theta), [n]), labels, { reduction: 'none' })
          : crossEntropy(scores(theta), labels, { reduction: 'none' })
      return sum(mul(losses, weights))
    }
    const found = lbfgs(
      (theta: Tensor) => dataLoss(theta).add(sum(mul(square(theta), half))),
      zeros([logits, p], f64),
      {
        gtol: tol,
        rtol: 0,
        maxIterations,
        historySize: 20,
        check: false,
      },
    )
    const penalized = problem.ridge.some((one) => one > 0)
    const separated = !penalized && marginOf(problem, view(together(scores(found.x))) as Float64Array) > 0
    return {
      theta: (view(together(found.x)) as Float64Array).slice(),
      logLikelihood: -weightSum * dataLoss(found.x).item(),
      iterations: found.iterations,
      gradientNorm: found.gradientNorm,
      outcome: separated ? 'separable' : outcomeOf(found.outcome, found.gradientNorm, tol),
    }
  })
}

/** Rounding may end the descent a little above `tol`. */
function outcomeOf(outcome: string, gradientNorm: number, tol: number): LogisticOutcome {
  if (outcome === 'iteration-limit') return 'iteration-limit'
  return gradientNorm <= Math.max(tol, 1e-8) ? 'converged' : 'stalled'
}

/** By how much the right class leads in the row where it leads by least. */
function marginOf({ n, y, weights, logits }: Problem, scores: Float64Array): number {
  let margin = Number.POSITIVE_INFINITY
  for (let i = 0; i < n; i++) {
    if (weights[i] === 0) continue
    const row = logits === 1 ? Float64Array.of(0, scores[i]!) : scores.subarray(i * logits, (i + 1) * logits)
    const rival = row.reduce((top, one, k) => (k === y[i] ? top : Math.max(top, one)), Number.NEGATIVE_INFINITY)
    margin = Math.min(margin, row[y[i]!]! - rival)
  }
  return margin
}
