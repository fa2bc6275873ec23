/** N:M sparsity against a plain definition, in every layout, with a rest. */
import { describe, expect, it } from 'vitest'
import { type Given, normals, pruned, zerosOf } from './pruning.js'

describe('2:4', () => {
  it('keeps the two largest of each four inputs, of equal ones the first', async () => {
    const values = [1, -4, 3, 2, 5, 5, 5, 5, 0, 0, 0, 1]
    const [one] = await pruned([{ shape: [1, 12], values }], { pattern: '2:4' })
    expect(one!.values).toEqual([0, -4, 3, 0, 5, 5, 0, 0, 0, 0, 0, 1])
    expect(one!.note).toBe('2 of each 4 inputs kept')
  })

  it('keeps as many of a rest, as if it were filled up with zeros', async () => {
    const values = [1, 2, 3, 4, 7, 6, 8, 1, 2, 3, 4, 7, 6, 8]
    const [one] = await pruned([{ shape: [2, 7], values }], { pattern: '2:4' })
    expect(one!.values).toEqual([0, 0, 3, 4, 7, 0, 8, 0, 0, 3, 4, 7, 0, 8])
    expect(one!.note).toBe('2 of each 4 inputs kept; of the last 3 2 stay')
  })

  it('leaves alone what has no more inputs than stay, or none', async () => {
    const results = await pruned(
      [
        { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
        { shape: [4], values: [1, 2, 3, 4] },
      ],
      { pattern: '2:4' },
    )
    expect(results.map(({ note }) => note)).toEqual([
      'left alone: of 2 inputs 2 stay anyway',
      'left alone: it has no axis of inputs',
    ])
  })

  it('leaves what is not finite, which counts as zero', async () => {
    const values = [Number.NaN, 3, Number.POSITIVE_INFINITY, 4, 1, 2, Number.NaN, Number.NaN]
    const [one] = await pruned([{ shape: [1, 8], values }], { pattern: '1:4' })
    expect(one!.values).toEqual([Number.NaN, 0, Infinity, 4, 0, 2, Number.NaN, Number.NaN])
  })
})

/** The definition, without care for speed: along `axis`, of each m the n largest stay. */
function byDefinition(
  values: readonly number[],
  shape: readonly number[],
  axis: number,
  n: number,
  m: number,
): number[] {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const length = shape[axis]!
  const result = [...values]
  for (let at = 0; at < values.length; at++) {
    const input = Math.floor(at / inner) % length
    const first = input - (input % m)
    let before = 0
    for (let other = first; other < Math.min(first + m, length); other++) {
      const size = Math.abs(values[at + (other - input) * inner]!)
      if (size > Math.abs(values[at]!) || (size === Math.abs(values[at]!) && other < input)) before++
    }
    if (before >= n) result[at] = 0
  }
  return result
}

const layouts: readonly (Omit<Given, 'values'> & { shape: number[]; axis: number })[] = [
  { shape: [5, 16], axis: 1 },
  { shape: [3, 64], axis: 1 },
  { shape: [3, 19], axis: 1 },
  { shape: [16, 5], axis: 0, outAxis: 1 },
  { shape: [18, 7], axis: 0, outAxis: 1 },
  { shape: [4, 8, 3, 3], kind: 'conv', axis: 1 },
  { shape: [4, 10, 3, 3], kind: 'conv', axis: 1 },
  { shape: [8, 3, 2, 2], kind: 'convTranspose', outAxis: 1, axis: 0 },
  { shape: [3, 3, 8, 5], kind: 'conv', outAxis: 3, axis: 2 },
]

describe.each(layouts)('N:M of $shape with outputs on axis $outAxis', ({ axis, ...given }) => {
  it('is the definition', async () => {
    const count = given.shape.reduce((a, b) => a * b, 1)
    // Whole numbers of a few sizes, so that equal ones meet.
    const values = Array.from(normals(count, count), (x) => Math.round(x * 3))
    for (const [n, m] of [
      [2, 4],
      [1, 4],
      [3, 4],
      [1, 2],
      [4, 8],
      [0, 4],
      [4, 4],
      [2, 5],
    ] as const)
      for (const storage of ['f32', 'f64'] as const)
        for (const chunk of [1, 30, 1000]) {
          const [one] = await pruned([{ ...given, values, storage }], { pattern: `${n}:${m}` }, chunk)
          const expected = byDefinition(values, given.shape, axis, n, m)
          expect(one!.values.map(Math.abs), `${n}:${m} ${storage} in chunks of ${chunk}`).toEqual(
            expected.map(Math.abs),
          )
        }
  })
})

it('2:4 of a multiple of four halves what is not zero', async () => {
  const [one] = await pruned([{ shape: [32, 64], values: normals(1, 2048) }], { pattern: '2:4' })
  expect(zerosOf(one!.values)).toBe(1024)
})
