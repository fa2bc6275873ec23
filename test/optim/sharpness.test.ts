/** Eigenvalues of Hessians by Lanczos, and the gradient noise scale. */
import { describe, expect, it } from 'vitest'
import { eigvalsh, qr } from '../../src/linalg/index.js'
import { Linear, parameter, Sequential } from '../../src/nn/index.js'
import { gradientNoise, sharpness } from '../../src/optim/index.js'
import { diag, Generator, hessian, memory, randn, scope, type Tensor, tanh, tensor, toArray, zeros } from '../../src/tensor/index.node.js' // biome-ignore format: one line

const f64 = (seed: number) => ({ dtype: 'f64' as const, generator: new Generator(seed) })
const descending = (x: Tensor): number[] => (toArray(x) as Float64Array).slice().sort().reverse() as unknown as number[]

/** 1/2 wᵀ A w. */
const quadratic = (A: Tensor, w: Tensor) => (): Tensor => w.mul(A.matmul(w)).sum().div(2)

/** A symmetric matrix with these eigenvalues. */
function withSpectrum(values: readonly number[], seed: number): Tensor {
  const { Q } = qr(randn([values.length, values.length], f64(seed)))
  return Q.matmul(diag(tensor(values, { dtype: 'f64' }))).matmul(Q.transpose())
}

describe('sharpness', () => {
  it('of (3 x^2 + y^2) / 2 is 3, and rates up to 2 / 3 are stable', () => {
    const w = parameter(tensor([1, 1], { dtype: 'f64' }))
    const A = tensor([[3, 0], [0, 1]], { dtype: 'f64' }) // biome-ignore format: a matrix
    const found = sharpness(quadratic(A, w), [w], { k: 2 })
    expect(found.eigenvalues[0]).toBeCloseTo(3, 12)
    expect(found.eigenvalues[1]).toBeCloseTo(1, 12)
    expect(found.largestRate).toBeCloseTo(2 / 3, 12)
    expect(found).toMatchObject({ converged: true, iterations: 2 })
    expect(w.grad).toBeNull()
  })

  it.each([
    ['spread', [10, 5, 2, 1, 0.5, 0.1, -0.3, -4]],
    ['close', [3, 2.99, 2.98, 1, 1, 1, 0, 0]],
    ['negative', [-1, -2, -3, -4, -5, -6, -7, -8]],
    ['far', [1e9, 1, 1e-9, 0, 0, 0, 0, 0]],
  ])('finds the largest eigenvalues of a quadratic (%s)', (_, values) => {
    const A = withSpectrum(values, 3)
    const w = parameter(randn([8], f64(4)))
    const { eigenvalues, largestRate, converged } = sharpness(quadratic(A, w), [w], { k: 3, tolerance: 1e-10 })
    expect(converged).toBe(true)
    for (let i = 0; i < 3; i++) expect(Math.abs(eigenvalues[i]! - values[i]!)).toBeLessThan(1e-10 * Math.abs(values[0]!) + 1e-12) // biome-ignore format: one line
    if (values[0]! > 0) expect(largestRate * values[0]!).toBeCloseTo(2, 8)
    else expect(largestRate).toBe(Number.POSITIVE_INFINITY)
  })

  it('is that of the exact Hessian of a small network', () => {
    const model = new Sequential(new Linear(3, 4, f64(1)), new Linear(4, 2, f64(2)))
    const [x, y] = [randn([10, 3], f64(5)), randn([10, 2], f64(6))]
    const parts = [...model.parameters()]
    const forward = (W1: Tensor, b1: Tensor, W2: Tensor, b2: Tensor): Tensor =>
      tanh(x.matmul(W1.transpose()).add(b1)).matmul(W2.transpose()).add(b2).sub(y).square().mean()
    const sizes = parts.map(({ size }) => size)
    const flat = tensor(parts.flatMap((p) => [...toArray(p)].map(Number)), { dtype: 'f64' }) // biome-ignore format: one line
    const H = hessian((v) => {
      const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((a, b) => a + b))
      const cut = parts.map((p, i) => v.slice({ start: ends[i]! - sizes[i]!, stop: ends[i]! }).reshape([...p.shape]))
      return forward(cut[0]!, cut[1]!, cut[2]!, cut[3]!)
    }, flat)
    const exact = descending(eigvalsh(H))
    const found = sharpness(() => forward(parts[0]!, parts[1]!, parts[2]!, parts[3]!), model.namedParameters(), { k: 4, tolerance: 1e-9 }) // biome-ignore format: one line
    for (let i = 0; i < 4; i++) expect(found.eigenvalues[i]! / exact[i]!).toBeCloseTo(1, 7)
  })

  it('works on f32 parameters to their precision', () => {
    const A = withSpectrum([8, 4, 2, 1], 1)
    const w = parameter(randn([4], { generator: new Generator(2) }))
    const { eigenvalues } = sharpness(quadratic(A.to('f32'), w), [w])
    expect(eigenvalues[0]! / 8).toBeCloseTo(1, 5)
  })

  it('of a linear loss is 0, and there is no bound', () => {
    const w = parameter(randn([4], f64(2)))
    expect(sharpness(() => w.sum(), [w])).toEqual({
      eigenvalues: [0],
      residuals: [0],
      largestRate: Number.POSITIVE_INFINITY,
      converged: true,
      iterations: 1,
    })
  })

  it('is NaN where the loss is', () => {
    const w = parameter(tensor([Number.NaN, 1], { dtype: 'f64' }))
    const { eigenvalues, converged } = sharpness(() => w.square().square().sum(), [w])
    expect(eigenvalues).toEqual([Number.NaN])
    expect(converged).toBe(false)
  })

  it('says where it gave up', () => {
    const A = withSpectrum(Array.from({ length: 60 }, (_, i) => 1 + 1e-4 * i), 3) // biome-ignore format: one line
    const w = parameter(randn([60], f64(4)))
    const found = sharpness(quadratic(A, w), [w], { iterations: 4, tolerance: 1e-12 })
    expect(found.converged).toBe(false)
    expect(found.iterations).toBe(4)
    expect(found.eigenvalues[0]!).toBeLessThanOrEqual(1 + 59e-4 + 1e-12)
  })

  it('leaves no tensor behind', () => {
    const w = parameter(randn([20], f64(2)))
    const before = memory().tensors
    scope(() => sharpness(() => w.square().square().sum(), [w], { k: 3 }))
    expect(memory().tensors).toBe(before)
  })

  it('refuses what it cannot differentiate', () => {
    const w = parameter(zeros([2]))
    expect(() => sharpness(() => w.square(), [w])).toThrow('sharpness: the loss is f32[2]; expected one element. Try mean().') // biome-ignore format: one line
    expect(() => sharpness(() => zeros([]), [w])).toThrow('sharpness: the loss does not depend on the parameters.')
    expect(() => sharpness(() => w.sum(), [w], { k: 0 })).toThrow('sharpness: k = 0; expected a whole number of at least 1.') // biome-ignore format: one line
  })
})

describe('gradientNoise', () => {
  it('is worked by hand', () => {
    // Gradients (3, 0) and (1, 0) of parts of 2 examples: mean (2, 0), variance of a part 2, of an example 4; |mean|^2 = 4 - 2 / 2.
    expect(gradientNoise([9, 1], 4, 2)).toEqual({ trace: 4, squaredMean: 3, scale: 4 / 3 })
  })

  it('is the variance of single gradients in expectation', () => {
    const [d, parts, examples] = [5, 400, 4]
    const generator = new Generator(3)
    const means = Array.from(
      { length: parts },
      () =>
      scope(() => toArray(randn([examples, d], { dtype: 'f64', generator }).mul(2).add(1).mean({ axis: 0 })) as Float64Array), // biome-ignore format: one line
    )
    const squares = means.map((g) => g.reduce((s, x) => s + x * x, 0))
    const whole = Array.from({ length: d }, (_, j) => means.reduce((s, g) => s + g[j]!, 0) / parts)
    const { trace, squaredMean, scale } = gradientNoise(
      squares,
      whole.reduce((s, x) => s + x * x, 0),
      examples,
    )
    // tr(cov) = 5 * 4 and |mean|^2 = 5, within a few standard errors.
    expect(Math.abs(trace - 20)).toBeLessThan(2.5)
    expect(Math.abs(squaredMean - 5)).toBeLessThan(0.5)
    expect(scale! / 4).toBeCloseTo(1, 0)
  })

  it('is null where noise hides the mean', () => {
    expect(gradientNoise([1, 1], 0, 1)).toEqual({ trace: 2, squaredMean: -1, scale: null })
  })

  it('needs two parts', () => {
    expect(() => gradientNoise([1], 1, 1)).toThrow('gradientNoise: 1 parts; expected at least 2.')
  })
})
