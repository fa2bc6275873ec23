import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Linear, Module, Sequential } from '../../src/nn/index.js'
import { gaussNewton, LevenbergMarquardt, levenbergMarquardt, SGD } from '../../src/optim/index.node.js'
import { arange, concat, Generator, memory, randn, scope, type Tensor, tensor } from '../../src/tensor/index.node.js'
import { formula, part } from './problems.js'

const f64 = { dtype: 'f64' } as const
const vector = (...values: number[]): Tensor => tensor(values, f64)
const fits = { levenbergMarquardt, gaussNewton }

const oracle = JSON.parse(readFileSync(new URL('../oracle/optim/secondOrder.json', import.meta.url), 'utf8')) as {
  fits: { params: number[]; covariance: number[] }[]
}

/** The data of scripts/oracle/secondOrder.py: a exp(-k t) + c with noise. */
const t = arange(0, 25, 1, f64).mul(0.2)
const decay = t
  .mul(-1.3)
  .exp()
  .mul(3)
  .add(0.5)
  .add(arange(0, 25, 1, f64).mul(7).sin().mul(0.05))
const model = ({ a, k, c }: Record<'a' | 'k' | 'c', Tensor>): Tensor => a.mul(t.mul(k).neg().exp()).add(c).sub(decay)

describe('by hand', () => {
  it.each(Object.entries(fits))('%s: a line through three points, with its standard errors', (_, fit) => {
    // y = 1, 3, 4 at 0, 1, 2: slope 1.5, intercept 7/6, ||r||^2 = 1/6, s^2 = 1/6; (J'J)^-1 = [[5/6, -1/2], [-1/2, 1/2]].
    const x = vector(0, 1, 2)
    const result = fit(
      (b: Tensor) =>
        part(b, 0)
          .add(part(b, 1).mul(x))
          .sub(vector(1, 3, 4)),
      vector(0, 0),
    )
    expect(result.x.toArray()[0]).toBeCloseTo(7 / 6, 9)
    expect(result.x.toArray()[1]).toBeCloseTo(1.5, 9)
    expect(result.value).toBeCloseTo(1 / 12, 12)
    expect(Array.from(result.covariance!.toArray())).toEqual([5 / 36, -1 / 12, -1 / 12, 1 / 12].map((value) => expect.closeTo(value, 12))) // biome-ignore format: one line
    expect(result.standardErrors!.toArray()[1]).toBeCloseTo(Math.sqrt(1 / 12), 12)
    expect(result.rank).toBe(2)
  })

  it.each(Object.entries(fits))('%s: a root', (_, fit) => {
    const result = fit((x: Tensor) => x.square().sub(2), tensor(1))
    expect(result.x.item()).toBeCloseTo(Math.SQRT2, 14)
    expect(result.covariance).toBeNull()
  })
})

describe('against SciPy', () => {
  it.each(Object.entries(fits))('%s: curve_fit, with its covariance', (_, fit) => {
    const { params, covariance } = oracle.fits[0]!
    const result = fit(model, { a: tensor(1), k: tensor(1), c: tensor(1) })
    for (const [i, name] of (['a', 'k', 'c'] as const).entries()) expect(result.x[name].item()).toBeCloseTo(params[i]!, 7) // biome-ignore format: one line
    for (const [i, value] of result.covariance!.toArray().entries())
      expect(Math.abs(value - covariance[i]!)).toBeLessThan(1e-5 * Math.abs(covariance[i]!))
    expect(result.standardErrors!.k.item()).toBeCloseTo(Math.sqrt(covariance[4]!), 8)
  })
})

const rosenbrock = (x: Tensor): Tensor => concat([part(x, 1).sub(part(x, 0).square()).mul(10), part(x, 0).neg().add(1)]) // biome-ignore format: one line
const beale = (x: Tensor): Tensor => concat([1.5, 2.25, 2.625].map((y, i) => part(x, 0).mul(part(x, 1).pow(i + 1).neg().add(1)).sub(y))) // biome-ignore format: one line
/** The Jacobian at the minimum has rank 2 of 4. */
const powell = (x: Tensor): Tensor => {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => part(x, i)) as [Tensor, Tensor, Tensor, Tensor]
  return concat([a.add(b.mul(10)), c.sub(d).mul(Math.sqrt(5)), b.sub(c.mul(2)).square(), a.sub(d).square().mul(Math.sqrt(10))]) // biome-ignore format: one line
}
/** Box's three unknowns; minima where x0 = x1 too. */
const box = (x: Tensor): Tensor => {
  const s = arange(1, 11, 1, f64).mul(-0.1)
  const term = (v: Tensor): Tensor => s.mul(v).exp()
  return term(part(x, 0))
    .sub(term(part(x, 1)))
    .sub(part(x, 2).mul(s.exp().sub(s.mul(10).exp())))
}
const zeroResidual: [string, (x: Tensor) => Tensor, number[]][] = [
  ['rosenbrock', rosenbrock, [-1.2, 1]],
  ['rosenbrock', rosenbrock, [-120, 100]],
  ['beale', beale, [1, 1]],
  ['powell', powell, [3, -1, 0, 1]],
  ['powell', powell, [300, -100, 0, 100]],
  ['box', box, [0, 10, 20]],
]

describe('laws', () => {
  for (const [name, residual, start] of zeroResidual)
    for (const options of [{}, { geodesic: true }, { scaling: 'none' }, { solver: 'cg' }] as const)
      it(`${name} from ${start.join(', ')} ${JSON.stringify(options)}: to zero, and never up`, () => {
        const result = levenbergMarquardt(residual, tensor([...start], f64), { ...options, check: false })
        expect(result.value).toBeLessThan(1e-12)
        for (let k = 1; k < result.history.length; k++)
          expect(result.history[k]!).toBeLessThanOrEqual(result.history[k - 1]!)
        expect(result.history.at(-1)).toBe(result.value)
      })

  it.each([1e-100, 1e100])('units of residuals and unknowns: %e', (unit) => {
    const fit = levenbergMarquardt((x: Tensor) => beale(x.div(unit)).mul(unit), tensor([unit, unit], f64))
    expect(fit.x.toArray()[0]! / unit).toBeCloseTo(3, 8)
    expect(fit.x.toArray()[1]! / unit).toBeCloseTo(0.5, 8)
  })

  it('unknowns of very different units', () => {
    const fit = levenbergMarquardt(({ a, k, c }) => model({ a: a.mul(1e8), k: k.div(1e8), c }), { a: tensor(1e-8, f64), k: tensor(1e8, f64), c: tensor(1) }) // biome-ignore format: one line
    expect(fit.x.a.item() * 1e8).toBeCloseTo(oracle.fits[0]!.params[0]!, 7)
  })

  it('two unknowns that do the same: a fit, and no covariance', () => {
    for (const fit of Object.values(fits)) {
      const result = fit(({ p, q }: Record<'p' | 'q', Tensor>) => p.add(q).mul(t).sub(decay), { p: tensor(0), q: tensor(0) }) // biome-ignore format: one line
      const slope = t.mul(decay).sum().item() / t.square().sum().item()
      expect(result.x.p.item() + result.x.q.item()).toBeCloseTo(slope, 8)
      expect([result.rank, result.covariance, result.standardErrors]).toEqual([1, null, null])
    }
  })

  it('fewer residuals than unknowns, and an unknown without effect', () => {
    const result = levenbergMarquardt((x: Tensor) => part(x, 0).mul(part(x, 1)).sub(6), tensor([1, 2, 9], f64))
    const [a, b, c] = result.x.toArray() as unknown as [number, number, number]
    expect(a * b).toBeCloseTo(6, 9)
    expect(c).toBe(9)
  })

  it('products and the formed Jacobian agree', () => {
    const A = formula(40, 12)
    const b = arange(0, 40, 1, f64).cos()
    const residual = (x: Tensor): Tensor => A.matmul(x).tanh().sub(b)
    const start = tensor(new Array(12).fill(0.1), f64)
    const [dense, products] = (['qr', 'cg'] as const).map((solver) => levenbergMarquardt(residual, start, { solver }))
    expect(products!.value).toBeCloseTo(dense!.value, 10)
    for (const [i, x] of dense!.x.toArray().entries()) expect(products!.x.toArray()[i]).toBeCloseTo(x, 4)
  })

  it('a trial that is not finite is a step too long', () => {
    // log x - 3 from 0.1: Gauss-Newton would step below 0 from large x.
    const result = levenbergMarquardt((x: Tensor) => x.log().sub(-3), vector(50))
    expect(result.x.toArray()[0]).toBeCloseTo(Math.exp(-3), 9)
  })

  it.each(Object.entries(fits))('%s leaves no tensor behind, also where it throws', (_, fit) => {
    const start = vector(-1.2, 1)
    const before = memory().tensors
    const result = fit(rosenbrock, start)
    for (const one of [result.x, result.residuals, result.covariance, result.standardErrors]) one?.dispose()
    expect(() => fit(rosenbrock, start, { maxIterations: 1 })).toThrow('the iteration limit is reached, after 1 iteration.') // biome-ignore format: one line
    expect(memory().tensors).toBe(before)
  })
})

describe('what is refused', () => {
  it.each(Object.entries(fits))('%s: NaN at the start, in a residual or a derivative', (name, fit) => {
    expect(() => fit((x: Tensor) => x.log(), vector(2, -1))).toThrow(`${name}: residual 1 is NaN at x0, after 0 iterations. Try another start.`) // biome-ignore format: one line
    expect(() => fit((x: Tensor) => x.sqrt(), vector(4, 0))).toThrow(/^\w+: .*derivative.* at x0, after 0 iterations\./)
    const told = fit((x: Tensor) => x.log(), vector(2, -1), { check: false })
    expect(told.outcome).toBe('non-finite')
    expect(told.covariance).toBeNull()
  })

  it('usage', () => {
    expect(() => levenbergMarquardt((x: Tensor) => x.gt(0), vector(1))).toThrow('levenbergMarquardt: the function gives bool[1]; expected residuals in f32 or f64, at least one.') // biome-ignore format: one line
    expect(() => levenbergMarquardt((x: Tensor) => x, vector(1), { solver: 'lu' as never })).toThrow("levenbergMarquardt: solver is 'lu'; expected 'qr' or 'cg'.") // biome-ignore format: one line
    expect(() => levenbergMarquardt((x: Tensor) => x, vector(Infinity))).toThrow('levenbergMarquardt: x0 holds Infinity (element 0); expected finite numbers.') // biome-ignore format: one line
    expect(() => new LevenbergMarquardt([vector(1)]).step()).toThrow('LevenbergMarquardt: step() got no closure; expected one that returns the residuals.') // biome-ignore format: one line
  })
})

class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return x.tanh()
  }
}

/** A network of 33 parameters and 60 examples. */
function regression(dtype: 'f32' | 'f64' = 'f64') {
  const options = { generator: new Generator(5), dtype }
  const network = new Sequential(new Linear(2, 8, options), new Tanh(), new Linear(8, 1, options))
  const X = randn([60, 2], options)
  const y = scope(() => X.square().sum({ axis: 1, keepDims: true }).sin())
  const residuals = (): Tensor => network.forward(X).sub(y)
  const loss = (): number => scope(() => residuals().square().mean().item())
  return { network, residuals, loss }
}

describe('training a network', () => {
  it.each(['qr', 'cg'] as const)('%s: never up, and lower than SGD in as many evaluations', (solver) => {
    const { network, residuals, loss } = regression()
    const optimizer = new LevenbergMarquardt(network.namedParameters(), { solver })
    let evaluations = 0
    let last = Infinity
    while (evaluations < 150) {
      const before = scope(() => optimizer.step(() => { evaluations++; return residuals() }).item()) // biome-ignore format: one line
      expect(before).toBeLessThanOrEqual(last)
      last = before
    }
    expect(loss()).toBeLessThanOrEqual(last)
    const other = regression()
    const sgd = new SGD(other.network.parameters(), { lr: 0.1 })
    for (let k = 0; k < evaluations; k++)
      scope(() => {
        sgd.zeroGrad()
        other.residuals().square().mean().backward()
        sgd.step()
      })
    expect(loss()).toBeLessThan(other.loss() / 10)
  })

  it('f32 parameters: no tensor is left behind, frozen ones stay', () => {
    const { network, residuals, loss } = regression('f32')
    network.freeze('0.bias')
    const frozen = (network.stateDict().get('0.bias') as Tensor).toArray()
    const optimizer = new LevenbergMarquardt(network.namedParameters())
    const first = loss()
    scope(() => void optimizer.step(residuals))
    const before = memory().tensors
    for (let k = 0; k < 5; k++) scope(() => void optimizer.step(residuals))
    expect(memory().tensors).toBe(before)
    expect(loss()).toBeLessThan(first / 2)
    expect((network.stateDict().get('0.bias') as Tensor).toArray()).toEqual(frozen)
  })

  it('goes on bit for bit from a saved state', () => {
    const [one, two] = [regression(), regression()]
    const [a, b] = [one, two].map(({ network }) => new LevenbergMarquardt(network.namedParameters()))
    for (let k = 0; k < 4; k++) scope(() => void a!.step(one.residuals))
    two.network.loadStateDict(one.network.stateDict())
    b!.loadStateDict(a!.stateDict())
    for (let k = 0; k < 4; k++) {
      scope(() => void a!.step(one.residuals))
      scope(() => void b!.step(two.residuals))
    }
    const flat = ({ network }: typeof one): number[] =>
      [...network.parameters()].flatMap((p) => Array.from(p.toArray()))
    expect(flat(two)).toEqual(flat(one))
    expect(b!.damping).toBe(a!.damping)
  })

  it('residuals that are not finite: one sentence, and the parameters stay', () => {
    const { network, residuals } = regression()
    const before = [...network.parameters()].map((p) => p.toArray())
    const optimizer = new LevenbergMarquardt(network.parameters())
    expect(() => scope(() => optimizer.step(() => residuals().mul(Number.NaN)))).toThrow('LevenbergMarquardt: residual 0 is NaN at step 1. Try smaller initial weights, or scaled inputs.') // biome-ignore format: one line
    expect([...network.parameters()].map((p) => p.toArray())).toEqual(before)
  })
})
