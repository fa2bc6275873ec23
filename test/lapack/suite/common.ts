/** What the laws share: tolerances, sizes, and the small judges. */
import type { Real, Triangle } from '../../../src/lapack/index.js'
import { distance, epsilon, frobenius, largest, type Matrix, product, scaled } from '../matrices.js'

/** c of ||A - U S V^T|| <= c max(m, n) eps ||A||, and of the like for every factorization. */
export const backward = 10
/** c of ||Q^T Q - I|| <= c n eps. */
export const orthogonal = 10

export const reals: readonly Real[] = ['f32', 'f64']
export const triangles: readonly Triangle[] = ['upper', 'lower']
export const sizes = [0, 1, 7, 16, 33, 128, 257]

/** A matrix brought near 1 by a power of two, so that the judging arithmetic neither overflows nor underflows. */
export function toUnit(a: Matrix): { unit: Matrix; factor: number } {
  const most = largest(a)
  const factor = most === 0 ? 1 : 2 ** -Math.floor(Math.log2(most))
  return { unit: scaled(a, factor), factor }
}

/** `refused` when a decomposition of NaN threw, returned a positive info or only NaN values; anything else would be a false result. */
export function ending(run: () => { info: number; values: Float64Array }): string {
  let result: { info: number; values: Float64Array }
  try {
    result = run()
  } catch {
    return 'refused'
  }
  return result.info > 0 || result.values.some((x) => Number.isNaN(x)) ? 'refused' : `values ${result.values.join(' ')}`
}

/** Shapes [m, n] with both up to `most`: empty, single, tall, wide, square. */
export function shapesUpTo(most: number): readonly (readonly [number, number])[] {
  const all: [number, number][] = [
    [0, 0],
    [0, 5],
    [5, 0],
    [1, 1],
    [1, 9],
    [9, 1],
    [2, 2],
    [5, 5],
    [17, 40],
    [40, 17],
    [33, 33],
    [64, 64],
    [most, most],
    [most, 1 + (most >> 3)],
    [1 + (most >> 3), most],
  ]
  return all.filter(([m, n]) => Math.max(m, n) <= most)
}

/** Orders up to `most`. */
export const ordersUpTo = (most: number): number[] => [0, 1, 2, 3, 7, 17, 33, 64, most].filter((n) => n <= most)

/** ||A X - B|| in units of max(4, n) eps (||A|| ||X|| + ||B||), taken near 1. NaN where X is. */
export function relativeResidual(a: Matrix, x: Matrix, b: Matrix, type: Real): number {
  const [A, X] = [toUnit(a), toUnit(x)]
  const B = scaled(scaled(b, A.factor), X.factor)
  const size = frobenius(A.unit) * frobenius(X.unit) + frobenius(B)
  const apart = distance(product(A.unit, X.unit), B)
  return apart === 0 ? 0 : apart / (Math.max(4, a.columns) * epsilon[type] * size)
}
