/** The sum of sizes and the largest of them, each other's dual. */
import { detach, mul, noGrad, norm, reshape, sign, type Tensor } from '../tensor/index.js'
import { record } from '../tensor/internal.js'
import { clip, firstLargest, projectSum, soft } from './rows.js'
import type { VectorRule } from './rule.js'

/** `l1`. */
export const l1Rule: VectorRule & { readonly isNorm: true } = {
  name: 'l1',
  order: 1,
  entrywise: { l1: 1, l2: 0 },
  isConvex: true,
  isNorm: true,
  value: (X) => norm(X, { axis: 1, ord: 1 }),
  project: projectSum,
  prox: soft,
  steepest: firstLargest,
  dual: () => linfRule,
}

/** `linf`. */
export const linfRule: VectorRule & { readonly isNorm: true } = {
  name: 'linf',
  order: Infinity,
  isConvex: true,
  isNorm: true,
  value: largest,
  project: clip,
  steepest: sign,
  dual: () => l1Rule,
}

/** Gradient: the sign at the first of the largest, 0 elsewhere and where all are 0. */
function largest(X: Tensor): Tensor {
  const out = norm(detach(X), { axis: 1, ord: Infinity })
  return record(out, 'linf', [X], [X], (g, [x]) => [
    mul(
      reshape(g, [x!.shape[0]!, 1]),
      noGrad(() => firstLargest(detach(x!))),
    ),
  ])
}
