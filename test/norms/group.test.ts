/** Norms of groups: worked examples, the laws for pairs of norms and ways of grouping, nested norms. */
import { describe, expect, it } from 'vitest'
import {
  type Groups,
  group,
  infNorm,
  l0,
  l1,
  l2,
  linf,
  lp,
  type Norm,
  nuclear,
  oneNorm,
  spectral,
  weighted,
} from '../../src/norms/index.js'
import { grad, gradcheck, memory, mul, sub, type Tensor, tensor, toNested, zeros } from '../../src/tensor/index.js'
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
    expect([oneNorm.name, oneNorm.dual.name, infNorm.dual.dual === infNorm]).toEqual(['oneNorm', 'dual(oneNorm)', true])
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

describe('group-l0, structured pruning', () => {
  it('keeps the groups of largest Euclidean norm, of equals the first, whatever norm is inside', () => {
    const X = tensor(
      [
        [3, 4],
        [5, 0],
        [0, 5.5],
        [1, 1],
      ],
      f64,
    )
    for (const inner of [l1, l2, linf, l0]) {
      expect(group(inner, l0).value(X).item()).toBe(4)
      expect(toNested(group(inner, l0).project(X, 2.9))).toEqual([
        [3, 4],
        [0, 0],
        [0, 5.5],
        [0, 0],
      ])
    }
    expect(toNested(group(l2, l0, 'columns').project(X, 1))).toEqual([
      [0, 4],
      [0, 0],
      [0, 5.5],
      [0, 1],
    ])
    // Half of 25 is what a row of length 5 costs.
    expect(flat(group(l2, l0).prox(X, 12.4))).toEqual([3, 4, 5, 0, 0, 5.5, 0, 0])
    expect(flat(group(l2, l0).prox(X, 12.6))).toEqual([0, 0, 0, 0, 0, 5.5, 0, 0])
  })

  it('has no better point: every choice of k groups, on small cases', () => {
    for (const seed of [1, 2, 3]) {
      const X = normals([5, 3], seed)
      const rows = Array.from({ length: 5 }, (_, i) => Math.hypot(...flat(X.slice(i))))
      for (let k = 0; k <= 5; k++) {
        const Y = group(l2, l0).project(X, k)
        expect(group(l2, l0).value(Y).item()).toBeLessThanOrEqual(k)
        expect(farthest(group(l2, l0).project(Y, k), Y)).toBe(0)
        for (let chosen = 0; chosen < 32; chosen++) {
          const kept = rows.filter((_, i) => (chosen >> i) & 1)
          if (kept.length > k) continue
          const distance = Math.hypot(...rows.filter((_, i) => !((chosen >> i) & 1)))
          expect(l2.value(sub(X, Y)).item()).toBeLessThanOrEqual(distance * (1 + 1e-14))
        }
      }
    }
  })

  it('so many in each row: group(l0, linf)', () => {
    expect(
      toNested(
        group(l0, linf).project(
          tensor([
            [1, -3, 2],
            [4, 4, 0],
          ]),
          1,
        ),
      ),
    ).toEqual([
      [0, -3, 0],
      [4, 0, 0],
    ])
    expect(toNested(group(l0, l1).prox(tensor([[1, -3, 2]]), 2.5))).toEqual([[0, -3, 0]])
    expect(() => group(l0, l2).project(tensor([[1]]), 1)).toThrow('group(l0, l2).project: no method is known.')
    expect(() => group(l0, l1).project(tensor([[1]]), 1)).toThrow('group(l0, l1).project: no method is known.')
    expect(() => group(l0, linf).prox(tensor([[1]]), 1)).toThrow('group(l0, linf).prox: no method is known.')
  })
})

describe('other norms inside and outside', () => {
  it('lp, weighted, Ky Fan', () => {
    const w = (n: number): Tensor =>
      tensor(
        Array.from({ length: n }, (_, i) => 1 + i / 2),
        f64,
      )
    for (const norm of [
      group(lp(3), l1),
      group(l1, lp(1.5)),
      group(lp(1.5), lp(4)),
      group(l2, weighted(l1, w(3))),
      group(linf, weighted(l1, w(3))),
      group(weighted(l1, w(4)), l2),
      group(weighted(l2, w(4)), linf),
    ])
      checkNorm(norm, { dtype: 'f64', shape: [3, 4], seed: 21, slack: 1e3 })
  })
})

describe('the laws find what is wrong', () => {
  const setting = { dtype: 'f64', shape: [3, 4], seed: 1 } as const
  it.each([
    [
      'rescaling in place of projecting',
      { ...l1, project: (x: Tensor, r: number) => rescaled(x, r / l1.value(x).item()) },
      'optimal',
    ],
    ['a step a little too long', { ...l1, prox: (x: Tensor, t: number) => l1.prox(x, 1.000001 * t) }, 'prox'],
    ['another dual', { ...l1, dual: l2 }, 'dual of the dual'],
    ['a direction that is not the steepest', { ...l1, steepest: linf.steepest }, 'steepest'],
  ] as const)('%s', (_, wrong, law) => {
    expect(() => checkNorm(wrong as unknown as Norm, setting)).toThrow(law)
  })
  const rescaled = (x: Tensor, by: number): Tensor => mul(x, Math.min(1, by))
})

describe('refusals', () => {
  const one = tensor([[1, 2, 3]])
  it.each([
    [
      () => group(l2, spectral),
      'group: the outer norm is spectral; expected one of vectors, which the norms of groups are.',
    ],
    [
      () =>
        group(l2, l1, [
          [0, 1],
          [1, 2],
        ]),
      'group: groups 0 and 1 overlap at place 1; expected every place in one group.',
    ],
    [() => group(l2, l1, [[0, 0]]), 'group: place 0 is twice in group 0; expected every place once.'],
    [
      () => group(l2, l1, [[-1]]),
      'group: place -1 in group 0, of 1 places in all; expected every place from 0 to 0 once.',
    ],
    [() => group(l2, l1, [0, 1] as never), 'group: group 0 is 0; expected a list of places. For axes try { axis }.'],
    [
      () =>
        group(l2, l1, [
          [0, 3],
          [1, 2],
        ]).value(one),
      'group(l2, l1, 2 lists of places): groups of 4 places for elements [1, 3]; expected as many as elements.',
    ],
    [
      () => group(l2, l1, [[0], [2]]),
      'group: place 2 in group 1, of 2 places in all; expected every place from 0 to 1 once.',
    ],
    [
      () => group(l2, l1, { heads: 2, axis: 1 }).value(one),
      'group(l2, l1, heads(2, 1)): axis 1 of shape [1, 3] does not divide into 2 heads.',
    ],
    [() => group(l2, l1, { heads: 0 }), 'group: heads 0; expected a whole number from 1 on.'],
    [
      () => group(l2, l1, 'row' as never),
      "group: groups 'row'; expected rows, columns, channels, inChannels, { axis }, { heads } or lists of places.",
    ],
    [() => group(l2, l1, {} as never), 'group: groups {} name no axis; expected { axis } or { heads }.'],
    [
      () => group(l2, l1, { axis: 2 }).value(one),
      'group(l2, l1, axis(2)): axis 2 of shape [1, 3]; expected a whole number from -2 to 1.',
    ],
    [
      () => group(spectral, l1).value(one),
      'group(spectral, l1): groups of shape [3] are no matrices; expected two axes or more for spectral.',
    ],
    [() => group(l2, l1).value([one]), 'group(l2, l1).value: a list of 1 tensors; expected one tensor'],
    [() => group({} as never, l1), 'norm: not a norm of this package; expected l1, l2, lp(3) and kin.'],
  ])('%#', (refused, message) => {
    expect(refused).toThrow(message)
  })
})

describe('gradients, nothing left behind, extreme scales', () => {
  it('gradcheck', () => {
    const X = normals([4, 3], 9, { requiresGrad: true })
    for (const groups of [
      'rows',
      'columns',
      { heads: 2 },
      [
        [0, 11, 5],
        [1, 2, 3, 4],
        [6, 7, 8, 9, 10],
      ],
    ] as const)
      for (const [inner, outer] of [
        [l2, l1],
        [l1, linf],
        [linf, l2],
      ] as const)
        gradcheck((A) => group(inner, outer, groups).value(A!), [X])
  })

  it('of a zero group the gradient is 0', () => {
    const slope = grad((A) => group(l2, l1).value(A as Tensor))(
      tensor(
        [
          [3, 4],
          [0, 0],
        ],
        f64,
      ),
    ) as Tensor
    expect(flat(slope)).toEqual([0.6, 0.8, 0, 0])
  })

  it('leaves no tensor behind', () => {
    const X = normals([4, 3], 9)
    const before = memory().tensors
    for (const norm of [
      group(l2, l1),
      group(l1, l2),
      group(linf, l1),
      group(l2, linf, [
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10, 11],
      ]),
    ])
      for (const Y of [norm.value(X), norm.project(X, 0.1), norm.prox(X, 0.1), norm.steepest(X)]) Y.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('holds at 1e150 and 1e-150, in f32 at 1e30 and 1e-30', () => {
    for (const norm of [group(l2, l1), group(l1, l2), group(linf, l1), group(linf, l2), group(l2, linf)]) {
      for (const scale of [1e150, 1e-150]) checkNorm(norm, { dtype: 'f64', shape: [3, 4], seed: 5, scale })
      for (const scale of [1e30, 1e-30]) checkNorm(norm, { dtype: 'f32', shape: [3, 4], seed: 6, scale })
    }
  })

  it('empty tensors, one element', () => {
    for (const norm of [group(l2, l1), group(l1, l2), oneNorm, infNorm.dual]) {
      for (const shape of [[0, 3], [3, 0], [0]]) {
        expect(norm.value(zeros(shape)).item()).toBe(0)
        expect(norm.project(zeros(shape), 1).shape).toEqual(shape)
      }
      expect(norm.value(tensor(-2)).item()).toBe(2)
      expect(norm.project(tensor([[-2]]), 1).item()).toBe(-1)
    }
  })
})
