/** Initial values: bounds, moments, and PyTorch's fans and gains. */
import { describe, expect, test } from 'vitest'
import { UsageError } from '../../src/core/index.js'
import {
  calculateFans,
  calculateGain,
  constant_,
  kaimingNormal_,
  kaimingUniform_,
  Linear,
  normal_,
  ones_,
  orthogonal_,
  sparse_,
  truncNormal_,
  uniform_,
  xavierNormal_,
  xavierUniform_,
  zeros_,
} from '../../src/nn/index.node.js'
import { eye, Generator, memory, type Tensor, zeros } from '../../src/tensor/index.node.js'
import { farthest, flat } from '../linalg/support.js'

const generator = (): Generator => new Generator(11)
const shape = [200, 50, 2]
const moments = (x: Tensor): { mean: number; std: number; least: number; most: number } => {
  const values = flat(x)
  const mean = values.reduce((a, b) => a + b) / values.length
  const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)
  return { mean, std, least: values.reduce((a, b) => Math.min(a, b)), most: values.reduce((a, b) => Math.max(a, b)) }
}

test('fans of a convolution: 50 inputs and 200 outputs of 2 places', () => {
  expect(calculateFans({ shape })).toEqual({ fanIn: 100, fanOut: 400 })
  expect(calculateFans(new Linear(3, 7).weight)).toEqual({ fanIn: 3, fanOut: 7 })
  expect(() => calculateFans({ shape: [3] })).toThrow(/expected at least two axes/)
})

test('gains as in PyTorch', () => {
  const gains = [['linear', 1], ['sigmoid', 1], ['tanh', 5 / 3], ['relu', Math.SQRT2], ['selu', 0.75]] as const // biome-ignore format: one line
  for (const [name, gain] of gains) expect(calculateGain(name)).toBe(gain)
  expect(calculateGain('leakyRelu', 0.2)).toBeCloseTo(1.3867504905630728, 15)
  expect(() => calculateGain('swish' as never)).toThrow(/^calculateGain: 'swish'; expected linear, sigmoid/)
})

describe('moments', () => {
  const table: [string, (x: Tensor) => Tensor, number, number | null][] = [
    ['uniform_', (x) => uniform_(x, -1, 3, { generator: generator() }), 4 / Math.sqrt(12), null],
    ['normal_', (x) => normal_(x, 1, 2, { generator: generator() }), 2, null],
    ['xavierUniform_', (x) => xavierUniform_(x, { gain: 2, generator: generator() }), 2 * Math.sqrt(2 / 500), Math.sqrt(6 / 500) * 2],
    ['xavierNormal_', (x) => xavierNormal_(x, { generator: generator() }), Math.sqrt(2 / 500), null],
    ['kaimingUniform_', (x) => kaimingUniform_(x, { generator: generator() }), Math.sqrt(2 / 100), Math.sqrt(6 / 100)],
    ['kaimingUniform_, a', (x) => kaimingUniform_(x, { a: Math.sqrt(5), generator: generator() }), Math.sqrt(1 / 300), 0.1],
    ['kaimingNormal_, fanOut', (x) => kaimingNormal_(x, { mode: 'fanOut', nonlinearity: 'tanh', generator: generator() }), 5 / 3 / 20, null],
  ] // biome-ignore format: a table
  for (const [name, fill, std, bound] of table)
    for (const dtype of ['f32', 'f64'] as const)
      test(`${name} (${dtype})`, () => {
        const x = zeros(shape, { dtype, requiresGrad: true })
        const { version } = x.storage
        expect(fill(x)).toBe(x)
        expect(x.storage.version).toBeGreaterThan(version)
        const seen = moments(x)
        const mean = name === 'uniform_' || name === 'normal_' ? 1 : 0
        expect(Math.abs(seen.mean - mean)).toBeLessThan((4 * std) / Math.sqrt(20000))
        expect(seen.std / std).toBeCloseTo(1, 1)
        if (bound === null) return
        expect(seen.most).toBeLessThanOrEqual(bound)
        expect(seen.most).toBeGreaterThan(0.99 * bound)
        expect(seen.least).toBeLessThan(-0.99 * bound)
      })
  test('the same seed gives the same values', () => {
    expect(flat(normal_(zeros([9]), 0, 1, { generator: generator() }))).toEqual(flat(normal_(zeros([9]), 0, 1, { generator: generator() }))) // biome-ignore format: one line
  })
})

describe('truncNormal_', () => {
  /** Mean and standard deviation of a standard normal variable between a and b, by integration. */
  const integrated = (a: number, b: number): { mean: number; std: number } => {
    const n = 20000
    let [mass, first, second] = [0, 0, 0]
    for (let i = 0; i < n; i++) {
      const z = a + ((b - a) * (i + 0.5)) / n
      const density = Math.exp((Math.max(0, a) ** 2 - z * z) / 2)
      mass += density
      first += density * z
      second += density * z * z
    }
    return { mean: first / mass, std: Math.sqrt(second / mass - (first / mass) ** 2) }
  }
  for (const [a, b] of [[-2, 2], [-0.5, 3], [1, 2], [3, 3.1], [5, 20], [-30, -6], [-9, 0], [0, 9]] as const) // biome-ignore format: one line
    test(`between ${a} and ${b}`, () => {
      const x = truncNormal_(zeros([20000], { dtype: 'f64' }), { a, b, generator: generator() })
      const [seen, expected] = [moments(x), integrated(Math.max(a, -12), Math.min(b, a > 0 ? a + 12 : 12))]
      if (a === -30) Object.assign(expected, { ...integrated(6, 18), mean: -integrated(6, 18).mean })
      expect(seen.least).toBeGreaterThanOrEqual(a)
      expect(seen.most).toBeLessThanOrEqual(b)
      expect(Math.abs(seen.mean - expected.mean)).toBeLessThan((5 * expected.std) / Math.sqrt(20000))
      expect(seen.std / expected.std).toBeCloseTo(1, 1)
    })
  test('a mean and a standard deviation move the bounds along', () => {
    const x = truncNormal_(zeros([5000]), { mean: 10, std: 0.5, a: 9, b: 12, generator: generator() })
    expect(moments(x).least).toBeGreaterThanOrEqual(9)
    expect(moments(x).mean).toBeCloseTo(10.027, 1)
    expect(() => truncNormal_(zeros([2]), { a: 2, b: 1 })).toThrow(new UsageError('truncNormal_: between a = 2 and b = 1; expected a < b.')) // biome-ignore format: one line
  })
})

describe('matrices', () => {
  test.each([
    [4, 4],
    [6, 3],
    [3, 6],
  ])('orthogonal_ %i x %i, times gain', (m, n) => {
    // biome-ignore format: one line
    const x = orthogonal_(zeros([m, n], { dtype: 'f64' }), { gain: 3, generator: generator() })
    const gram = m < n ? x.matmul(x.transpose()) : x.transpose().matmul(x)
    expect(farthest(gram, eye(Math.min(m, n), { dtype: 'f64' }).mul(9))).toBeLessThan(1e-13)
    expect(orthogonal_(zeros([m, n, 1])).dtype).toBe('f32')
  })
  test('sparse_: each column has its share of zeros, rounded up', () => {
    const x = sparse_(zeros([7, 5]), 0.3, { std: 0.1, generator: generator() }).toNested() as number[][]
    for (let j = 0; j < 5; j++) expect(x.filter((row) => row[j] === 0).length).toBe(3)
  })
})

test('constants; on a view; nothing left behind', () => {
  const x = zeros([2, 3])
  const before = memory().tensors
  ones_(x)
  constant_(x, 4)
  xavierUniform_(x)
  sparse_(x, 0.5)
  orthogonal_(x)
  truncNormal_(x)
  expect(memory().tensors).toBe(before)
  zeros_(x)
  constant_(x.slice(null, 1), 7)
  expect(x.toNested()).toEqual([[0, 7, 0], [0, 7, 0]]) // biome-ignore format: rows
  expect(() => ones_(zeros([2], { dtype: 'i32' }))).toThrow(new UsageError('constant_: got i32[2]; expected f32 or f64.')) // biome-ignore format: one line
})
