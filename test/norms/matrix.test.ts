/** Norms of singular values: worked examples, what counts as zero, repeated values, gradients, extreme scales, refusals. */
import { describe, expect, it } from 'vitest'
import { pinv, svdvals } from '../../src/linalg/index.js'
import { frobenius, kyFan, type Norm, nuclear, rank, schatten, spectral } from '../../src/norms/index.js'
import {
  concat,
  diag,
  eye,
  grad,
  gradcheck,
  gradgradcheck,
  matmul,
  memory,
  mul,
  ones,
  scope,
  sub,
  type Tensor,
  tensor,
  to,
  toNested,
  transpose,
  zeros,
} from '../../src/tensor/index.js'
import { expectNear, farthest, flat, normals } from '../linalg/support.js'
import { checkNorm } from './convex.js'

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
    [schatten(3), 36 ** (1 / 3)],
    [schatten(0.5), (Math.sqrt(3) + Math.sqrt(2) + 1) ** 2],
    [rank, 3],
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

const slopeOf = (norm: Norm, X: Tensor): Tensor => grad((A) => norm.value(A as Tensor))(X) as Tensor
const norms = [
  spectral,
  nuclear,
  frobenius,
  kyFan(2),
  kyFan(3),
  kyFan(2).dual,
  kyFan(4).dual,
  schatten(3),
  schatten(1.5),
] as const

describe('laws', () => {
  const shapes: readonly (readonly number[])[] = [
    [5, 5],
    [7, 3],
    [2, 6],
    [1, 1],
    [1, 4],
    [4, 1],
    [3, 2, 2],
    [0, 3],
    [3, 0],
  ]
  for (const norm of norms)
    it(norm.name, () => {
      for (const [seed, shape] of shapes.entries()) {
        checkNorm(norm, { dtype: 'f64', shape, seed })
        checkNorm(norm, { dtype: 'f32', shape, seed })
      }
      for (const scale of [1e150, 1e-150]) checkNorm(norm, { dtype: 'f64', shape: [4, 5], seed: 11, scale })
      for (const scale of [1e30, 1e-30]) checkNorm(norm, { dtype: 'f32', shape: [4, 5], seed: 12, scale })
    })

  it('along two axes each matrix of a stack is one by itself, rows as they are named', () => {
    const X = normals([2, 3, 4], 5)
    const P = nuclear.project(X, 1, { axis: [1, 2] })
    for (const i of [0, 1]) expect(farthest(P.slice(i), nuclear.project(X.slice(i), 1))).toBeLessThan(1e-15)
    expectNear(flat(nuclear.value(X, { axis: [2, 1] })), flat(nuclear.value(X, { axis: [1, 2] })), 1e-14, 'transposed')
  })

  it('leaves no tensor behind', () => {
    const X = normals([4, 3], 1)
    const before = memory().tensors
    scope(() => {
      for (const norm of norms)
        for (const Y of [norm.value(X), norm.project(X, 0.1), norm.prox(X, 0.1), norm.steepest(X)]) void Y.dispose()
    })
    for (const norm of norms)
      for (const Y of [norm.value(X), norm.project(X, 0.1), norm.prox(X, 0.1), norm.steepest(X)]) Y.dispose()
    expect(memory().tensors).toBe(before)
  })
})

describe('what counts as zero, and repeated values', () => {
  it('of a rank-deficient matrix, the steepest direction of spectral has its rank', () => {
    const X = matmul(normals([5, 2], 1), normals([2, 4], 2))
    expectNear(flat(svdvals(spectral.steepest(X))), [1, 1, 0, 0], 1e-14, 'singular values')
    expectNear(flat(svdvals(nuclear.steepest(X))), [1, 0, 0, 0], 1e-14, 'of nuclear')
  })

  it('the gradient of nuclear is U V^T of the part that is not zero', () => {
    const X = matmul(normals([5, 2], 1), normals([2, 4], 2))
    const slope = slopeOf(nuclear, X)
    expect(farthest(slope, spectral.steepest(X))).toBeLessThan(1e-13)
    expect(flat(slopeOf(nuclear, zeros([2, 3])))).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('gradients where values are repeated: of the first pair, of all', () => {
    const X = mul(eye(3), 2)
    expect(flat(svdvals(slopeOf(spectral, X)))).toEqual([1, 0, 0])
    expect(flat(svdvals(slopeOf(kyFan(2), X)))).toEqual([1, 1, 0])
    expectNear(flat(slopeOf(nuclear, X)), flat(eye(3)), 1e-7, 'all')
  })

  it('projections where values are repeated', () => {
    expectNear(flat(nuclear.project(mul(eye(3, f64), 2), 3)), flat(eye(3, f64)), 1e-15, 'nuclear')
    expectNear(flat(spectral.project(mul(eye(3, f64), 2), 1)), flat(eye(3, f64)), 1e-15, 'spectral')
    expectNear(flat(kyFan(2).project(ones([3, 3], f64), 1.5)), flat(mul(ones([3, 3], f64), 0.5)), 1e-15, 'kyFan(2)')
  })

  it('one large value beside a small radius keeps its digits', () => {
    const X = diag(tensor([1e12, 3, 2], f64))
    for (const norm of [spectral, nuclear, kyFan(2), kyFan(2).dual])
      expect(norm.value(norm.project(X, 1e-3)).item() / 1e-3, norm.name).toBeCloseTo(1, 12)
  })
})

describe('gradients against central differences', () => {
  for (const norm of norms)
    it(norm.name, () => {
      const X = normals([3, 4], 8, { requiresGrad: true })
      gradcheck((A) => norm.value(A!), [X])
      gradgradcheck((A) => norm.value(A!), [X])
    })
  it('a wrong gradient is found', () => {
    const X = normals([3, 4], 8, { requiresGrad: true })
    expect(() => gradcheck((A) => mul(nuclear.value(A!.detach()), spectral.value(A!)), [X])).toThrow('by differences')
  })
})

describe('NaN, infinities, refusals', () => {
  const bad = tensor([
    [1, 2],
    [Number.NaN, 4],
  ])
  it('values pass NaN on, of the matrices that hold it', () => {
    for (const norm of norms) expect(norm.value(bad).item(), norm.name).toBeNaN()
    const stack = concat([bad, eye(2)]).reshape([2, 2, 2])
    expect(toNested(spectral.value(stack, { axis: [1, 2] }))).toEqual([Number.NaN, 1])
    expect(nuclear.value(tensor([[Number.POSITIVE_INFINITY, 1]])).item()).toBeNaN()
  })

  it.each([
    [() => spectral.project(bad, 1), 'spectral.project: f32[2, 2] holds NaN at [1, 0]; expected finite numbers.'],
    [
      () => nuclear.value(tensor([1, 2])),
      'nuclear.value: f32[2] is no matrix; expected two axes or more, seen as [shape[0], product of the rest]. Try reshape, or a norm of vectors.',
    ],
    [
      () => nuclear.value([bad, bad]),
      'nuclear.value: a list of 2 tensors; expected one tensor, because a list is one vector and this is a norm of matrices. Try one tensor at a time.',
    ],
    [() => kyFan(0), 'kyFan: k = 0; expected a whole number from 1 on, of singular values that are summed.'],
    [() => kyFan(1.5), 'kyFan: k = 1.5; expected a whole number from 1 on, of singular values that are summed.'],
    [() => schatten(0), 'schatten: p 0; expected a number above 0, or Infinity. Try rank for 0.'],
    [
      () => schatten(0.5).project(eye(2), 1),
      'schatten(0.5).project: no method is known for p < 1. Try nuclear or rank.',
    ],
    [() => spectral.prox(bad, -1), 'spectral.prox: t -1; expected a finite number from 0 on.'],
  ])('%#', (refused, message) => {
    expect(refused).toThrow(message)
  })

  it('kyFan(1) is spectral; duals of duals are the same objects', () => {
    expect([kyFan(1), schatten(1), schatten(2), schatten(Infinity)]).toEqual([spectral, nuclear, frobenius, spectral])
    expect(schatten(3).dual.name).toBe('schatten(1.5)')
    for (const norm of norms) expect(norm.dual.dual, norm.name).toBe(norm)
    expect([spectral.dual, frobenius.dual]).toEqual([nuclear, frobenius])
    expect(
      farthest(transpose(spectral.project(bad.slice(null, { start: 1 }), 1)), tensor([[0.4472136, 0.8944272]])),
    ).toBeLessThan(1e-6)
  })
})

describe('rank', () => {
  it('counts singular values that are not zero, of stacks and of types', () => {
    expect(rank.value(matmul(normals([6, 2], 1), normals([2, 5], 2))).item()).toBe(2)
    expect(rank.value(zeros([3, 3])).item()).toBe(0)
    expect(rank.value(zeros([0, 3])).item()).toBe(0)
    expect(flat(rank.value(concat([eye(2), ones([2, 2])]).reshape([2, 2, 2]), { axis: [1, 2] }))).toEqual([2, 1])
    // 1e-9 is nothing in f32 beside 1, and something in f64.
    const values = tensor([1, 1e-9], f64)
    expect([rank.value(diag(values)).item(), rank.value(to(diag(values), 'f32')).item()]).toEqual([2, 1])
  })

  for (const dtype of ['f64', 'f32'] as const)
    it(`projects to the truncated decomposition, which no matrix of that rank beats (${dtype})`, () => {
      for (const [seed, shape] of [
        [5, 4],
        [3, 7],
        [6, 6],
      ].entries()) {
        const X = to(normals(shape, seed), dtype)
        const S = flat(svdvals(X))
        const eps = dtype === 'f64' ? 1e-14 : 1e-5
        for (let k = 0; k <= S.length; k++) {
          const Y = rank.project(X, k + 0.5)
          expect(rank.value(Y).item(), `rank ${k}`).toBe(k)
          expect(farthest(rank.project(Y, k), Y), 'idempotent').toBe(0)
          // Eckart & Young: the distance is the tail of the spectrum.
          const tail = Math.hypot(...S.slice(k))
          expect(Math.abs(frobenius.value(sub(X, Y)).item() - tail)).toBeLessThan(eps * S[0]!)
          for (let trial = 0; trial < 20; trial++) {
            const other = matmul(normals([shape[0]!, k], 97 * trial), normals([k, shape[1]!], 97 * trial + 1))
            const best = matmul(other, pinv(other)) // the projector onto its columns: the best of that column space
            expect(frobenius.value(sub(X, matmul(to(best, dtype), X))).item()).toBeGreaterThanOrEqual(tail * (1 - eps))
          }
        }
      }
    })

  it('prox keeps singular values above sqrt(2 t)', () => {
    expectNear(flat(svdvals(rank.prox(turned(), 1.99))), [3, 2, 0], 1e-14, 'sqrt(3.98) < 2')
    expectNear(flat(svdvals(rank.prox(turned(), 2.01))), [3, 0, 0], 1e-14, 'sqrt(4.02) > 2')
    // Nothing of ranks 0 to 3 does better: t k + half the squared tail.
    for (const t of [0.1, 1, 2.1, 5]) {
      const cost = (k: number): number => t * k + [14, 5, 1, 0][k]! / 2
      const Y = rank.prox(turned(), t)
      const got = t * rank.value(Y).item() + frobenius.value(sub(Y, turned())).item() ** 2 / 2
      expect(got).toBeCloseTo(Math.min(...[0, 1, 2, 3].map(cost)), 12)
    }
  })

  it('of equal singular values the first stay; its gradient is 0', () => {
    expect(rank.value(rank.project(eye(3), 2)).item()).toBe(2)
    const slope = grad((A) => rank.value(A as Tensor))(turned()) as Tensor
    expect(flat(slope)).toEqual(new Array(9).fill(0))
  })
})
