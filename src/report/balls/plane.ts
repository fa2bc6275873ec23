/** A norm as a function on the plane: on vectors (a, b), or on a plane of 2 x 2 matrices. */
import { inert, NormballError, UsageError } from '../../core/index.js'
import type { Regularizer } from '../../norms/index.js'
import { type Tensor, tensor, toArray } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import type { PlanePoint, Slice } from './types.js'

export interface Plane {
  readonly norm: Regularizer
  readonly slice: Slice
  values(points: readonly PlanePoint[]): number[]
  project(point: PlanePoint, radius: number): PlanePoint
  prox(point: PlanePoint, t: number): PlanePoint
}

/** The elements of a point's tensor, and back from them. Projections of the package's norms stay in these planes. */
const embeddings: Record<
  Slice,
  { shape: number[]; place(point: PlanePoint): number[]; read(x: ArrayLike<number>): PlanePoint }
> = {
  vector: { shape: [2], place: ([a, b]) => [a, b], read: (x) => [x[0]!, x[1]!] },
  diagonal: { shape: [2, 2], place: ([a, b]) => [a, 0, 0, b], read: (x) => [x[0]!, x[3]!] },
  symmetric: {
    shape: [2, 2],
    place: ([a, b]) => [a, b, b, a],
    read: (x) => [(x[0]! + x[3]!) / 2, (x[1]! + x[2]!) / 2],
  },
}

/** The plane that `norm` can be shown in: vectors where it takes them, else `matrices`. Throws UsageError where it takes neither. */
export function planeOf(norm: Regularizer, matrices: 'diagonal' | 'symmetric'): Plane {
  const refusals: string[] = []
  for (const slice of ['vector', matrices] as const) {
    const plane = planeIn(norm, slice)
    try {
      plane.values([[1, 0.5]])
      return plane
    } catch (error) {
      if (!(error instanceof NormballError)) throw error
      refusals.push(error.message)
    }
  }
  throw new UsageError(
    `balls: ${inert(norm.name)} takes neither two numbers nor a 2 x 2 matrix (${inert(refusals[0]!, 300)}). Expected a norm of the plane. Try weights or groups of two elements.`,
  )
}

function planeIn(norm: Regularizer, slice: Slice): Plane {
  const { shape, place, read } = embeddings[slice]
  const axis = shape.map((_, i) => i + 1)
  const tensorOf = (point: PlanePoint): Tensor => tensor(place(point), { dtype: 'f64', shape })
  const mapped = (work: (x: Tensor) => Tensor, point: PlanePoint): PlanePoint => {
    let result: PlanePoint = point
    tidy(() => {
      result = read(toArray(work(tensorOf(point))) as ArrayLike<number>)
    })
    return result
  }
  return {
    norm,
    slice,
    values(points) {
      let numbers: number[] = []
      tidy(() => {
        const stacked = tensor(points.flatMap(place), { dtype: 'f64', shape: [points.length, ...shape] })
        numbers = Array.from(toArray(norm.value(stacked, { axis })) as ArrayLike<number>)
      })
      return numbers
    },
    project: (point, radius) => mapped((x) => norm.project(x, radius), point),
    prox: (point, t) => mapped((x) => norm.prox(x, t), point),
  }
}
