/**
 * Solutions with a matrix that was factored before, as a differentiable operation: the gradient with respect to A and to B, and theirs in
 * turn, are solutions with the same factors.
 */
import { broadcastTo, matmul, neg, squeeze, transpose, unsqueeze } from '../tensor/index.js'
import { broadcastShapes, sumTo } from '../tensor/internal.js'
import { copyOf, describe, record, type Shape, showShape, type Tensor, UsageError } from './support.js'

/**
 * How to solve: `solve` overwrites matrices B [.., n, k] (contiguous, its batch axes those of A and its own, broadcast) by op(A)^-1 B.
 * `parts` are what it needs, off the tape.
 */
export interface Solver {
  readonly name: string
  readonly parts: readonly Tensor[]
  solve(parts: readonly Tensor[], trans: boolean, B: Tensor, places: readonly number[]): void
}

/** op(A)^-1 B for matrices B, or one vector. A and B have one type. */
export function applyInverse(solver: Solver, A: Tensor, B: Tensor, trans = false): Tensor {
  if (B.rank === 1) return squeeze(applyInverse(solver, A, unsqueeze(B, 1), trans), -1)
  const batch = broadcastShapes(solver.name, A.shape.slice(0, -2), B.shape.slice(0, -2))
  const shape = [...batch, ...B.shape.slice(-2)]
  const X = copyOf(broadcastTo(B, shape))
  solver.solve(solver.parts, trans, X, placesIn(A.shape.slice(0, -2), batch))
  const { name, solve } = solver
  return record(X, name, [A, B], [A, B, X, ...solver.parts], (g, [a, b, x, ...parts], needs) => {
    const ofB = applyInverse({ name, parts, solve }, a!, g, !trans)
    const ofA = needs[0] ? neg(trans ? matmul(x!, transpose(ofB)) : matmul(ofB, transpose(x!))) : null
    return [ofA && sumTo(ofA, a!.shape), needs[1] ? sumTo(ofB, b!.shape) : null]
  })
}

/** For each matrix of the larger batch, which one of `own` it is. */
export function placesIn(own: Shape, batch: Shape): number[] {
  const lead = batch.length - own.length
  let places = [0]
  for (const [axis, size] of batch.entries()) {
    const length = axis < lead ? 1 : own[axis - lead]!
    places = places.flatMap((place) =>
      Array.from({ length: size }, (_, i) => (axis < lead ? place : place * length + (length === 1 ? 0 : i))),
    )
  }
  return places
}

/** Throws unless b is a vector or matrices with `rows` rows. */
export function checkRight(op: string, A: Tensor, b: Tensor, rows: number): void {
  if (b.rank === 0 || b.shape.at(b.rank === 1 ? 0 : -2) !== rows)
    throw new UsageError(
      `${op}: ${describe(A)} and the right-hand side ${describe(b)}; expected a vector of ${rows}, or matrices of ${rows} rows (${showShape(['..', rows, 'k'])}).`,
    )
}
