/** Norms of groups: worked examples, the laws for pairs of norms and ways of grouping, nested norms. */
import { describe, expect, it } from 'vitest'
import { type Groups, group, infNorm, l1, l2, linf, nuclear, oneNorm, spectral } from '../../src/norms/index.js'
import { tensor, toNested } from '../../src/tensor/index.js'
import { expectNear, farthest, flat, normals } from '../linalg/support.js'
import { checkNorm } from './convex.js'

const f64 = { dtype: 'f64' } as const
const x = tensor(
  [
    [3, 4],
    [0.6, 0.8],
  ],
  f64,
)

describe('worked examples', () => {
  it('group lasso: rows get shorter by t, and the short one goes', () => {
    expect(group(l2, l1).value(x).item()).toBe(6)
    expect(toNested(group(l2, l1).prox(x, 2.5))).toEqual([
      [1.5, 2],
      [0, 0],
    ])
  })

  it('max-norm: every row inside its own ball', () => {
    expectNear(flat(group(l2, linf).project(x, 1)), [0.6, 0.8, 0.6, 0.8], 1e-15, 'rows')
    expectNear(flat(group(l2, linf).project(x, 1)), flat(l2.project(x, 1, { axis: 1 })), 1e-15, 'as l2 along axis 1')
  })

  it('linf,1: the largest of rows sum to the radius', () => {
    // 4 - a = theta1 with (3 - theta1)+ + (4 - theta1) = lambda, (0.8 - theta2)+ + (0.6 - theta2)+ = lambda: for a sum of 3 the second
    // row goes (0.6 + 0.8 = 1.4 <= lambda) and the first is cut to 3: lambda = 1 is too little for that, so theta2 > 0 as well:
    // theta1 = 3.5 - lambda / 2 once below 3, theta2 = 0.7 - lambda / 2; together 4.2 - lambda = 3 gives lambda = 1.2.
    expectNear(flat(group(linf, l1).project(x, 3)), [2.9, 2.9, 0.1, 0.1], 1e-14, 'linf,1')
  })

  it('the norms that l1 and linf induce', () => {
    const A = tensor([
      [1, -7],
      [2, 3],
    ])
    expect([oneNorm.value(A).item(), infNorm.value(A).item()]).toEqual([10, 8])
    expect([oneNorm.dual.value(A).item(), infNorm.dual.value(A).item()]).toEqual([9, 10])
    expect([oneNorm.name, oneNorm.dual.name, infNorm.dual.dual === infNorm]).toEqual(['oneNorm', 'oneNorm.dual', true])
    // The column (7, 3) to a sum of 8: 1 off each.
    expect(toNested(oneNorm.project(A, 8))).toEqual([
      [1, -6],
      [2, 2],
    ])
  })

  it('values of every way to group', () => {
    const kernel = tensor(
      Float64Array.from({ length: 24 }, (_, i) => i),
      { shape: [4, 3, 2], dtype: 'f64' },
    )
    const sums = (groups: Groups): number => group(l1, linf, groups).value(kernel).item()
    expect(sums('rows')).toBe(18 + 19 + 20 + 21 + 22 + 23)
    expect(sums('channels')).toBe(sums('rows'))
    expect(sums('columns')).toBe(5 + 11 + 17 + 23)
    expect(sums('inChannels')).toBe(4 + 5 + 10 + 11 + 16 + 17 + 22 + 23)
    expect(sums({ heads: 2 })).toBe((12 + 23) * 6)
    expect(sums({ heads: 3, axis: 1 })).toBe(sums('inChannels'))
    expect(sums({ axis: 2 })).toBe(22 + 23)
    expect(sums({ axis: [0, -1] })).toBe(sums('inChannels'))
    expect(
      group(l1, linf, [[0, 23], [...Array(22).keys()].map((i) => i + 1)])
        .value(kernel)
        .item(),
    ).toBe((22 * 23) / 2)
  })

  it('along axes: every slice has groups of its own', () => {
    const stack = normals([3, 4, 5], 2)
    const one = (i: number): number => group(l2, l1).value(stack.slice(i)).item()
    expectNear(flat(group(l2, l1).value(stack, { axis: [1, 2] })), [one(0), one(1), one(2)], 1e-15, 'values')
    const P = group(l1, l2).project(stack, 2, { axis: [1, 2] })
    expect(farthest(P.slice(1), group(l1, l2).project(stack.slice(1), 2))).toBe(0)
  })
})

describe('laws', () => {
  const ways: readonly [Groups, readonly number[]][] = [
    ['rows', [5, 7]],
    ['columns', [4, 3, 2]],
    ['inChannels', [3, 4, 2, 2]],
    [{ heads: 2, axis: 1 }, [3, 6]],
    [{ axis: [0, 2] }, [3, 4, 2]],
    [[[0, 5, 2], [1], [3, 4, 7, 6]], [8]],
  ]
  for (const within of [l1, l2, linf])
    for (const across of [l1, l2, linf])
      for (const [i, [groups, shape]] of ways.entries()) {
        const norm = group(within, across, groups)
        it(norm.name, () => {
          for (const dtype of ['f64', 'f32'] as const) checkNorm(norm, { dtype, shape, seed: 40 + i })
        })
      }
  it('of a norm of matrices within, a norm of groups within', () => {
    checkNorm(group(spectral, l1, { heads: 3 }), { dtype: 'f64', shape: [6, 4], seed: 1 })
    checkNorm(group(nuclear, l2, { heads: 2 }), { dtype: 'f64', shape: [6, 4], seed: 2 })
    checkNorm(group(group(l2, l1), linf), { dtype: 'f64', shape: [3, 4, 2], seed: 3 })
  })
})
