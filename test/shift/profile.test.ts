/** Profiles: sketches against the values that they stand for, merging, what is exact, comparison by profiles against comparison by rows, hostile files. */
import { describe, expect, it } from 'vitest'
import { compareProfiles, compareTables, Profile, QuantileSketch, WordCounts } from '../../src/shift/index.js'
import type { CategoricalColumn, Column, NumericColumn, Table } from '../../src/table/index.js'
import { memory } from '../../src/tensor/index.node.js'
import { random } from './data.js'

const numbers = (name: string, values: readonly (number | null)[] | Float64Array): NumericColumn => {
  const all = Array.from(values as ArrayLike<number | null>)
  const missing = all.filter((value) => value === null).length
  return {
    name,
    type: 'numeric',
    values: Float64Array.from(all, (value) => value ?? Number.NaN),
    missing,
    absent: missing > 0 ? Uint8Array.from(all, (value) => Number(value === null)) : null,
  }
}

const words = (name: string, values: readonly string[]): CategoricalColumn => {
  const categories = [...new Set(values)]
  const places = new Map(categories.map((word, i) => [word, i]))
  return { name, type: 'categorical', codes: Int32Array.from(values, (word) => places.get(word)!), categories, missing: 0, absent: null } // biome-ignore format: one line
}

const table = (columns: readonly Column[], name = 'made'): Table => ({
  name,
  rows: columns[0]!.type === 'categorical' ? columns[0]!.codes.length : columns[0]!.values.length,
  columns,
  lineOf: (row) => row,
})

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** The largest distance of the sketch's distribution function from that of the numbers 0 .. n - 1. */
function worstRank(sketch: QuantileSketch, n: number): number {
  const { values, weights } = sketch.weighted()
  let [sum, worst] = [0, 0]
  for (let i = 0; i < values.length; i++) {
    // Before this value, and with it.
    worst = Math.max(worst, Math.abs(sum - values[i]!) / n)
    sum += weights[i]!
    worst = Math.max(worst, Math.abs(sum - values[i]! - 1) / n)
  }
  expect(sum).toBe(n)
  return worst
}

/** Orders of 0 .. n - 1 that a bad summary fails on. */
const orders: Readonly<Record<string, (n: number) => number[]>> = {
  ascending: range,
  descending: (n) => range(n).reverse(),
  'from both ends': (n) => range(n).map((i) => (i % 2 === 0 ? i / 2 : n - (i + 1) / 2)),
  'from the middle': (n) => range(n).map((i) => Math.floor(n / 2) + (i % 2 === 0 ? i / 2 : -(i + 1) / 2)).sort((a, b) => Math.abs(a - n / 2) - Math.abs(b - n / 2)), // biome-ignore format: one line
  'in blocks': (n) => range(n).map((i) => (i % 64) * Math.floor(n / 64) + Math.floor(i / 64)),
  shuffled: (n) => {
    const { below } = random(5)
    const all = range(n)
    for (let i = n - 1; i > 0; i--) {
      const j = below(i + 1)
      const kept = all[i]!
      all[i] = all[j]!
      all[j] = kept
    }
    return all
  },
}

const fed = (values: readonly number[], batch: number, k = 64, seed = 0): QuantileSketch => {
  const sketch = new QuantileSketch(k, seed)
  for (let at = 0; at < values.length; at += batch) sketch.add(Float64Array.from(values.slice(at, at + batch)).sort())
  return sketch
}

describe('the sketch', () => {
  it('keeps values with their counts while few are different', () => {
    const sketch = fed([3, 1, 3, 2, 1, 3], 2, 16)
    expect(sketch.isExact).toBe(true)
    expect(sketch.weighted()).toEqual({ values: Float64Array.of(1, 2, 3), weights: Float64Array.of(2, 1, 3) })
    expect(sketch.rankError()).toBe(0)
  })

  it('is exact up to k different values, however often they come, and a sample beyond', () => {
    const values = range(20_000).map((i) => i % 64)
    expect(fed(values, 100).isExact).toBe(true)
    expect(fed([...values, 64], 100).isExact).toBe(false)
    expect(fed(range(64), 7).isExact).toBe(true)
  })

  const n = 16_384
  for (const [name, order] of Object.entries(orders))
    it.each([1, 37, 1000, n])(
      `ranks of ${name} numbers in batches of %i are within the error that it tells`,
      (batch) => {
        const sketch = fed(order(n), batch)
        expect(sketch.count).toBe(n)
        expect(sketch.size).toBeLessThan(3.5 * 64 + 80)
        const told = sketch.rankError()
        expect(told).toBeLessThan(batch === n ? 1 / 60 : 0.25)
        expect(worstRank(sketch, n)).toBeLessThanOrEqual(told)
      },
    )

  it('is without bias: over 200 seeds the error of the median has mean 0 and the deviation that is told', () => {
    const values = orders['shuffled']!(n)
    const errors = range(200).map((seed) => {
      const { values: kept, weights } = fed(values, 37, 64, seed).weighted()
      let rank = 0
      for (let i = 0; i < kept.length; i++) if (kept[i]! < n / 2) rank += weights[i]!
      return rank - n / 2
    })
    const { variance } = fed(values, 37).toJSON()
    const mean = errors.reduce((sum, one) => sum + one / 200, 0)
    const spread = Math.sqrt(errors.reduce((sum, one) => sum + (one - mean) ** 2 / 199, 0))
    expect(spread).toBeLessThan(Math.sqrt(variance))
    expect(spread).toBeGreaterThan(0)
    expect(Math.abs(mean)).toBeLessThan((4 * spread) / Math.sqrt(200))
  })

  it('merging, in any order and grouping, stays within the error; the same seed gives the same', () => {
    const all = orders['shuffled']!(n)
    const parts = (): QuantileSketch[] => range(8).map((i) => fed(all.slice((i * n) / 8, ((i + 1) * n) / 8), 100))
    const left = parts()
    for (const one of left.slice(1)) left[0]!.merge(one)
    const tree = parts()
    for (const step of [1, 2, 4]) for (let i = 0; i < 8; i += 2 * step) tree[i]!.merge(tree[i + step]!)
    for (const merged of [left[0]!, tree[0]!]) {
      expect(merged.count).toBe(n)
      expect(worstRank(merged, n)).toBeLessThanOrEqual(merged.rankError())
      expect(merged.rankError()).toBeLessThan(0.25)
    }
    const again = parts()
    for (const one of again.slice(1)) again[0]!.merge(one)
    expect(again[0]!.toJSON()).toEqual(left[0]!.toJSON())
    const empty = new QuantileSketch(64, 0)
    empty.merge(left[0]!)
    expect(empty.weighted()).toEqual(left[0]!.weighted())
  })

  it('merging exact sketches is exact, associative and commutative', () => {
    const [a, b, c] = [[1, 2, 2], [2, 5], [0, 5, 7]] as const // biome-ignore format: one line
    const sketch = (...parts: (readonly number[])[]): unknown => {
      const made = new QuantileSketch(16, 0)
      for (const part of parts) made.merge(fed(part, 9, 16))
      return made.weighted()
    }
    expect(sketch(a, b, c)).toEqual(sketch(c, a, b))
    expect(sketch(a, b, c)).toEqual(fed([...a, ...b, ...c].sort(), 9, 16).weighted())
  })
})

describe('words', () => {
  it('counts are too small by no more than is told, and that is at most rows / (most + 1)', () => {
    const { below } = random(3)
    // Word i about as often as 1 / i, so that some come often and many once.
    const rows = range(20_000).map(() => `w${Math.floor(500 ** (below(1000) / 1000))}`)
    const truth = new Map<string, number>()
    for (const word of rows) truth.set(word, (truth.get(word) ?? 0) + 1)
    const parts = range(4).map((i) => {
      const made = new WordCounts(50)
      for (let at = i * 5000; at < (i + 1) * 5000; at += 500) made.add(rows.slice(at, at + 500).map((word) => [word, 1] as const)) // biome-ignore format: one line
      return made
    })
    const [all] = parts as [WordCounts]
    for (const one of parts.slice(1)) all.merge(one)
    expect(all.counts.size).toBeLessThanOrEqual(50)
    expect(all.error).toBeGreaterThan(0)
    expect(all.error).toBeLessThanOrEqual(20_000 / 51)
    for (const [word, count] of truth) {
      const kept = all.counts.get(word) ?? 0
      expect(kept).toBeLessThanOrEqual(count)
      expect(count - kept).toBeLessThanOrEqual(all.error)
    }
  })
})

const { normal, below } = random(11)
const made = (n: number, shift = 0): Table =>
  table([
    numbers('x', range(n).map(() => normal() + shift)),
    numbers('few', range(n).map(() => below(7))),
    numbers('gaps', range(n).map(() => (below(10) === 0 ? null : normal()))),
    words('kind', range(n).map(() => 'abcde'[below(5)]!)),
    { name: 'yes', type: 'boolean', values: Uint8Array.from(range(n), () => below(2)), missing: 0, absent: null },
  ]) // biome-ignore format: a line for each

describe('a profile', () => {
  it('has count, missing, extremes, mean and variance, in any batches', () => {
    const one = table([numbers('x', [1, null, 4, Number.POSITIVE_INFINITY, Number.NaN, 7])])
    const other = table([numbers('x', [2, null])])
    const profile = new Profile().update(one).update(other)
    const [x] = profile.columns
    expect([profile.rows, x!.rows, x!.missing, x!.nan, x!.posInf, x!.negInf]).toEqual([8, 8, 2, 1, 1, 0])
    expect(x!.moments).toEqual({ count: 4, mean: 3.5, m2: 21, min: 1, max: 7 })
    expect(Profile.of(one).merge(Profile.of(other)).toJSON()).toEqual(profile.toJSON())
  })

  it('variance keeps its digits far from zero, as that of all rows', () => {
    const values = range(3000).map((i) => 1e9 + Math.sin(i))
    const whole = Profile.of(table([numbers('x', values)])).columns[0]!.moments
    const merged = new Profile()
    for (let at = 0; at < 3000; at += 700) merged.merge(Profile.of(table([numbers('x', values.slice(at, at + 700))])))
    expect(Math.abs(merged.columns[0]!.moments.m2 / whole.m2 - 1)).toBeLessThan(1e-9)
    expect(Math.abs(whole.m2 / 3000 - 0.5)).toBeLessThan(1e-3)
  })

  it('what is kept exactly gives the figures of the rows, to the bit', () => {
    const [a, b] = [made(300), made(250, 0.3)]
    const byRows = compareTables(a, b).columns
    const read = Profile.fromJSON(JSON.parse(JSON.stringify(Profile.of(a))))
    expect(compareProfiles(read, b).columns).toEqual(byRows)
    expect(compareProfiles(read, Profile.of(b)).columns).toEqual(byRows)
    const before = memory().tensors
    compareProfiles(Profile.of(a), b)
    expect(memory().tensors).toBe(before)
  })

  it('a sketch gives the figures of the rows within its error, and a p-value that is not smaller', () => {
    const [a, b] = [made(20_000), made(15_000, 0.1)]
    const [x, few] = compareTables(a, b).columns
    const profile = new Profile({ k: 512 })
    for (let at = 0; at < 20_000; at += 1000) profile.update({ ...a, rows: 1000, columns: a.columns.map((column) => (column.type === 'categorical' ? { ...column, codes: column.codes.slice(at, at + 1000) } : { ...column, values: column.values.slice(at, at + 1000), ...part(column, at, 1000) }) as Column) }) // biome-ignore format: one line
    expect(profile.rows).toBe(20_000)
    const [own, ownFew] = compareProfiles(profile, b).columns
    const error = profile.columns[0]!.sketch.rankError()
    expect(error).toBeGreaterThan(0)
    expect(error).toBeLessThan(0.03)
    expect(Math.abs(own!.ks!.statistic - x!.ks!.statistic)).toBeLessThanOrEqual(error)
    expect(own!.ks!.p).toBeGreaterThanOrEqual(x!.ks!.p)
    expect(own!.ks!.p).toBeLessThan(0.05)
    expect(Math.abs(own!.wasserstein! / x!.wasserstein! - 1)).toBeLessThan(0.2)
    expect(Math.abs(own!.psi! - x!.psi!)).toBeLessThan(0.01)
    expect(Math.abs(own!.hellinger! - x!.hellinger!)).toBeLessThan(0.02)
    expect(own!.notes.join()).toMatch(/quantile sketch/)
    // Seven values: exact.
    expect(ownFew!.ks).toEqual(few!.ks)
    expect(ownFew!.psi).toBe(few!.psi)
  })

  it('two samples of one population are not told apart: at most 5 of 60 sketched columns at 0.05', () => {
    const [a, b] = range(2).map(() => table(range(60).map((i) => numbers(`x${i}`, range(3000).map(() => normal()))))) as [Table, Table] // biome-ignore format: one line
    const report = compareProfiles(Profile.of(a, { k: 256 }), b)
    expect(report.columns.filter(({ p }) => p! <= 0.05).length).toBeLessThanOrEqual(5)
    expect(report.verdict.covariate.detected).toBe(false)
  })

  it('the verdict is modest: inputs that moved are told, the relation cannot be', () => {
    const report = compareProfiles(Profile.of(made(500)), made(500, 1), { target: 'kind' })
    expect(report.verdict.covariate).toMatchObject({ detected: true })
    expect(report.verdict.label.detected).toBe(false)
    expect(report.verdict.concept).toMatchObject({ detected: null, p: null })
    expect(report.table).toEqual({ mmd: null, energy: null, c2st: null })
    expect(report.target).toEqual({ name: 'kind', task: 'classification', labels: [500, 500] })
    expect(compareProfiles(Profile.of(made(500)), made(500)).summary).toBe('The columns are distributed alike.')
  })

  it('columns of one table only, counters and names are left out and told; new categories are named', () => {
    const reference = table([numbers('id', range(50)), words('kind', range(50).map((i) => 'ab'[i % 2]!)), numbers('old', range(50)), numbers('x', range(50).map((i) => i % 5))]) // biome-ignore format: one line
    const current = table([numbers('x', range(50).map((i) => i % 5)), numbers('id', range(50).map((i) => i + 50)), words('kind', range(50).map((i) => 'abc'[i % 3]!))]) // biome-ignore format: one line
    const report = compareProfiles(Profile.of(reference), current)
    expect(report.columns.map(({ name }) => name)).toEqual(['kind', 'x'])
    expect(report.columns[0]!.newCategories).toEqual({ names: ['c'], rows: 16 })
    expect(report.leftOut).toEqual([{ name: 'id', why: 'it counts rows: whole numbers, each once' }, { name: 'old', why: 'only the reference has it' }]) // biome-ignore format: one line
  })

  it('all missing takes the type of what comes; other types and columns are refused, and change nothing', () => {
    const profile = Profile.of(table([numbers('x', [null, null])])).update(table([words('x', ['a', 'b'])]))
    expect(profile.columns[0]!.type).toBe('categorical')
    const before = profile.toJSON()
    expect(() => profile.update(table([numbers('x', [1])], 'july'))).toThrow("Profile: column 'x' is categorical, and numeric in what is added; expected one type. Try types: { ... } when the table is read.") // biome-ignore format: one line
    expect(() => profile.update(table([words('y', ['a'])], 'july'))).toThrow("Profile: 'july' has a column 'y', which the profile has not. Try to leave it out.") // biome-ignore format: one line
    expect(() => profile.merge(new Profile({ k: 99 }))).toThrow('expected the same of both')
    expect(profile.toJSON()).toEqual(before)
    expect(() => new Profile({ k: 3 })).toThrow('Profile: k 3; expected a whole number from 16 to 1048576.')
  })
})

/** Which rows of a part are missing. */
function part(column: Column, at: number, rows: number): Pick<Column, 'missing' | 'absent'> {
  const absent = column.absent?.slice(at, at + rows) ?? null
  return { absent, missing: absent?.reduce((sum, one) => sum + one, 0) ?? 0 }
}

describe('hostile profiles', () => {
  const good = JSON.parse(JSON.stringify(Profile.of(table([numbers('x', range(100).map((i) => i / 7)), words('w', range(100).map((i) => `${i % 3}`))]), { k: 16 }))) // biome-ignore format: one line

  it('the good one is read', () => {
    expect(JSON.parse(JSON.stringify(Profile.fromJSON(good)))).toEqual(good)
  })

  it.each<[string, (json: typeof good) => unknown, string]>([
    ['no object', () => [1], 'it is no object'],
    ['another format', (json) => ({ ...json, format: 'x' }), "format is not 'normball-profile'"],
    ['a later version', (json) => ({ ...json, version: 2 }), 'version is 2; this program reads 1'],
    ['rows that are negative', (json) => ({ ...json, rows: -1 }), 'rows is -1; expected a whole number from 0 to 9007199254740991'],
    ['a huge k', (json) => ({ ...json, k: 1e12 }), 'k is 1000000000000; expected a whole number from 16 to 1048576'],
    ['a name twice', (json) => ({ ...json, columns: [json.columns[0], json.columns[0]] }), 'columns has a name twice'],
    ['a type that is none', (json) => { json.columns[0].type = 'x'; return json }, 'columns[0].type is not one of numeric, categorical, boolean, text, time'],
    ['more missing than rows', (json) => { json.columns[0].missing = 101; return json }, 'columns[0].missing is 101; expected a whole number from 0 to 100'],
    ['NaN, as JSON has it', (json) => { json.columns[0].numbers.mean = null; return json }, 'columns[0].numbers.mean is null; expected a finite number'],
    ['a mean outside', (json) => { json.columns[0].numbers.mean = 1e9; return json }, 'columns[0].numbers has a mean outside its extremes'],
    ['a level that does not ascend', (json) => { json.columns[0].numbers.sketch.levels.at(-1).reverse(); return json }, 'is not above the one before'],
    ['a level that is shorter', (json) => { json.columns[0].numbers.sketch.levels.at(-1).pop(); return json }, 'and the column has 100'],
    ['levels without end', (json) => { json.columns[0].numbers.sketch.levels = range(60).map(() => []); return json }, 'columns[0].numbers.sketch.levels has 60 elements, more than 53'],
    ['exact and levels', (json) => { json.columns[0].numbers.sketch.exact = { values: [], counts: [] }; return json }, 'columns[0].numbers.sketch has to have either exact or levels'],
    ['a negative count', (json) => { json.columns[1].words.counts[0][1] = -4; return json }, 'columns[1].words.counts[0] is -4; expected a whole number from 1 to 100'],
    ['a word twice', (json) => { json.columns[1].words.counts[1][0] = '0'; return json }, 'columns[1].words.counts has a word twice'],
    ['counts that do not sum up', (json) => { json.columns[1].words.counts.pop(); return json }, 'columns[1].words.counts counts 67 rows, and the column has 100'],
  ])('%s is refused', (_, damage, message) => {
    expect(() => Profile.fromJSON(damage(structuredClone(good)), 'ref.json')).toThrow(message)
    expect(() => Profile.fromJSON(damage(structuredClone(good)), 'ref.json')).toThrow("'ref.json' is no profile that can be used: ")
  }) // biome-ignore format: a line for each

  it('a column called __proto__ is one', () => {
    const profile = Profile.fromJSON(JSON.parse(JSON.stringify(Profile.of(table([words('__proto__', ['__proto__', 'a', '__proto__'])]))))) // biome-ignore format: one line
    expect([...profile.columns[0]!.words.counts]).toEqual([['__proto__', 2], ['a', 1]]) // biome-ignore format: one line
  })
})
