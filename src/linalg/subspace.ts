/** Subspaces given by columns: angles between them, projections onto them, coordinates in them. */
import { acos, asin, concat, flip, matmul, slice, sub, transpose } from '../tensor/index.js'
import { checkRight } from './apply.js'
import { lstsq } from './lstsq.js'
import { orth, type Tolerance } from './rank.js'
import { solve } from './solve.js'
import { asReal, commonReal, describe, oneMatrix, type Tensor, tidy, UsageError, view } from './support.js'
import { outside, svd, svdvals } from './svd.js'

/**
 * Angles between the ranges of A and B, descending, in radians [min(rank A, rank B)]; accurate for small angles, too.
 *
 * Shapes: A [m, n], B [m, p]. Source: Knyazev & Argentati 2002: arcsine of the part of B outside A's range where the cosine is near 1.
 */
export function subspaceAngles(A: Tensor, B: Tensor): Tensor {
  return tidy(() => {
    const [X, Y] = [asReal('subspaceAngles', A), asReal('subspaceAngles', B)]
    if (oneMatrix('subspaceAngles', X).m !== oneMatrix('subspaceAngles', Y).m)
      throw new UsageError(`subspaceAngles: ${describe(X)} and ${describe(Y)}; expected as many rows.`)
    const [P, Q] = [orth(X), orth(Y)]
    const [large, small] = P.shape[1]! >= Q.shape[1]! ? [P, Q] : [Q, P]
    const product = matmul(transpose(large), small)
    const { U: _, S: cosines } = svd(product)
    const sines = flip(svdvals(outside(large, small)), 0)
    // Cosines descend, so the angles by them ascend; sines were turned to match.
    const values = view(cosines)
    const near = values.filter((value) => value * value >= 0.5).length
    const k = cosines.size
    const angles = concat([
      asin(within(slice(sines, { stop: near }))),
      acos(within(slice(cosines, { start: near, stop: k }))),
    ])
    return flip(angles, 0).contiguous()
  })
}

/** Rounding may carry a sine or cosine past 1. */
function within(x: Tensor): Tensor {
  return x.clamp(0, 1)
}

/**
 * The point of A's range nearest to each column of B: A A^+ B, by an orthonormal basis. `orthogonal: true` gives what is left, B minus it.
 *
 * Shapes: A [m, n], B [m] or [m, k] -> B's.
 *
 * @example
 * project(tensor([3, 4]), tensor([[1], [0]])) // [3, 0]
 */
export function project(B: Tensor, A: Tensor, options: Tolerance & { orthogonal?: boolean } = {}): Tensor {
  return tidy(() => {
    const [X, Y] = [asReal('project', A), asReal('project', B)]
    oneMatrix('project', X)
    checkRight('project', X, Y, X.shape[0]!)
    const Q = orth(X, options)
    const inside = matmul(Q, matmul(transpose(Q), Y))
    return options.orthogonal ? sub(Y, inside) : inside
  })
}

/** The matrix [m, m] that projects onto A's range. */
export function projector(A: Tensor, options: Tolerance = {}): Tensor {
  return tidy(() => {
    const Q = orth(asReal('projector', A), options)
    return matmul(Q, transpose(Q))
  })
}

/** Coordinates of vectors B [m] or [m, k] in the basis of A's columns [m, n]: the x with A x = B, of least squares where B lies outside. */
export function coordinates(B: Tensor, A: Tensor): Tensor {
  return tidy(() => {
    const X = asReal('coordinates', A)
    const { m, n } = oneMatrix('coordinates', X)
    return m === n ? solve(X, B) : lstsq(X, B).solution
  })
}

/**
 * The matrix of the linear map M [n, n] in another basis, the columns of V [n, n]: V^-1 M V; with `from`, of a map given in the basis `from`:
 * then V^-1 from M from^-1 V.
 */
export function changeOfBasis(M: Tensor, V: Tensor, from?: Tensor): Tensor {
  return tidy(() => {
    const type = commonReal(asReal('changeOfBasis', M), asReal('changeOfBasis', V))
    const S = from === undefined ? V.to(type) : solve(from, V)
    return solve(S, matmul(M, S))
  })
}
