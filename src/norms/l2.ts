/** The Euclidean norm; of a matrix its Frobenius norm. */
import { norm, type Tensor } from '../tensor/index.js'
import { view } from '../tensor/internal.js'
import { scaleRows } from './rows.js'
import type { VectorRule } from './rule.js'

const lengths = (X: Tensor): Tensor => norm(X, { axis: 1 })

/** `l2`, its own dual. */
export const l2Rule: VectorRule & { readonly isNorm: true } = {
  name: 'l2',
  isConvex: true,
  isNorm: true,
  value: lengths,
  project: (X, radius) =>
    scaleRows(
      X,
      Array.from(view(lengths(X)), (length) => (length > radius ? [radius, length] : [1, 1])),
    ),
  prox: (X, t) =>
    scaleRows(
      X,
      Array.from(view(lengths(X)), (length) => (length > t ? [length - t, length] : [0, 1])),
    ),
  steepest: (X) =>
    scaleRows(
      X,
      Array.from(view(lengths(X)), (length) => (length > 0 ? [1, length] : [0, 1])),
    ),
  dual: () => l2Rule,
}
