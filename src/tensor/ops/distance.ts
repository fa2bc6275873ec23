/** Distances between rows. */
import { UsageError } from '../../core/index.js'
import { record } from '../autograd/tape.js'
import { typeCode } from '../dtype.js'
import { kernels } from '../runtime.js'
import { tidy } from '../scope.js'
import { broadcastShapes, count } from '../shape.js'
import { describe, empty, type Tensor } from '../tensor.js'
import { div, mul, sub } from './arithmetic.js'
import { broadcastTo, sum } from './broadcast.js'
import { contiguous, to } from './cast.js'
import { eq } from './compare.js'
import { matmul } from './matmul.js'
import { norm } from './norm.js'
import { checkTensor, commonType } from './raw.js'
import { isTracked } from './reduce.js'
import { where } from './select.js'
import { transpose, unsqueeze } from './views.js'

export interface CdistOptions {
  /** 2 by default; from 1 on, also Infinity. */
  p?: number
}

/**
 * Distances of every row of a from every row of b in the p-norm: [.., m, d] and [.., n, d] -> [.., m, n]; axes before the last two broadcast.
 * Differences are taken before they are squared, so near rows lose no digits. d = 0 gives zeros.
 *
 * Gradient: of the norm of each difference; 0 where rows are equal. Throws UsageError for rows of different length.
 */
export function cdist(a: Tensor, b: Tensor, options: CdistOptions = {}): Tensor {
  checkTensor('cdist', a)
  checkTensor('cdist', b)
  const { p = 2 } = options
  if (!(p >= 1)) throw new UsageError(`cdist: p = ${p}; expected a number from 1 on, or Infinity.`)
  if (a.rank < 2 || b.rank < 2 || a.shape.at(-1) !== b.shape.at(-1))
    throw new UsageError(
      `cdist: ${describe(a)} and ${describe(b)}; expected rows of equal length. Try unsqueeze() for a single row.`,
    )
  const type = commonType(a, b, true)
  const batch = broadcastShapes('cdist', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const [first, second] = [
    [...batch, ...a.shape.slice(-2)],
    [...batch, ...b.shape.slice(-2)],
  ]
  const isReady = (x: Tensor, shape: readonly number[]): boolean =>
    x.dtype === type && x.isContiguous && x.rank === shape.length
  if (!isReady(a, first) || !isReady(b, second) || count(first) !== a.size || count(second) !== b.size)
    return tidy(() =>
      cdist(contiguous(broadcastTo(to(a, type), first)), contiguous(broadcastTo(to(b, type), second)), { p }),
    )
  // Other norms take their gradient from the differences themselves.
  if (p !== 2 && (isTracked(a) || isTracked(b)))
    return tidy(() => norm(sub(unsqueeze(a, -2), unsqueeze(b, -3)), { ord: p, axis: -1 }))
  const [m, d, n] = [a.shape.at(-2)!, a.shape.at(-1)!, b.shape.at(-2)!]
  const out = empty(type, [...batch, m, n])
  kernels().array.cdist(typeCode[type], p, count(batch), m, n, d, a.pointer, b.pointer, out.pointer)
  return record(out, 'cdist', [a, b], [a, b, out], (g, [x, y, distance], needs) => {
    // d/dx_i = sum_j w_ij (x_i - y_j) with w = g / distance.
    const isEqual = eq(distance!, 0)
    const w = where(isEqual, 0, div(g, where(isEqual, 1, distance!)))
    const total = (axis: number): Tensor => sum(w, { axis, keepDims: true })
    return [
      needs[0] ? sub(mul(x!, total(-1)), matmul(w, y!)) : null,
      needs[1] ? sub(mul(y!, transpose(total(-2))), matmul(transpose(w), x!)) : null,
    ]
  })
}
