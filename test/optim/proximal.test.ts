import { describe, expect, it } from 'vitest'
import { elasticNet, group, l0, l1, l2, linf, nuclear, type Regularizer, rank } from '../../src/norms/index.js'
import { fista, lassoPath, projectedGradient, proximalGradient } from '../../src/optim/index.node.js'
import { arange, grad, memory, type Tensor, tensor, zeros } from '../../src/tensor/index.node.js'
import { formula } from './problems.js'

const f64 = { dtype: 'f64' } as const
const A = formula(30, 8)
const b = arange(0, 30, 1, f64)
  .mul(0.7)
  .cos()
  .add(A.slice(null, { start: 0, stop: 1 }).reshape([30]))
const loss = (w: Tensor): Tensor => A.matmul(w).sub(b).square().sum().div(60)
const start = (): Tensor => zeros([8], f64)
const methods = { proximalGradient, fista }

/** Largest difference. */
const apart = (x: Tensor, y: Tensor): number => x.sub(y).abs().max().item()

describe('by hand', () => {
  it.each(Object.entries(methods))('%s: soft threshold of a point', (_, method) => {
    // (x - c)^2 / 2 + |x|, c = (3, -0.5): (2, 0), value 1/2 + 2 + 1/8.
    const result = method(
      (x) =>
        x
          .sub(tensor([3, -0.5], f64))
          .square()
          .sum()
          .mul(0.5),
      l1,
      zeros([2]),
      { lambda: 1 },
    )
    expect(result.x.toArray()[0]).toBeCloseTo(2, 8)
    expect(result.x.toArray()[1]! + 0).toBe(0)
    expect(result.value).toBeCloseTo(2.625, 12)
    expect(result.penalty).toBeCloseTo(2, 8)
  })

  it('projectedGradient: the nearest point of a ball, from outside too', () => {
    const result = projectedGradient(
      (x) =>
        x
          .sub(tensor([3, 4], f64))
          .square()
          .sum(),
      l2,
      1,
      tensor([9, -9]),
    )
    expect(result.x.toArray()[0]).toBeCloseTo(0.6, 8)
    expect(result.x.toArray()[1]).toBeCloseTo(0.8, 8)
    expect(result.outcome).toBe('converged')
  })
})

describe('optimality', () => {
  const penalties: [string, Regularizer, number][] = [
    ['l1', l1, 0.05],
    ['l2', l2, 0.1],
    ['linf', linf, 0.1],
    ['elastic net', elasticNet({ l1: 0.5, l2: 0.5 }), 0.05],
  ] // biome-ignore format: a table
  for (const [name, R, lambda] of penalties)
    for (const [title, method] of Object.entries(methods))
      it(`${title} with ${name}: x is the proximal point of its own gradient step`, () => {
        const result = method(loss, R, start(), { lambda, rtol: 1e-10 })
        const g = grad(loss)(result.x)
        for (const t of [0.1, 1]) expect(apart(R.prox(result.x.sub(g.mul(t)), t * lambda), result.x)).toBeLessThan(1e-8)
      })

  it('l1: the lasso of the path, with the same zeros', () => {
    const lambda = 0.05
    const { x } = fista(loss, l1, start(), { lambda, rtol: 1e-12 })
    const path = lassoPath(A, b, { lambdas: [lambda], intercept: false })
    for (const [j, w] of path.coefficients[0]!.entries()) {
      expect(x.toArray()[j]).toBeCloseTo(w, 8)
      expect(x.toArray()[j] === 0).toBe(w === 0)
    }
  })

  it('slices along an axis, and matrices', () => {
    const target = formula(6, 5).mul(2)
    const near = (W: Tensor): Tensor => W.sub(target).square().sum().mul(0.5)
    const rows = fista(near, group(l2, l1), zeros([6, 5]), { lambda: 1 })
    expect(apart(rows.x, group(l2, l1).prox(target, 1))).toBeLessThan(1e-8)
    const low = fista(near, nuclear, zeros([6, 5]), { lambda: 2 })
    expect(apart(low.x, nuclear.prox(target, 2))).toBeLessThan(1e-8)
    const balls = projectedGradient(near, l2, 1, zeros([6, 5]), { axis: 1 })
    expect(apart(balls.x, l2.project(target, 1, { axis: 1 }))).toBeLessThan(1e-8)
  })

  it('a list counts as one vector', () => {
    const f = ([u, v]: readonly Tensor[]): Tensor => u!.sub(3).square().sum().add(v!.sub(4).square().sum()).mul(0.5)
    const { x } = projectedGradient(f, l2, 1, [zeros([1]), zeros([1])])
    expect(x[0]!.item()).toBeCloseTo(0.6, 8)
    expect(x[1]!.item()).toBeCloseTo(0.8, 8)
  })

  it('sets that are not convex: as many non-zeros, or as much rank, as allowed', () => {
    const sparse = projectedGradient(loss, l0, 3, start(), { accelerate: false })
    expect(sparse.x.ne(0).countNonzero().item()).toBe(3)
    const target = formula(6, 5)
    const low = projectedGradient((W) => W.sub(target).square().sum(), rank, 2, zeros([6, 5]), { accelerate: false })
    expect(apart(low.x, rank.project(target, 2))).toBeLessThan(1e-7)
  })
})

describe('laws', () => {
  it('without momentum the value never rises, with it it takes fewer iterations', () => {
    // Condition number 300.
    const scales = arange(0, 30, 1, f64)
      .mul(-Math.log(300) / 29)
      .exp()
    const f = (x: Tensor): Tensor => x.sub(1).square().mul(scales).sum().mul(0.5)
    const plain = proximalGradient(f, l1, zeros([30]), { lambda: 1e-6, rtol: 1e-5, maxIterations: 200000 })
    const fast = fista(f, l1, zeros([30]), { lambda: 1e-6, rtol: 1e-5 })
    for (let k = 1; k < plain.history.length; k++)
      expect(plain.history[k]!).toBeLessThanOrEqual(plain.history[k - 1]! * (1 + 1e-14))
    expect(fast.iterations).toBeLessThan(plain.iterations / 3)
    expect(fast.restarts).toBeGreaterThan(0)
    expect(fast.value).toBeCloseTo(plain.value, 7)
  })

  it('a fixed step of 1 / L does without line search', () => {
    const f = (x: Tensor): Tensor => x.sub(3).square().sum()
    const result = proximalGradient(f, l1, zeros([2]), { lambda: 1, lineSearch: false, stepSize: 0.5 })
    expect(result.x.toArray()[0]).toBeCloseTo(2.5, 10)
    expect(result.stepSize).toBe(0.5)
  })

  it.each([1e-100, 1e100])('units of the value: %e', (factor) => {
    const plain = fista(loss, l1, start(), { lambda: 0.05 })
    const scaled = fista((w) => loss(w).mul(factor), l1, start(), { lambda: 0.05 * factor })
    expect(apart(scaled.x, plain.x)).toBeLessThan(1e-6)
  })

  it('leaves no tensor behind', () => {
    const [x0, before] = [start(), memory().tensors]
    fista(loss, l1, x0, { lambda: 0.05 }).x.dispose()
    expect(memory().tensors).toBe(before)
  })
})

describe('what is refused', () => {
  it('usage and outcomes', () => {
    expect(() => fista(loss, l1, start(), { lambda: -1 })).toThrow('fista: lambda is -1; expected a finite number from 0 on.') // biome-ignore format: one line
    expect(() => fista(loss, l1, start(), { lambda: 1, lineSearch: false })).toThrow('fista: without lineSearch a stepSize is needed') // biome-ignore format: one line
    expect(() => fista((x) => x.log().sum(), l1, start().sub(1), { lambda: 1 })).toThrow('fista: the loss is NaN at x0') // biome-ignore format: one line
    expect(() => fista(loss, l1, start(), { lambda: 0.01, maxIterations: 2 })).toThrow('fista: the iteration limit is reached, after 2 iterations.') // biome-ignore format: one line
    expect(fista(loss, l1, start(), { lambda: 0.01, maxIterations: 2, check: false }).outcome).toBe('iteration-limit')
    expect(
      fista(loss, l1, start(), { lambda: 1e6 })
        .x.toArray()
        .every((value) => value === 0),
    ).toBe(true)
  })
})
