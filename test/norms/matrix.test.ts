/** Norms of singular values: worked examples, what counts as zero, repeated values, gradients, extreme scales, refusals. */
import { describe, expect, it } from 'vitest'
import { svdvals } from '../../src/linalg/index.js'
import { frobenius, kyFan, type Norm, nuclear, spectral } from '../../src/norms/index.js'
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
  type Tensor,
  tensor,
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
const norms = [spectral, nuclear, frobenius, kyFan(2), kyFan(3), kyFan(2).dual, kyFan(4).dual] as const

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
    [() => spectral.prox(bad, -1), 'spectral.prox: t -1; expected a finite number from 0 on.'],
  ])('%#', (refused, message) => {
    expect(refused).toThrow(message)
  })

  it('kyFan(1) is spectral; duals of duals are the same objects', () => {
    expect(kyFan(1)).toBe(spectral)
    for (const norm of norms) expect(norm.dual.dual, norm.name).toBe(norm)
    expect([spectral.dual, frobenius.dual]).toEqual([nuclear, frobenius])
    expect(
      farthest(transpose(spectral.project(bad.slice(null, { start: 1 }), 1)), tensor([[0.4472136, 0.8944272]])),
    ).toBeLessThan(1e-6)
  })
})
