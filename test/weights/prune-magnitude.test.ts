/** Pruning by magnitude: counts, ties, nesting, and that chunks, precision and scale do not matter. */
import { describe, expect, it } from 'vitest'
import { sparsitySchedule } from '../../src/weights/edit/prune/index.js'
import { normals, pruned, prunedValues, zerosOf } from './pruning.js'

describe('an amount of the smallest magnitudes', () => {
  it('is set to zero, signs aside', async () => {
    expect(await prunedValues([3, -1, 2, -4], { amount: 0.5 })).toEqual([3, 0, 0, -4])
    expect(await prunedValues([3, -1, 2, -4], { amount: 3 })).toEqual([0, 0, 0, -4])
    expect(await prunedValues([3, -1, 2, -4], { amount: 0.5, which: 'largest' })).toEqual([0, -1, 2, 0])
  })

  it('counts as PyTorch does: round(amount * n), half to even; 1 is one element, 1.0 is all', async () => {
    const five = [5, 4, 3, 2, 1]
    expect(await prunedValues(five, { amount: 0.5 })).toEqual([5, 4, 3, 0, 0])
    expect(await prunedValues(five, { amount: 0.3 })).toEqual([5, 4, 3, 0, 0])
    expect(await prunedValues(five, { amount: 0.7 })).toEqual([5, 0, 0, 0, 0])
    expect(await prunedValues(five, { amount: 1 })).toEqual([5, 4, 3, 2, 0])
    expect(await prunedValues(five, { amount: '1.0' })).toEqual([0, 0, 0, 0, 0])
    expect(await prunedValues(five, { amount: '40%' })).toEqual([5, 4, 3, 0, 0])
    expect(await prunedValues(five, { amount: 0 })).toEqual(five)
  })

  it('keeps the lower index of equal ones', async () => {
    expect(await prunedValues([1, -1, 1, -1, 2], { amount: 2 })).toEqual([1, -1, 0, 0, 2])
    expect(await prunedValues([1, -1, 1, -1, 0.5], { amount: 2, which: 'largest' })).toEqual([1, -1, 0, 0, 0.5])
    expect(await prunedValues(new Array(1000).fill(7), { amount: 300 }, 64)).toEqual([
      ...new Array(700).fill(7),
      ...new Array(300).fill(0),
    ])
  })

  it('counts zeros among the smallest, or not at all with `of: remaining`', async () => {
    const values = [0, 5, -0, 1, 2, 3, 4, 6]
    expect(await prunedValues(values, { amount: 0.5 })).toEqual([0, 5, 0, 0, 0, 3, 4, 6])
    expect(await prunedValues(values, { amount: 0.5, of: 'remaining' })).toEqual([0, 5, 0, 0, 0, 0, 4, 6])
    expect(await prunedValues(values, { amount: 0.5, of: 'remaining', which: 'largest' })).toEqual([
      0, 0, -0, 1, 2, 3, 0, 0,
    ])
  })

  it('tells the threshold, the count and the ties', async () => {
    const [one] = await pruned([{ values: [1, -1, 1, -1, 2] }], { amount: 2 })
    expect(one!.details).toEqual({ threshold: 1, pruned: 2, ties: 4, tiesKept: 2 })
    expect(one!.note).toBe('2 of 5 set to zero: |w| <= 1, 2 of 4 equal to it kept')
    const [none] = await pruned([{ values: [1, 2] }], { amount: 0 })
    expect(none!.rewrite.kind).toBe('keep')
  })
})

/** What sorting gives: the indices of the k smallest (largest), the lower index kept. */
function bySorting(values: readonly number[], k: number, which: 'smallest' | 'largest'): number[] {
  const sign = which === 'smallest' ? 1 : -1
  const order = values.map((_, i) => i).sort((a, b) => sign * (Math.abs(values[a]!) - Math.abs(values[b]!)) || b - a)
  const out = new Set(order.slice(0, k))
  return values.map((value, i) => (out.has(i) ? 0 : value))
}

const cases = [
  { what: 'f32', storage: 'f32', make: (x: number) => Math.fround(x) },
  { what: 'f64', storage: 'f64', make: (x: number) => x },
  {
    what: 'bf16',
    storage: 'bf16',
    make: (x: number) => Math.fround(Math.sign(x) * 2 ** Math.round(Math.log2(Math.abs(x)) * 4)),
  },
  { what: 'f32 of few values', storage: 'f32', make: (x: number) => Math.round(x * 3) },
  { what: 'f64 of 1e250 and 1e-250', storage: 'f64', make: (x: number) => (x > 0.5 ? x * 1e250 : x * 1e-250) },
  { what: 'subnormal f32', storage: 'f32', make: (x: number) => Math.fround(x * 1e-42) },
  { what: 'f64 alike to the last bits', storage: 'f64', make: (x: number) => 1 + Math.round(x * 8) * 2 ** -52 },
] as const

describe.each(cases)('selection from $what', ({ storage, make }) => {
  it.each([0, 1, 3, 5, 64, 1001])('is what sorting gives, for %i elements', async (count) => {
    const seed = 7 + count
    const values = Array.from(normals(seed, count), make)
    for (const which of ['smallest', 'largest'] as const)
      for (const amount of [0, 0.01, 0.25, 0.5, 0.9, '1.0']) {
        const k = Math.round(Number(amount) * count)
        if (Math.abs(Number(amount) * count - k) === 0.5) continue
        const chunk = [1, 7, 64, 5000][k % 4]!
        const [one] = await pruned([{ values, storage }], { amount, which }, chunk)
        expect(one!.values, `seed ${seed}, ${which} ${amount} in chunks of ${chunk}`).toEqual(
          bySorting(values, k, which),
        )
      }
  })
})

describe('pruning over all tensors', () => {
  const parts = [normals(1, 300), normals(2, 50).map((x) => x / 10), normals(3, 700).map((x) => x * 2)]

  it('is pruning of one tensor that holds them all', async () => {
    const all = Array.from(parts.flatMap((part) => Array.from(part, Math.fround)))
    for (const which of ['smallest', 'largest'] as const) {
      const one = await prunedValues(all, { amount: 0.3, which })
      const each = await pruned(
        parts.map((part) => ({ values: Float32Array.from(part) })),
        { amount: 0.3, which, global: true },
        33,
      )
      expect(each.flatMap(({ values }) => values)).toEqual(one)
      expect(each.reduce((sum, { details }) => sum + (details['pruned'] as number), 0)).toBe(315)
    }
  })

  it('of one tensor is the same as without', async () => {
    const values = Float32Array.from(parts[0]!)
    const alone = await pruned([{ values }], { amount: 0.4 })
    expect(await pruned([{ values }], { amount: 0.4, global: true })).toMatchObject([{ values: alone[0]!.values }])
  })

  it('takes equal elements from the later tensors first', async () => {
    const ones = { values: [1, 1, 1] }
    const results = await pruned([ones, { values: [] }, { values: [2, 0] }, ones], { amount: 5, global: true })
    expect(results.map(({ values }) => values)).toEqual([[1, 1, 0], [], [2, 0], [0, 0, 0]])
  })

  it('compares f32 with f64 exactly', async () => {
    const [near, above] = [Math.fround(0.1), 0.1]
    expect(near).toBeGreaterThan(above)
    const tensors = [{ values: Float32Array.of(near, -1, 0.05) }, { values: Float64Array.of(above, 0.2) }]
    const left = async (amount: number, which: 'smallest' | 'largest') =>
      (await pruned(tensors, { amount, global: true, which })).map(({ values }) => zerosOf(values))
    expect(await left(2, 'smallest')).toEqual([1, 1])
    expect(await left(3, 'smallest')).toEqual([2, 1])
    expect(await left(3, 'largest')).toEqual([2, 1])
    expect(await left(4, 'largest')).toEqual([2, 2])
  })
})

describe('pruning again', () => {
  it('is nested: the zeros of a smaller amount are among those of a larger', async () => {
    const values = Array.from(normals(11, 400), (x) => Math.round(x * 20) / 20)
    let before = values
    for (const amount of [0.1, 0.3, 0.5, 0.7, 0.95]) {
      const after = await prunedValues(values, { amount })
      expect(after.every((value, i) => before[i] !== 0 || value === 0)).toBe(true)
      expect(await prunedValues(before, { amount }), 'step by step is at once').toEqual(after)
      before = after
    }
  })

  it('follows a schedule: shares of what remains reach what geometric steps say', async () => {
    const values = normals(5, 1000)
    const shares = sparsitySchedule('geometric', { to: 0.875, steps: 3 })
    shares.forEach((share, i) => {
      expect(share).toBeCloseTo([0.5, 0.75, 0.875][i]!, 12)
    })
    let step = Array.from(values)
    for (const share of shares) {
      step = (await pruned([{ values: Float64Array.from(step) }], { amount: 0.5, of: 'remaining' }))[0]!.values
      expect(zerosOf(step)).toBe(1000 * Number(share.toFixed(12)))
      expect(step).toEqual((await pruned([{ values }], { amount: share }))[0]!.values)
    }
  })
})

describe('a fraction of the largest', () => {
  const values = [4, -1, 0.5, -0.375, 2, 0]
  it('is where small ones end, the bound itself staying', async () => {
    expect(await prunedValues(values, { fraction: 0.25 })).toEqual([4, -1, 0, 0, 2, 0])
    expect(await prunedValues(values, { fraction: 0 })).toEqual(values)
  })
  it('is where large ones begin in the textbook loop, the bound among them', async () => {
    expect(await prunedValues(values, { fraction: 0.25, rule: 'article' })).toEqual([0, 0, 0.5, -0.375, 0, 0])
    expect(await prunedValues(values, { fraction: 0.25, which: 'largest' })).toEqual(
      await prunedValues(values, { fraction: 0.25, rule: 'article' }),
    )
    expect(await prunedValues([0, 0], { fraction: 0.5, rule: 'article' })).toEqual([0, 0])
  })
  it('is of the largest of all tensors where that is asked for', async () => {
    const results = await pruned([{ values: [4, 1] }, { values: [0.9, 2] }], { fraction: 0.25, global: true })
    expect(results.map((one) => one.values)).toEqual([
      [4, 1],
      [0, 2],
    ])
  })
})

describe('elements that are not finite', () => {
  it('stay, and count as zeros', async () => {
    const values = [Number.NaN, 1, Number.POSITIVE_INFINITY, 3, Number.NEGATIVE_INFINITY, 2]
    expect(await prunedValues(values, { amount: 2 })).toEqual(values)
    expect(await prunedValues(values, { amount: 4 })).toEqual([Number.NaN, 0, Infinity, 3, -Infinity, 2])
    expect(await prunedValues(values, { amount: '1.0' })).toEqual([Number.NaN, 0, Infinity, 0, -Infinity, 0])
    expect(await prunedValues(values, { amount: 2, which: 'largest' })).toEqual([
      Number.NaN,
      1,
      Infinity,
      0,
      -Infinity,
      0,
    ])
    expect(await prunedValues(values, { fraction: 0.5 })).toEqual([Number.NaN, 0, Infinity, 3, -Infinity, 2])
  })
})

describe('what makes no sense', () => {
  it.each([
    [{}, 'prune: nothing given; expected one of amount, fraction, pattern. Try an amount of 0.5.'],
    [
      { amount: 0.5, fraction: 0.5 },
      'prune: amount and fraction given; expected one of amount, fraction, pattern. Try an amount of 0.5.',
    ],
    [
      { amount: 1.5 },
      'prune: amount 1.5; expected a share from 0 to 1, or a whole number of elements. Try 0.5, 50% or 1000.',
    ],
    [
      { amount: '' },
      "prune: amount ''; expected a share from 0 to 1, or a whole number of elements. Try 0.5, 50% or 1000.",
    ],
    [{ amount: 5 }, 'prune: an amount of 5 elements, but there are 3. Try a share such as 0.5.'],
    [
      { amount: 0.5, rule: 'article' as const },
      "prune: rule 'article' without a fraction; expected both. Try a fraction of 0.1.",
    ],
    [{ amount: 0.5, heads: 2 }, 'prune: heads has no meaning with amount without along; expected one of them.'],
    [{ pattern: '5:4' }, "prune: pattern '5:4'; expected N:M with N <= M <= 1024. Try 2:4."],
    [{ pattern: '2:4', global: true }, 'prune: global has no meaning with pattern; expected one of them.'],
    [
      { amount: 0.5, along: 'head' as const },
      "prune: along 'head' without the number of heads; expected both. Try heads 12.",
    ],
    [{ fraction: -1 }, 'prune: fraction -1; expected a number of at least 0. Try 0.1.'],
  ])('is refused: %j', async (options, message) => {
    await expect(pruned([{ values: [1, 2, 3] }], options)).rejects.toThrow(message)
    await expect(pruned([{ values: [1, 2, 3] }], options)).rejects.toMatchObject({ name: 'UsageError', exitCode: 2 })
  })
})

describe('sparsitySchedule', () => {
  it('constant, geometric, cubic', () => {
    expect(sparsitySchedule('constant', { to: 0.5, steps: 3 })).toEqual([0.5, 0.5, 0.5])
    expect(sparsitySchedule('cubic', { to: 0.8, steps: 2 })).toEqual([0.8 - 0.8 / 8, 0.8])
    const half = sparsitySchedule('geometric', { from: 0.5, to: 0.75, steps: 1 })
    expect(half).toEqual([0.75])
  })
  it('never falls, and ends where it was to', () => {
    for (const kind of ['geometric', 'cubic'] as const)
      for (const [from, to] of [
        [0, 0.9],
        [0.2, 0.95],
        [0.3, 0.3],
        [0, 0],
      ] as const) {
        const shares = sparsitySchedule(kind, { from, to, steps: 17 })
        expect(shares.at(-1)).toBe(to)
        expect(shares.every((share, i) => share >= (shares[i - 1] ?? from))).toBe(true)
      }
  })
  it('refuses what it cannot reach', () => {
    expect(() => sparsitySchedule('geometric', { to: 1, steps: 3 })).toThrow(
      'sparsitySchedule: a geometric schedule never reaches 1. Try cubic.',
    )
    expect(() => sparsitySchedule('cubic', { from: 0.5, to: 0.2, steps: 3 })).toThrow(
      'sparsitySchedule: from 0.5 to 0.2; expected 0 <= from <= to <= 1.',
    )
    expect(() => sparsitySchedule('cubic', { to: 0.2, steps: 0 })).toThrow(
      'sparsitySchedule: 0 steps; expected a whole number from 1 to 1000000.',
    )
  })
})
