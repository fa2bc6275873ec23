/** How many elements are not 0: sparsity itself. */
import { norm, type Tensor } from '../tensor/index.js'
import { copyOf, kernels } from '../tensor/internal.js'
import { hard, lengthOf } from './rows.js'
import type { VectorRule } from './rule.js'
import { selectLargest } from './select.js'

/** `l0`. */
export const l0Rule: VectorRule = {
  name: 'l0',
  isConvex: false,
  isNorm: false,
  value: (X) => norm(X, { axis: 1, ord: 0 }),
  project: (X, radius) => keepLargest(X, Math.floor(radius)),
  // sqrt(2) apart, so that 2 t does not overflow.
  prox: (X, t) => hard(X, Math.sqrt(2) * Math.sqrt(t)),
}

/** The k elements of each row that are largest in size. */
function keepLargest(X: Tensor, k: number): Tensor {
  const out = copyOf(X)
  const [n, type] = [lengthOf(X), X.dtype as 'f32' | 'f64']
  if (k >= n) return out
  const bytes = n * (type === 'f64' ? 8 : 4)
  for (let i = 0; i < X.shape[0]!; i++)
    selectLargest(kernels(), type, [{ pointer: out.pointer + i * bytes, length: n }], k)
  return out
}
