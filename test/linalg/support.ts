/** What the tests of dense linear algebra share: tensors from the matrix classes, backends, measures in float64. */

import { expect } from 'vitest'
import type { Real } from '../../src/lapack/index.js'
import { type Tensor, tensor, toArray } from '../../src/tensor/index.js'
import { setBackend } from '../../src/tensor/index.node.js'
import { type Matrix, matrix } from '../lapack/matrices.js'
import { Random } from '../lapack/random.js'
import { openblas } from '../lapack/systems.js'

/** The implementations that every law runs on; `system` where this machine has one. */
export const backends: readonly ('system' | 'portable')[] = openblas === null ? ['portable'] : ['system', 'portable']
export { setBackend }

/** A matrix as a tensor. */
export function from(a: Matrix, dtype: Real = 'f64', requiresGrad = false): Tensor {
  return tensor(a.data, { shape: [a.rows, a.columns], dtype, requiresGrad })
}

/** A tensor of two axes (or a vector, as a column) as a matrix in float64. */
export function back(x: Tensor): Matrix {
  const [rows, columns] = x.rank === 1 ? [x.size, 1] : [x.shape[0]!, x.shape[1]!]
  return { rows, columns, data: Float64Array.from(toArray(x) as ArrayLike<number>) }
}

/** A matrix rounded to a type, so that what is given is what is measured. */
export const rounded = (a: Matrix, type: Real): Matrix =>
  type === 'f64' ? a : { ...a, data: Float64Array.from(a.data, Math.fround) }

/** Normal random numbers in a shape, from a seed. */
export function normals(
  shape: readonly number[],
  seed: number,
  options: { dtype?: Real; requiresGrad?: boolean } = {},
): Tensor {
  const random = new Random(seed)
  const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal())
  return tensor(data, { shape: [...shape], dtype: 'f64', ...options })
}

/** Elements in row-major order. */
export const flat = (x: Tensor): number[] => Array.from(toArray(x) as ArrayLike<number>)

/** The largest difference of elements; NaN counts as infinite. */
export function farthest(a: Tensor, b: Tensor): number {
  const [x, y] = [flat(a), flat(b)]
  return x.length === y.length
    ? Math.max(0, ...x.map((value, i) => Math.abs(value - y[i]!)).map((d) => (Number.isNaN(d) ? Infinity : d)))
    : Infinity
}

export { matrix, Random }

/** Elements agree to `relative` times the largest of them. */
export function expectNear(got: readonly number[], expected: readonly number[], relative: number, what: string): void {
  expect(got.length, what).toBe(expected.length)
  const scale = Math.max(...expected.map(Math.abs))
  for (const [i, value] of expected.entries())
    if (!(Math.abs(got[i]! - value) <= relative * scale))
      expect.fail(`${what}: element ${i} is ${got[i]}, expected ${value}`)
}
