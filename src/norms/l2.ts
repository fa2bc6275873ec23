/** The Euclidean norm; of a matrix its Frobenius norm. */
import { norm, type Tensor } from '../tensor/index.js'
import { view } from '../tensor/internal.js'
import { scaleRows } from './rows.js'
import type { VectorRule } from './rule.js'

const lengths = (X: Tensor): Tensor => norm(X, { axis: 1 })

/** Rows times a / b, which depend on their lengths. */
const byLength = (X: Tensor, factor: (length: number) => readonly [number, number]): Tensor =>
  scaleRows(X, Array.from(view(lengths(X)), factor))

/** `l2`, its own dual. */
export const l2Rule: VectorRule & { readonly isNorm: true } = {
  name: 'l2',
  order: 2,
  isConvex: true,
  isNorm: true,
  value: lengths,
  project: (X, radius) => byLength(X, (length) => (length > radius ? [radius, length] : [1, 1])),
  prox: (X, t) => byLength(X, (length) => (length > t ? [length - t, length] : [0, 1])),
  steepest: (X) => byLength(X, (length) => (length > 0 ? [1, length] : [0, 1])),
  dual: () => l2Rule,
}
