/** The sum of sizes and the largest of them, each other's dual. */
import { clamp, detach, mul, noGrad, norm, reshape, sign, sub, type Tensor } from '../tensor/index.js'
import { copyOf, record, view } from '../tensor/internal.js'
import { firstLargest } from './rows.js'
import type { VectorRule } from './rule.js'

/** `l1`. */
export const l1Rule: VectorRule & { readonly isNorm: true } = {
  name: 'l1',
  isConvex: true,
  isNorm: true,
  value: (X) => norm(X, { axis: 1, ord: 1 }),
  project: (X, radius) => projectBall(X, radius),
  prox: (X, t) => sub(X, clamp(X, -t, t)),
  steepest: firstLargest,
  dual: () => linfRule,
}

/** `linf`. */
export const linfRule: VectorRule & { readonly isNorm: true } = {
  name: 'linf',
  isConvex: true,
  isNorm: true,
  value: largest,
  project: (X, radius) => clamp(X, -radius, radius),
  steepest: (X) => sign(X),
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

/** Each row shrunk by the threshold that brings it to the radius. */
function projectBall(X: Tensor, radius: number): Tensor {
  const out = copyOf(X)
  const n = X.shape[1]!
  const all = view(out) as Float32Array | Float64Array
  for (let start = 0; start < all.length; start += n) {
    const row = all.subarray(start, start + n)
    const threshold = thresholdOf(row, radius)
    if (threshold > 0)
      for (let i = 0; i < n; i++) row[i] = Math.sign(row[i]!) * Math.max(0, Math.abs(row[i]!) - threshold)
  }
  return out
}

/** The threshold above which sizes exceed it by `radius` in sum, or 0 when they sum to less: Michelot's shrinking candidates. */
function thresholdOf(row: Float32Array | Float64Array, radius: number): number {
  let candidates = Float64Array.from(row, Math.abs)
  let sum = candidates.reduce((a, b) => a + b, 0)
  if (sum <= radius) return 0
  for (;;) {
    const threshold = (sum - radius) / candidates.length
    const above = candidates.filter((size) => size > threshold)
    if (above.length === candidates.length || above.length === 0) return threshold
    candidates = above
    sum = candidates.reduce((a, b) => a + b, 0)
  }
}
