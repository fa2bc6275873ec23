/** Random pruning: exactly as many as asked for, the same everywhere, spread evenly. */
import { describe, expect, it } from 'vitest'
import { normals, pruned, zerosOf } from './pruning.js'

const values = normals(2, 5000)
const zerosAt = (all: readonly number[]): number[] => all.flatMap((value, i) => (value === 0 ? [i] : []))

describe('random elements', () => {
  it('are exactly as many as asked for, whatever their size', async () => {
    for (const amount of [0, 1, 17, 0.1, 0.5, 0.999, '1.0']) {
      const [one] = await pruned([{ values }], { amount, random: true, seed: 3 })
      const count = typeof amount === 'number' && amount >= 1 ? amount : Math.round(Number(amount) * 5000)
      expect(zerosOf(one!.values)).toBe(count)
    }
  })

  it('are these, for seed 7: a function of seed, name and place alone', async () => {
    const ones = { name: 'fc.weight', values: new Array(40).fill(1) }
    const [one] = await pruned([ones], { amount: 5, random: true, seed: 7 })
    expect(zerosAt(one!.values)).toMatchInlineSnapshot(`
      [
        3,
        14,
        15,
        20,
        21,
      ]
    `)
  })

  it('do not depend on chunks, precision, or other tensors', async () => {
    const options = { amount: 0.3, random: true, seed: 5 }
    const expected = zerosAt((await pruned([{ values }], options))[0]!.values)
    for (const chunk of [1, 3, 64, 4096, 100_000])
      expect(zerosAt((await pruned([{ values }], options, chunk))[0]!.values)).toEqual(expected)
    const beside = await pruned([{ values: Float32Array.from(values) }, { values: [1, 2] }], options)
    expect(zerosAt(beside[0]!.values)).toEqual(expected)
  })

  it('are nested in the amount, and others for another seed or name', async () => {
    const at = async (amount: number, seed: number, name: string) =>
      new Set(zerosAt((await pruned([{ values, name }], { amount, random: true, seed }))[0]!.values))
    const few = await at(0.2, 1, 'a')
    const many = await at(0.4, 1, 'a')
    expect([...few].every((i) => many.has(i))).toBe(true)
    for (const other of [await at(0.2, 2, 'a'), await at(0.2, 1, 'b'), await at(0.2, 1 + 2 ** 32, 'a')]) {
      const both = [...few].filter((i) => other.has(i)).length
      // 200 of 1000 agree by chance, give or take 11 (hypergeometric): five of these.
      expect(Math.abs(both - 200)).toBeLessThan(55)
    }
  })

  it('of the remaining: zeros are not drawn again', async () => {
    const half = await pruned([{ values }], { amount: 0.5, random: true, seed: 1 })
    const [again] = await pruned([{ values: Float64Array.from(half[0]!.values) }], {
      amount: 0.5,
      random: true,
      seed: 1,
      of: 'remaining',
    })
    expect(zerosOf(again!.values)).toBe(3750)
  })

  it('over all tensors are as many in all', async () => {
    const results = await pruned([{ values }, { values: normals(3, 1000) }], {
      amount: 0.25,
      random: true,
      global: true,
    })
    const counts = results.map((one) => zerosOf(one.values))
    expect(counts[0]! + counts[1]!).toBe(1500)
    // 250 of the second, give or take 13: five of these.
    expect(Math.abs(counts[1]! - 250)).toBeLessThan(65)
  })

  it('leave what is not finite', async () => {
    const [one] = await pruned([{ values: [Number.NaN, 1, 2] }], { amount: '1.0', random: true })
    expect(one!.values).toEqual([Number.NaN, 0, 0])
  })
})

describe('random groups', () => {
  it('are exactly as many as asked for, whole, and the same for the same seed', async () => {
    const given = { shape: [50, 100], values }
    const options = { amount: 0.3, random: true, seed: 9, along: 'out' as const }
    const [one] = await pruned([given], options)
    expect(zerosOf(one!.values)).toBe(1500)
    expect(one!.details).toMatchObject({ pruned: 15, seed: 9 })
    expect((await pruned([given], options, 100))[0]!.details).toEqual(one!.details)
    expect((await pruned([given], { ...options, seed: 10 }))[0]!.details['indices']).not.toEqual(
      one!.details['indices'],
    )
    const again = { shape: [50, 100], values: Float64Array.from(one!.values) }
    const [more] = await pruned([again], { ...options, seed: 1, of: 'remaining', amount: 5 })
    expect(zerosOf(more!.values)).toBe(2000)
  })
})
