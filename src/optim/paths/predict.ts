/** What a path's models say about examples. */
import { UsageError } from '../../core/index.js'
import { add, matmul, type Tensor, tensor } from '../../tensor/index.js'
import { checkTensor, describe, tidy } from '../../tensor/internal.js'
import type { Path } from './types.js'

/**
 * X w + b for one place of `lambdas`: [n], or [n, outputs] where there are more (for `softmax` the logits). f64.
 *
 * @example
 * predictPath(path, X, path.lambdas.length - 1)
 */
export function predictPath(path: Path, X: Tensor, at: number): Tensor {
  checkTensor('predictPath', X)
  const { features, outputs, lambdas } = path
  if (X.rank !== 2 || X.shape[1] !== features)
    throw new UsageError(`predictPath: X is ${describe(X)}; expected [examples, ${features}].`)
  const [w, b] = [path.coefficients[at], path.intercepts[at]]
  if (w === undefined || b === undefined)
    throw new UsageError(`predictPath: place ${at}; the path has ${lambdas.length} lambdas, from 0 on.`)
  return tidy(() => {
    const W = tensor([...w], { dtype: 'f64' })
    const B = tensor([...b], { dtype: 'f64' })
    return outputs === 1 ? add(matmul(X, W), B) : add(matmul(X, W.reshape([features, outputs])), B)
  })
}
