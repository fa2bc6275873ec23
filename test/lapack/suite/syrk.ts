/** Laws of syrk: Products of a matrix with its own transpose. */
import { describe, expect, it } from 'vitest'
import type { Lapack } from '../../../src/lapack/index.js'
import { epsilon, matrix, product, transposed } from '../matrices.js'
import { placed } from '../place.js'
import { Random } from '../random.js'
import { reals, sizes, triangles } from './common.js'

export function syrkLaws(lapack: () => Lapack): void {
  describe('syrk', () => {
    for (const type of reals)
      for (const trans of [false, true])
        for (const triangle of triangles)
          it(`${type}: the ${triangle} triangle of ${trans ? 'Aᵀ A' : 'A Aᵀ'}, leaving the other alone`, () => {
            const random = new Random(21)
            for (const n of sizes)
              for (const k of [0, 1, 16, 129]) {
                const padding = random.pick([0, 3])
                const alpha = random.pick([1, -0.5])
                const beta = random.pick([0, 0.25])
                placed(lapack(), type, (place) => {
                  const a = place.rounded(matrix(n, k, () => random.normal()))
                  const c = matrix(n, n, (i, j) => {
                    const mine = triangle === 'upper' ? j >= i : j <= i
                    return mine && beta === 0 ? Number.NaN : (i * 7 + j * 3) % 11
                  })
                  const A = place.put(trans ? transposed(a) : a, padding)
                  const C = place.put(c, padding)
                  lapack().syrk(type, triangle, trans, n, k, alpha, A.pointer, A.stride, beta, C.pointer, C.stride)
                  const actual = place.get(C, n, n)
                  const gram = product(a, transposed(a))
                  const bad: string[] = []
                  for (let i = 0; i < n; i++)
                    for (let j = 0; j < n; j++) {
                      const mine = triangle === 'upper' ? j >= i : j <= i
                      const old = beta === 0 ? 0 : beta * c.data[i * n + j]!
                      const expected = mine ? alpha * gram.data[i * n + j]! + old : c.data[i * n + j]!
                      // Cauchy-Schwarz: the sum of |a_ip a_jp| is at most the product of the two norms.
                      const size = Math.sqrt(gram.data[i * n + i]! * gram.data[j * n + j]!) + Math.abs(old)
                      const allowed = mine ? (k + 4) * epsilon[type] * size : 0
                      if (!(Math.abs(actual.data[i * n + j]! - expected) <= allowed)) bad.push(`${i},${j}`)
                    }
                  expect(bad, `n ${n}, k ${k}, padding ${padding}, alpha ${alpha}, beta ${beta}`).toEqual([])
                })
              }
          })
  })
}
