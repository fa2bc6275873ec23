import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Linear, Module, Sequential } from '../../src/nn/index.js'
import { bfgs, LBFGS, lbfgs, NewtonCG, newtonCG, SGD, type SmoothOptions, type SmoothResult } from '../../src/optim/index.node.js' // biome-ignore format: one line
import { truncatedStep } from '../../src/optim/smooth/truncated.js'
import { strongWolfe, wolfeDefaults } from '../../src/optim/smooth/wolfe.js'
import { dot } from '../../src/optim/vector.js'
import { Generator, memory, randn, scope, type Tensor, type Tree, tensor } from '../../src/tensor/index.node.js'
import { fit, TensorDataset } from '../../src/train/index.node.js'
import { logistic, part, problems, quadratic, rosenbrock } from './problems.js'

const f64 = { dtype: 'f64' } as const
type Method = <T extends Tree>(f: (x: T) => Tensor, x0: T, options?: SmoothOptions) => SmoothResult<T>
const methods: Readonly<Record<string, Method>> = { lbfgs, bfgs, newtonCG }

describe('by hand', () => {
  it.each(Object.entries(methods))('%s: a parabola in a tree of parameters', (_, method) => {
    // (a - 3)^2 + 2 (b_0 + 1)^2 + (b_1 - a)^2: least at a = 3, b = (-1, 3).
    const result = method(
      ({ a, b }: { a: Tensor; b: readonly [Tensor, Tensor] }) => a.sub(3).square().add(b[0].add(1).square().mul(2)).add(b[1].sub(a).square()).sum(),
      { a: tensor(0), b: [tensor([5]), tensor([1], f64)] as const },
    ) // biome-ignore format: as it stands
    expect(result.outcome).toBe('converged')
    expect(result.x.a.item()).toBeCloseTo(3, 6)
    expect(result.x.b[0].toArray()[0]).toBeCloseTo(-1, 6)
    expect(result.x.b[1].toArray()[0]).toBeCloseTo(3, 6)
    expect(result.x.a.dtype).toBe('f64')
    expect(result.history[0]).toBe(9 + 72 + 1)
  })

  it('newtonCG takes one step for a quadratic', () => {
    const result = newtonCG(quadratic, tensor([3, -2, 5], f64), { gtol: 1e-6 })
    // Inexactly at first; never more than a few.
    expect(result.iterations).toBeLessThan(8)
    for (const [i, x] of result.x.toArray().entries()) expect(x).toBeCloseTo(1 / (1 + 3 * i), 6)
  })

  it('truncated CG: the Newton step inside, the border outside, negative curvature to the border', () => {
    const H = [2, 8]
    const product = (v: Float64Array): Float64Array => v.map((value, i) => H[i]! * value)
    const g = Float64Array.of(-2, -8)
    expect(Array.from(truncatedStep(g, product, 10, 1e-12, 10).step)).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]) // biome-ignore format: one line
    const short = truncatedStep(g, product, 0.5, 1e-12, 10)
    expect(short.ending).toBe('border')
    expect(Math.sqrt(dot(short.step, short.step))).toBeCloseTo(0.5, 14)
    const saddle = truncatedStep(Float64Array.of(0.1, 0), (v) => Float64Array.of(-v[0]!, v[1]!), 2, 1e-12, 10)
    expect(saddle.ending).toBe('negative-curvature')
    expect(saddle.step[0]).toBeCloseTo(-2, 14)
    // -(g p + p H p / 2) = 0.2 + 2.
    expect(saddle.predicted).toBeCloseTo(2.2, 14)
  })
})

describe('minima of test functions', () => {
  for (const [name, method] of Object.entries(methods))
    for (const [title, { f, least, point, starts }] of Object.entries(problems))
      for (const start of starts)
        it(`${name}: ${title} from ${start.slice(0, 4).join(', ')}`, () => {
          const result = method(f, tensor([...start], f64), { rtol: 1e-13, maxIterations: 3000 })
          expect(result.message).toBeNull()
          expect(result.value - least).toBeLessThan(1e-9)
          if (point !== null) for (const [i, x] of result.x.toArray().entries()) expect(x).toBeCloseTo(point[i]!, 4)
          // The loss never rises.
          for (let k = 1; k < result.history.length; k++)
            expect(result.history[k]!).toBeLessThanOrEqual(result.history[k - 1]!)
          expect(result.value).toBe(result.history.at(-1))
        })

  it.each(Object.entries(methods))('%s does not depend on the units of f', (_, method) => {
    for (const factor of [1e-100, 1e100]) {
      const result = method((x) => rosenbrock(x).mul(factor), tensor([-1.2, 1], f64))
      for (const x of result.x.toArray()) expect(x).toBeCloseTo(1, 4)
    }
  })

  it.each(Object.entries(methods))('%s does not depend on the units of x', (_, method) => {
    for (const unit of [1e-60, 1e60]) {
      const result = method((x) => rosenbrock(x.div(unit)), tensor([-1.2 * unit, unit], f64), { maxIterations: 5000 })
      for (const x of result.x.toArray()) expect(x / unit).toBeCloseTo(1, 4)
    }
  })

  it('newtonCG leaves a saddle that has a gradient to leave by', () => {
    const f = (x: Tensor): Tensor => part(x, 0).square().add(part(x, 1).square().sub(1).square()).sum()
    const result = newtonCG(f, tensor([1, 1e-6], f64))
    expect(Math.abs(result.x.toArray()[1]!)).toBeCloseTo(1, 8)
  })
})

describe('strong Wolfe conditions', () => {
  const evaluateOf = (f: (t: number) => number, slope: (t: number) => number) => (t: number) => ({ value: f(t), gradient: Float64Array.of(slope(t)) }) // biome-ignore format: one line
  const lines: [string, (t: number) => number, (t: number) => number][] = [
    ['a parabola', (t) => (t - 3) ** 2, (t) => 2 * (t - 3)],
    ['far away', (t) => (t / 1000 - 1) ** 2, (t) => (2 * (t / 1000 - 1)) / 1000],
    ['near', (t) => (1000 * t - 1) ** 2, (t) => 2000 * (1000 * t - 1)],
    ['waves', (t) => Math.sin(5 * t) / 5 - 1.2 * t + t * t / 8, (t) => Math.cos(5 * t) - 1.2 + t / 4],
    ['a wall', (t) => -t - Math.log(2 - t), (t) => -1 + 1 / (2 - t)],
    ['exponential', (t) => Math.exp(t) - 5 * t, (t) => Math.exp(t) - 5],
  ] // biome-ignore format: a table
  for (const [name, f, slope] of lines)
    for (const first of [1e-3, 1, 100])
      for (const c2 of [0.9, 0.1])
        it(`${name}, first step ${first}, c2 ${c2}`, () => {
          const s0 = slope(0)
          expect(s0).toBeLessThan(0)
          const evaluate = evaluateOf(f, slope)
          const found = strongWolfe(evaluate, Float64Array.of(1), evaluate(0), s0, first, { ...wolfeDefaults, c2, tolerance: 0 }) // biome-ignore format: one line
          const { t } = found.trial
          expect(found.holds).toBe(true)
          expect(f(t)).toBeLessThanOrEqual(f(0) + 1e-4 * t * s0)
          expect(Math.abs(slope(t))).toBeLessThanOrEqual(c2 * Math.abs(s0))
        })

  it('says where they do not hold', () => {
    // Falls for ever.
    const evaluate = evaluateOf((t) => -t, () => -1) // biome-ignore format: one line
    expect(strongWolfe(evaluate, Float64Array.of(1), evaluate(0), -1, 1).holds).toBe(false)
  })
})

const oracle = JSON.parse(readFileSync(new URL('../oracle/optim/secondOrder.json', import.meta.url), 'utf8')) as {
  lbfgs: {
    problem: 'rosenbrock' | 'quadratic' | 'logistic'
    start: number[]
    options: { line_search_fn?: 'strong_wolfe'; history_size?: number; lr?: number }
    iterates: number[][]
    losses: number[]
    evaluations: number
    iterations: number
  }[]
}

describe('LBFGS against PyTorch', () => {
  const functions = { rosenbrock, quadratic, logistic }
  for (const { problem, start, options, iterates, losses, evaluations, iterations } of oracle.lbfgs)
    it(`${problem} of ${start.length}, ${JSON.stringify(options)}`, () => {
      const x = tensor(start, f64)
      x.requiresGrad = true
      const optimizer = new LBFGS([x], {
        maxIter: 4,
        lr: options.lr ?? 1,
        historySize: options.history_size ?? 100,
        lineSearchFn: options.line_search_fn ?? null,
      })
      for (const [k, expected] of iterates.entries()) {
        const loss = scope(() =>
          optimizer.step(() => {
            optimizer.zeroGrad()
            const value = functions[problem](x)
            value.backward()
            return value
          })!.item(),
        ) // biome-ignore format: as it stands
        expect(loss).toBeCloseTo(losses[k]!, 8)
        for (const [i, value] of x.toArray().entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5)
      }
      expect(optimizer.counts).toEqual({ evaluations, iterations })
    })
})

/** A network, its data, and the closures that train it. */
function regression(dtype: 'f32' | 'f64' = 'f64') {
  const generator = new Generator(3)
  const options = { generator, dtype }
  const model = new Sequential(new Linear(2, 8, options), new Tanh(), new Linear(8, 1, options))
  const X = randn([40, 2], options)
  const y = scope(() => X.square().sum({ axis: 1, keepDims: true }).sin())
  const residuals = (): Tensor => model.forward(X).sub(y)
  const loss = (): Tensor => residuals().square().mean()
  const closure = (): Tensor => {
    model.zeroGrad()
    const value = loss()
    value.backward()
    return value
  }
  return { model, residuals, loss, closure }
}

class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return x.tanh()
  }
}

describe('training', () => {
  it('LBFGS and NewtonCG reach a lower loss than SGD in as many evaluations', () => {
    const finals: Record<string, number> = {}
    for (const name of ['SGD', 'LBFGS', 'NewtonCG']) {
      const { model, loss, closure } = regression()
      let evaluations = 0
      const counted = (run: () => Tensor) => () => {
        evaluations++
        return run()
      }
      const optimizer = name === 'SGD' ? new SGD(model.parameters(), { lr: 0.1 }) : name === 'LBFGS' ? new LBFGS(model.parameters(), { lineSearchFn: 'strong_wolfe' }) : new NewtonCG(model.parameters()) // biome-ignore format: one line
      const run = counted(name === 'NewtonCG' ? loss : closure)
      while (evaluations < 200) scope(() => void optimizer.step(run))
      finals[name] = scope(() => loss().item())
      optimizer.dispose()
    }
    expect(finals['LBFGS']!).toBeLessThan(finals['SGD']! / 10)
    expect(finals['NewtonCG']!).toBeLessThan(finals['SGD']! / 3)
  })

  it('LBFGS in fit, which evaluates the batch again as often as it is asked', async () => {
    const { model, loss } = regression()
    const generator = new Generator(3)
    scope(() => void randn([8 * 2 + 8 + 8 + 1], { generator, dtype: 'f64' }))
    const X = randn([200, 2], { generator, dtype: 'f64' }).keep()
    const y = scope(() => X.square().sum({ axis: 1, keepDims: true }).sin()).keep()
    const optimizer = new LBFGS(model.namedParameters(), { lineSearchFn: 'strong_wolfe' })
    const mse = (output: Tensor, target: Tensor): Tensor => output.sub(target).square().mean()
    const before = scope(() => loss().item())
    const report = await fit(model, new TensorDataset(X, y), { optimizer, loss: mse, batchSize: 200, steps: 5 })
    expect(report.outcome).toBe('done')
    expect(scope(() => mse(model.forward(X), y).item())).toBeLessThan(before / 3)
    expect(optimizer.counts.evaluations).toBeGreaterThan(50)
  })

  it.each(['LBFGS', 'NewtonCG'])('%s: no tensor is left behind, and frozen parameters stay', (name) => {
    const { model, loss, closure } = regression('f32')
    model.freeze('0.bias')
    const frozen = [...model.namedParameters()][1]![1].toArray()
    const optimizer = name === 'LBFGS' ? new LBFGS(model.namedParameters()) : new NewtonCG(model.namedParameters())
    const run = name === 'LBFGS' ? closure : loss
    scope(() => void optimizer.step(run))
    const before = memory().tensors
    for (let k = 0; k < 3; k++) scope(() => void optimizer.step(run))
    expect(memory().tensors).toBe(before)
    expect([...model.namedParameters()][1]![1].toArray()).toEqual(frozen)
  })

  it.each(['LBFGS', 'NewtonCG'])('%s goes on bit for bit from a saved state', (name) => {
    const one = regression()
    const two = regression()
    const make = ({ model }: typeof one) => name === 'LBFGS' ? new LBFGS(model.namedParameters(), { lineSearchFn: 'strong_wolfe', maxIter: 3 }) : new NewtonCG(model.namedParameters()) // biome-ignore format: one line
    const [a, b] = [make(one), make(two)]
    const step = (of: typeof one, optimizer: typeof a): void => scope(() => void optimizer.step(name === 'LBFGS' ? of.closure : of.loss)) // biome-ignore format: one line
    for (let k = 0; k < 4; k++) step(one, a)
    two.model.loadStateDict(one.model.stateDict())
    b.loadStateDict(a.stateDict())
    for (let k = 0; k < 4; k++) {
      step(one, a)
      step(two, b)
    }
    const flat = ({ model }: typeof one): number[] => [...model.parameters()].flatMap((p) => Array.from(p.toArray()))
    expect(flat(two)).toEqual(flat(one))
  })
})

describe('outcomes', () => {
  it('the iteration limit throws, or is told', () => {
    expect(() => lbfgs(rosenbrock, tensor([-1.2, 1]), { maxIterations: 2 })).toThrow('lbfgs: the iteration limit is reached, after 2 iterations. Try a larger maxIterations, looser tolerances, or another start.') // biome-ignore format: one line
    const told = lbfgs(rosenbrock, tensor([-1.2, 1]), { maxIterations: 2, check: false })
    expect(told.outcome).toBe('iteration-limit')
    expect(told.history).toHaveLength(3)
  })

  it.each(Object.entries(methods))('%s: falls without end', (_, method) => {
    expect(method((x) => x.sum(), tensor([1, 2], f64), { check: false }).outcome).toBe('unbounded')
  })

  it.each(Object.entries(methods))('%s: NaN at the start, and a wall that steps must respect', (name, method) => {
    expect(() => method((x) => x.log().sum(), tensor([-1], f64))).toThrow(`${name}: the loss is NaN at x0, after 0 iterations. Try another start.`) // biome-ignore format: one line
    // x - log x: NaN below 0, least at 1.
    expect(method((x) => x.sub(x.log()).sum(), tensor([30], f64)).x.toArray()[0]).toBeCloseTo(1, 7)
  })

  it.each(Object.entries(methods))('%s: a start at the minimum, and no unknowns that matter', (_, method) => {
    const there = method((x) => x.square().sum(), tensor([0, 0], f64))
    expect([there.outcome, there.iterations]).toEqual(['converged', 0])
    expect(method(() => tensor(5, f64), tensor([1], f64)).outcome).toBe('converged')
  })

  it.each(Object.entries(methods))('%s leaves no tensor behind, also where it throws', (_, method) => {
    const start = tensor([-1.2, 1])
    const before = memory().tensors
    const result = method(rosenbrock, start)
    result.x.dispose()
    result.gradient.dispose()
    expect(() => method(rosenbrock, start, { maxIterations: 1 })).toThrow()
    expect(() => method((x) => x, start)).toThrow('expected one element. Try sum() at its end.')
    expect(memory().tensors).toBe(before)
  })

  it('is stopped by an AbortSignal', () => {
    const abort = new AbortController()
    const onIteration = (): void => abort.abort()
    expect(() => bfgs(rosenbrock, tensor([-1.2, 1]), { signal: abort.signal, onIteration })).toThrow('interrupted')
  })

  it('usage', () => {
    const x = tensor([1], f64)
    expect(() => lbfgs(rosenbrock, tensor([1, Number.NaN]))).toThrow('lbfgs: x0 holds NaN (element 1); expected finite numbers.') // biome-ignore format: one line
    expect(() => new LBFGS([x]).step()).toThrow('LBFGS: step() got no closure; expected one that computes the loss and its gradients.') // biome-ignore format: one line
    expect(() => new LBFGS([x], { lineSearchFn: 'wolfe' as never })).toThrow("LBFGS: lineSearchFn is 'wolfe'; expected 'strong_wolfe' or null.") // biome-ignore format: one line
  })
})
