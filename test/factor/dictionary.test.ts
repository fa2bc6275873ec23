/** Sparse codes against soft thresholds and optimality conditions; dictionaries against rows made of few atoms. */
import { describe, expect, it } from 'vitest'
import { DictionaryLearning, sparseEncode } from '../../src/factor/index.node.js'
import { eye, Generator, matmul, memory, randn, scope, sub, tensor, transpose } from '../../src/tensor/index.node.js'

const atomsOf = (k: number, d: number, seed: number) =>
  scope(() => {
    const D = randn([k, d], { dtype: 'f64', generator: new Generator(seed) })
    return D.div(D.norm({ axis: 1, keepDims: true }))
  })

describe('sparseEncode', () => {
  it('is the soft threshold for an orthonormal dictionary', () => {
    const codes = sparseEncode(tensor([[3, 0.5, -2]], { dtype: 'f64' }), eye(3, { dtype: 'f64' }), { alpha: 1 })
    expect(codes.toNested()).toEqual([[2, 0, -1]])
  })

  it.each(
    (['fista', 'cd'] as const).flatMap((method) => [
      [method, 5, 8, 0.1] as const,
      [method, 20, 8, 0.3] as const,
      [method, 3, 3, 0.01] as const,
    ]),
  )('meets the optimality conditions: %s, %i atoms of %i columns, alpha %f', (method, k, d, alpha) => {
    scope(() => {
      const D = atomsOf(k, d, 1)
      const x = randn([12, d], { dtype: 'f64', generator: new Generator(2) })
      const z = sparseEncode(x, D, { method, alpha })
      const correlations = matmul(sub(x, matmul(z, D)), transpose(D)).toArray()
      for (const [at, one] of z.toArray().entries())
        if (one === 0) expect(Math.abs(correlations[at]!)).toBeLessThanOrEqual(alpha + 1e-7)
        else expect(correlations[at]!).toBeCloseTo(alpha * Math.sign(one), 7)
    })
  })

  it('pursues rows that are made of two of orthonormal atoms exactly, and leaves residuals at right angles', () => {
    scope(() => {
      const z = sparseEncode(tensor([[0, -3, 0, 2]], { dtype: 'f64' }), eye(4, { dtype: 'f64' }), { method: 'omp', nonzeros: 2 }) // biome-ignore format: one line
      expect(z.toNested()).toEqual([[0, -3, 0, 2]])
      const D = atomsOf(20, 8, 1)
      const x = randn([12, 8], { dtype: 'f64', generator: new Generator(2) })
      const codes = sparseEncode(x, D, { method: 'omp', nonzeros: 3 })
      const correlations = matmul(sub(x, matmul(codes, D)), transpose(D)).toArray()
      const values = codes.toArray()
      for (let i = 0; i < 12; i++) expect(values.subarray(i * 20, (i + 1) * 20).filter((v) => v !== 0).length).toBe(3)
      for (const [at, one] of values.entries()) if (one !== 0) expect(Math.abs(correlations[at]!)).toBeLessThan(1e-10)
    })
  })

  it('has codes of zero for atoms of zero, whatever the method', () => {
    scope(() => {
      const D = tensor([[1, 0], [0, 0], [0, 1]], { dtype: 'f64' }) // biome-ignore format: a matrix
      for (const method of ['fista', 'cd', 'omp'] as const) {
        const z = sparseEncode(tensor([[3, -2]], { dtype: 'f64' }), D, { method, alpha: 0, nonzeros: 2 }).toArray()
        for (const [at, one] of [3, 0, -2].entries()) expect(z[at]).toBeCloseTo(one, 8)
        expect(
          sparseEncode(tensor([[3, -2]]), D.mul(0), { method })
            .toArray()
            .every((v) => v === 0),
        ).toBe(true)
      }
    })
  })

  it.each([1e200, 1e-200])('has atoms in units of %d', (unit) => {
    scope(() => {
      const D = atomsOf(7, 5, 1)
      const x = randn([4, 5], { dtype: 'f64', generator: new Generator(2) })
      const plain = sparseEncode(x, D, { alpha: 0.2 }).toArray()
      const codes = sparseEncode(x, D.mul(unit), { alpha: 0.2 * unit }).toArray()
      for (const [at, one] of plain.entries()) expect(codes[at]! * unit).toBeCloseTo(one, 9)
    })
  })

  it('says what is wrong', () => {
    const x = tensor([[1, 2]])
    expect(() => sparseEncode(x, eye(3))).toThrow('sparseEncode: rows f32[1, 2] and atoms f64[3, 3]; expected as many columns.') // biome-ignore format: one line
    expect(() => sparseEncode(x, eye(2), { alpha: -1 })).toThrow(
      'sparseEncode: alpha is -1; expected a number from 0 on.',
    )
  })
})

describe('DictionaryLearning', () => {
  const x = scope(() => {
    const D = atomsOf(6, 10, 3)
    const codes = randn([80, 6], { dtype: 'f64', generator: new Generator(4) })
    const mask = randn([80, 6], { dtype: 'f64', generator: new Generator(5) }).gt(0.5)
    return matmul(codes.mul(mask.to('f64')), D)
  })

  it('falls with every iteration, and ends with atoms of length at most 1', () => {
    let before = Number.POSITIVE_INFINITY
    for (const maxIterations of [1, 2, 4, 8, 16, 100]) {
      const model = new DictionaryLearning({ k: 6, alpha: 0.1, maxIterations }).fit(x)
      expect(model.objective).toBeLessThanOrEqual(before * (1 + 1e-12))
      before = model.objective
      for (const length of scope(() => model.components.norm({ axis: 1 }).toArray()))
        expect(length).toBeLessThanOrEqual(1 + 1e-12)
      // Codes for the last atoms are at least as good as those that the atoms were improved for.
      expect(-model.score(x) * 80).toBeLessThanOrEqual(model.objective * (1 + 1e-9))
      model.dispose()
    }
  })

  it('is the same for the same seed, scales with rows and alpha, and leaves no tensor behind', () => {
    const before = memory().tensors
    const model = new DictionaryLearning({ k: 14, alpha: 0.1, maxIterations: 5, seed: 3 }).fit(x)
    const again = new DictionaryLearning({ k: 14, alpha: 0.1, maxIterations: 5, seed: 3 }).fit(x)
    expect(again.objective).toBe(model.objective)
    const large = scope(() => x.mul(2 ** 500))
    const plain = new DictionaryLearning({ k: 6, alpha: 0.1, maxIterations: 5 }).fit(x)
    const scaled = new DictionaryLearning({ k: 6, alpha: 0.1 * 2 ** 500, maxIterations: 5 }).fit(large)
    expect(scaled.objective / 2 ** 500 / 2 ** 500 / plain.objective).toBeCloseTo(1, 6)
    for (const one of [model, again, plain, scaled, large]) one.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('has zero codes where alpha is beyond every correlation', () => {
    const model = new DictionaryLearning({ k: 3, alpha: 1e6 }).fit(x)
    scope(() =>
      expect(
        model
          .transform(x)
          .toArray()
          .every((v) => v === 0),
      ).toBe(true),
    )
    model.dispose()
  })
})
