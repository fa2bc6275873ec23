/** Random numbers: the same on every machine, and of the distributions they claim. */
import { describe, expect, it } from 'vitest'
import {
  bernoulli,
  Generator,
  manualSeed,
  normal,
  rand,
  randint,
  randn,
  randperm,
  tensor,
} from '../../src/tensor/index.js'

const at = (seed: number): { generator: Generator } => ({ generator: new Generator(seed) })

describe('a generator', () => {
  it('repeats itself from its seed, and from a state', () => {
    const generator = new Generator(7)
    const first = rand([5], { generator }).toNested()
    const { state } = generator
    const second = randn([5], { generator }).toNested()
    expect(rand([5], at(7)).toNested()).toEqual(first)
    expect(randn([5], { generator: Generator.restore(state) }).toNested()).toEqual(second)
    expect(rand([5], at(8)).toNested()).not.toEqual(first)
  })

  it('gives known numbers: Philox 4x32-10 of key (0, 0), block 0', () => {
    // The known answer of Random123's kat_vectors for counter 0 and key 0: 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
    const words = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]
    const unit = rand([4], at(0)).toNested() as number[]
    expect(unit).toEqual(words.map((word) => (word >>> 8) / 2 ** 24))
  })

  it('splits into streams of their own, and goes on', () => {
    const generator = new Generator(1)
    const [a, b] = generator.split(2)
    const numbers = [a!, b!, generator].map((one) => rand([4], { generator: one }).toNested())
    expect(new Set(numbers.flat() as number[]).size).toBe(12)
    expect(new Generator(1).split(2).map((one) => rand([4], { generator: one }).toNested())).toEqual(
      numbers.slice(0, 2),
    )
  })

  it('does not depend on how its numbers are asked for', () => {
    const generator = new Generator(3)
    const parts = [8, 4, 12].flatMap((n) => rand([n], { generator }).toNested() as number[])
    expect(rand([24], at(3)).toNested()).toEqual(parts)
  })

  it('wants a seed that is one', () => {
    expect(() => new Generator(-1)).toThrow('Generator: seed -1; expected a whole number from 0 to 2^53 - 1.')
    expect(() => rand([2], { dtype: 'i32' })).toThrow('rand: dtype i32; expected f32 or f64. Try randint().')
  })
})

describe('distributions', () => {
  const n = 100_000
  const moments = (values: ArrayLike<number>): { mean: number; variance: number } => {
    let [sum, squares] = [0, 0]
    for (let i = 0; i < values.length; i++) sum += values[i]!
    const mean = sum / values.length
    for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2
    return { mean, variance: squares / values.length }
  }

  it.each(['f32', 'f64'] as const)('uniform: in [0, 1), mean 1/2, variance 1/12 (%s)', (dtype) => {
    const values = rand([n], { dtype, ...at(1) }).toArray()
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true)
    const { mean, variance } = moments(values)
    // Six standard errors.
    expect(Math.abs(mean - 0.5)).toBeLessThan(6 / Math.sqrt(12 * n))
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(6 * Math.sqrt(1 / 180 / n))
  })

  it.each(['f32', 'f64'] as const)('normal: finite, mean 0, variance 1, tails (%s)', (dtype) => {
    const values = randn([n], { dtype, ...at(2) }).toArray()
    const { mean, variance } = moments(values)
    expect(Math.abs(mean)).toBeLessThan(6 / Math.sqrt(n))
    expect(Math.abs(variance - 1)).toBeLessThan(6 * Math.sqrt(2 / n))
    // P(|x| > 2) = 0.0455.
    const beyond = values.filter((value) => Math.abs(value) > 2).length / n
    expect(Math.abs(beyond - 0.0455)).toBeLessThan(6 * Math.sqrt((0.0455 * 0.9545) / n))
    const shifted = moments(normal(5, 2, [n], at(2)).toArray())
    expect(shifted.mean).toBeCloseTo(5, 1)
    expect(Math.sqrt(shifted.variance)).toBeCloseTo(2, 1)
  })

  it('whole numbers: each as often, ends included as stated', () => {
    const counts = new Array(6).fill(0)
    for (const value of randint(-2, 4, [n], at(3)).toArray()) counts[value + 2]++
    for (const count of counts) expect(Math.abs(count - n / 6)).toBeLessThan(6 * Math.sqrt((n * 5) / 36))
    expect(() => randint(3, 3, [1])).toThrow(
      'randint: from 3 up to 3; expected whole numbers of 32 bits, the second larger.',
    )
  })

  it('permutations hold every place once, each as often first', () => {
    const firsts = new Array(4).fill(0)
    const generator = new Generator(4)
    for (let i = 0; i < 4000; i++) {
      const order = randperm(4, { generator }).toArray()
      expect([...order].sort()).toEqual([0, 1, 2, 3])
      firsts[order[0]!]++
    }
    for (const count of firsts) expect(Math.abs(count - 1000)).toBeLessThan(6 * Math.sqrt(750))
    expect(randperm(0).shape).toEqual([0])
  })

  it('Bernoulli: true as often as asked', () => {
    const hits = bernoulli(0.3, { shape: [n], ...at(5) })
      .sum()
      .item()
    expect(Math.abs(hits / n - 0.3)).toBeLessThan(6 * Math.sqrt(0.21 / n))
    expect(bernoulli(tensor([0, 1, 0, 1])).toNested()).toEqual([false, true, false, true])
    expect(() => bernoulli(1.5)).toThrow('bernoulli: p = 1.5; expected 0 to 1.')
  })
})

describe('manualSeed', () => {
  it('starts what is used where no generator is given', () => {
    manualSeed(11)
    const first = [rand([3]).toNested(), randn([3]).toNested(), randperm(5).toNested()]
    manualSeed(11)
    expect([rand([3]).toNested(), randn([3]).toNested(), randperm(5).toNested()]).toEqual(first)
  })
})
