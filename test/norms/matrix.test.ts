/** Norms of singular values: worked examples, what counts as zero, repeated values, gradients, extreme scales, refusals. */
import { describe, expect, it } from 'vitest'
import { svdvals } from '../../src/linalg/index.js'
import { frobenius, kyFan, nuclear, spectral } from '../../src/norms/index.js'
import { type Tensor, tensor } from '../../src/tensor/index.js'
import { expectNear, farthest, flat, normals } from '../linalg/support.js'

const f64 = { dtype: 'f64' } as const
/** diag(3, 2, 1), turned by 45 degrees in its first two axes on the left. */
const turned = (): Tensor => {
  const c = Math.SQRT1_2
  return tensor(
    [
      [3 * c, -2 * c, 0],
      [3 * c, 2 * c, 0],
      [0, 0, 1],
    ],
    f64,
  )
}

describe('values of a matrix with singular values 3, 2, 1', () => {
  it.each([
    [spectral, 3],
    [nuclear, 6],
    [frobenius, Math.sqrt(14)],
    [kyFan(2), 5],
    [kyFan(5), 6],
    [kyFan(2).dual, 3],
    [kyFan(2).dual.dual, 5],
  ] as const)('%#: $name', (norm, value) => {
    expect(norm.value(turned()).item()).toBeCloseTo(value, 14)
  })
})

describe('projections and proximal steps change singular values alone', () => {
  // By hand: what is left of (3, 2, 1).
  it.each([
    ['spectral', spectral.project(turned(), 1.5), [1.5, 1.5, 1]],
    ['nuclear', nuclear.project(turned(), 3), [2, 1, 0]],
    ['frobenius', frobenius.project(turned(), Math.sqrt(14) / 2), [1.5, 1, 0.5]],
    // t = 0.5 lowers the first two alone: (2.5, 1.5) sum to 4.
    ['kyFan(2)', kyFan(2).project(turned(), 4), [2.5, 1.5, 1]],
    // t = 1.4: the first falls to 1.6, the others meet at (2 + 1 - 1.4) / 2 = 0.8.
    ['kyFan(2), met', kyFan(2).project(turned(), 2.4), [1.6, 0.8, 0.8]],
    // In the box of 2 and with a sum of at most 4: 3 - 1, and 2 + 1 - 2 lambda = 2 with lambda = 0.5.
    ['kyFan(2).dual', kyFan(2).dual.project(turned(), 2), [2, 1.5, 0.5]],
    ['prox of nuclear', nuclear.prox(turned(), 1.5), [1.5, 0.5, 0]],
    // The spectral ball's dual is nuclear: 1 less on the largest.
    ['prox of spectral', spectral.prox(turned(), 2), [1.5, 1.5, 1]],
  ] as const)('%s', (_, Y, expected) => {
    expectNear(flat(svdvals(Y)), expected, 1e-14, 'singular values')
  })

  it('leaves a matrix inside the ball as it is, to the last bit', () => {
    const X = normals([5, 7], 3)
    for (const norm of [spectral, nuclear, frobenius, kyFan(3), kyFan(3).dual])
      expect(farthest(norm.project(X, 1.001 * norm.value(X).item()), X), norm.name).toBe(0)
  })
})
