/** Columns: hand-worked figures, invariances, and what is odd: empty, constant, missing, infinite, unseen. */
import { describe, expect, it } from 'vitest'
import {
  andersonDarling,
  chiSquaredTest,
  compareColumns,
  compareTables,
  cramerVonMises,
  energyDistance1,
  exactCounts,
  hellinger,
  holm,
  jensenShannon,
  ksTest,
  mannWhitney,
  psi,
  totalVariation,
  wasserstein1,
  welch,
} from '../../src/shift/index.js'
import {
  type CategoricalColumn,
  type Column,
  type NumericColumn,
  readTable,
  type Table,
} from '../../src/table/index.js'
import { Generator, memory, randn } from '../../src/tensor/index.node.js'

const numbers = (name: string, values: readonly (number | null)[]): NumericColumn => ({
  name,
  type: 'numeric',
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
  missing: values.filter((value) => value === null).length,
  absent: values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : null,
})

const words = (name: string, values: readonly (string | null)[]): CategoricalColumn => {
  const categories = [...new Set(values.filter((value) => value !== null))]
  return {
    name,
    type: 'categorical',
    codes: Int32Array.from(values, (value) => (value === null ? -1 : categories.indexOf(value))),
    categories,
    missing: values.filter((value) => value === null).length,
    absent: values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 1 : 0)) : null,
  }
}

const table = (name: string, columns: readonly Column[]): Table => ({
  name,
  rows: columns[0] ? (columns[0].type === 'categorical' ? columns[0].codes : columns[0].values).length : 0,
  columns,
  lineOf: (row) => row,
})

const draw = (n: number, seed: number): Float64Array =>
  randn([n], { dtype: 'f64', generator: new Generator(seed) }).toArray() as unknown as Float64Array

describe('by hand', () => {
  it('Kolmogorov-Smirnov: F and G of 1 2 3 4 and 3 4 5 6 are 1/2 apart at 2', () => {
    // Of the 70 orders of 4 + 4 values, 54 leave the strip |i - j| < 2.
    expect(ksTest([1, 2, 3, 4], [3, 4, 5, 6])).toEqual({ statistic: 0.5, signed: 0.5, location: 2, p: expect.closeTo(54 / 70, 14), method: 'exact' }) // biome-ignore format: one line
  })

  it('Wasserstein and energy of one value each', () => {
    expect(wasserstein1([2], [5])).toBe(3)
    expect(energyDistance1([0], [1])).toBeCloseTo(Math.SQRT2, 14)
  })

  it('chi-squared of 10 20 and 20 10 is 4 times 25 / 15', () => {
    const found = chiSquaredTest([10, 20, 0], [20, 10, 0])
    expect(found.statistic).toBeCloseTo(20 / 3, 13)
    expect([found.df, found.minExpected]).toEqual([1, 15])
    expect(Array.from(found.expected[0])).toEqual([15, 15, 0])
  })

  it("Fisher's test of 3 0 and 0 3 is 2 tables of 20", () => {
    expect(exactCounts([3, 0], [0, 3]).p).toBeCloseTo(0.1, 12)
    // By 40-digit arithmetic.
    expect(exactCounts([3, 999997], [9, 999991]).p / 0.14599488525239562).toBeCloseTo(1, 12)
    expect(exactCounts([1, 9999999], [6, 9999994]).p / 0.12499993437499672).toBeCloseTo(1, 12)
  })

  it('distances over bins', () => {
    expect(jensenShannon([1, 0], [0, 1], { base: 2 })).toBe(1)
    expect(hellinger([1, 0], [0, 1])).toBe(1)
    expect(totalVariation([3, 1], [1, 3])).toBe(0.5)
    // (0.2 - 0.1) ln 2 + (0.8 - 0.9) ln(8 / 9)
    expect(psi([1, 9], [2, 8])).toBeCloseTo(0.1 * Math.log(2) - 0.1 * Math.log(8 / 9), 14)
    // A bin that is empty counts as 1e-4.
    expect(psi([1, 1], [0, 1])).toBeCloseTo((1e-4 - 0.5) * Math.log(1e-4 / 0.5) + 0.5 * Math.log(2), 14)
    expect(psi([0, 0], [1, 1])).toBeNaN()
  })

  it("Holm's correction skips tests that were not made", () => {
    expect(holm([0.01, null, 0.04])).toEqual([0.02, null, 0.04])
  })
})

describe('invariances', () => {
  const [a, b] = [draw(150, 1), draw(130, 2).map((value) => value * 1.3 + 0.2)]
  const tests = [ksTest, cramerVonMises, andersonDarling, mannWhitney, welch] as const

  it.each(tests.map((test) => [test.name, test] as const))(
    '%s does not look at units or the order of rows',
    (_, test) => {
      const p = test(a, b).p
      expect(
        test(
          a.map((x) => 1e-3 * x - 7),
          b.map((x) => 1e-3 * x - 7),
        ).p,
      ).toBeCloseTo(p, 10)
      expect(test(Float64Array.from(a).reverse(), b).p).toBeCloseTo(p, 12)
      expect(test(b, a).p).toBeCloseTo(p, 12)
    },
  )

  it('welch keeps its digits far from 0, and in any unit', () => {
    const { statistic, p } = welch([1, 2, 4], [2, 5, 6, 7])
    // Means 7/3 and 5, variances 7/3 and 14/3: t = -(8/3) / (7/9 + 7/6)^1/2.
    expect(statistic).toBeCloseTo(-8 / 3 / Math.sqrt(35 / 18), 14)
    for (const unit of [2 ** -1000, 2 ** 1000]) {
      const scaled = welch(
        [1, 2, 4].map((x) => unit * x),
        [2, 5, 6, 7].map((x) => unit * x),
      )
      expect([scaled.statistic, scaled.p]).toEqual([statistic, p])
    }
    const far = welch([1, 2, 4].map((x) => x + 2 ** 50), [2, 5, 6, 7].map((x) => x + 2 ** 50)) // biome-ignore format: one line
    expect([far.statistic, far.p]).toEqual([statistic, p])
    expect(welch([4, 4], [5, 5, 5])).toEqual({ statistic: -Infinity, df: Number.NaN, p: 0 })
    expect(welch([4, 4], [4, 4, 4]).p).toBeNaN()
  })

  it('the unit of the values is the unit of Wasserstein’s distance, and of nothing else', () => {
    const scaled = (x: Float64Array) =>
      numbers(
        'x',
        [...x].map((value) => 1000 * value),
      )
    const [one, other] = [
      compareColumns(numbers('x', [...a]), numbers('x', [...b])),
      compareColumns(scaled(a), scaled(b)),
    ]
    expect(other.wasserstein! / one.wasserstein!).toBeCloseTo(1000, 8)
    for (const key of ['psi', 'psiEqualWidth', 'js', 'hellinger', 'effect', 'p'] as const)
      expect(other[key], key).toBeCloseTo(one[key]!, 10)
  })

  it('names of categories do not matter', () => {
    const [x, y] = ['aabbbcc'.repeat(20), 'aabccca'.repeat(20)]
    const renamed = (text: string) => [...text].map((letter) => `${letter === 'a' ? 'z' : letter}!`)
    const one = compareColumns(words('w', [...x]), words('w', [...y]))
    const other = compareColumns(words('w', renamed(x)), words('w', renamed(y)))
    for (const key of ['psi', 'js', 'hellinger', 'effect', 'p'] as const) expect(other[key]).toBeCloseTo(one[key]!, 12)
    expect(one.effect).toBeCloseTo(2 / 7, 12)
  })

  it('the same seed gives the same report, and nothing is left in memory', () => {
    const before = memory()
    const report = () => compareColumns(words('w', [...'aabc']), words('w', [...'abcd']), { seed: 5 })
    expect(report()).toEqual(report())
    expect(memory().tensors).toBe(before.tensors)
  })
})

describe('odd columns', () => {
  it('missing values are compared apart and told', () => {
    const found = compareColumns(numbers('x', [1, 2, 3, null]), numbers('x', [null, null, null, null]))
    expect(found).toMatchObject({ n: [3, 0], missing: [1, 4], p: null, ks: null, detected: null })
    expect(found.missingP).toBeCloseTo(1 / 7, 10)
    expect(found.notes).toEqual(['all values of the current table are missing'])
  })

  it('tables without rows', () => {
    const found = compareColumns(numbers('x', []), numbers('x', [1]))
    expect(found).toMatchObject({ n: [0, 1], missingP: null, p: null, psi: null })
    expect(found.notes).toEqual(['the reference has no rows'])
  })

  it('one row each', () => {
    const found = compareColumns(numbers('x', [1]), numbers('x', [2]))
    expect(found).toMatchObject({ ks: { statistic: 1, p: 1 }, wasserstein: 1, psi: null })
  })

  it('constants', () => {
    const same = compareColumns(numbers('x', Array(30).fill(4)), numbers('x', Array(40).fill(4)))
    expect(same).toMatchObject({ ks: { statistic: 0, p: 1 }, wasserstein: 0, js: 0, psi: null, detected: false })
    const moved = compareColumns(numbers('x', Array(30).fill(4)), numbers('x', Array(40).fill(5)))
    expect(moved).toMatchObject({ effect: 1, detected: true })
    expect(moved.notes[0]).toBe('constant in the reference: no bins for the stability index')
    expect(andersonDarling([1, 1], [1, 1, 1])).toEqual({ statistic: 0, standardized: 0, p: 1 })
    expect(mannWhitney([1, 1], [1, 1, 1]).p).toBe(1)
  })

  it('NaN is left out and told, infinite values keep their rank', () => {
    const x = [...draw(40, 3)]
    const found = compareColumns(numbers('x', [...x, Number.NaN, Infinity]), numbers('x', [...x, -Infinity]))
    expect(found.notes.slice(0, 2)).toEqual([
      '1 values of the reference are NaN and left out',
      'infinite values count in ranks and outer bins, and are left out of the Wasserstein distance',
    ])
    expect(found.n).toEqual([42, 41])
    expect(found.wasserstein).toBeCloseTo(0, 14)
    expect(found.ks!.statistic).toBeGreaterThan(0)
    expect(() => ksTest([1, Number.NaN], [1])).toThrow('ksTest: 1 of the 2 values of the first sample are NaN; expected numbers. Try to leave them out and to say so.') // biome-ignore format: one line
    expect(() => wasserstein1([1], [Infinity])).toThrow('wasserstein1: 1 values of the second sample are infinite')
    expect(() => ksTest([], [1])).toThrow('ksTest: the first sample has no values; expected one or more.')
  })

  it('new categories, by name, also of prototypes', () => {
    const found = compareColumns(words('w', [...'ababab']), words('w', ['a', '__proto__', '__proto__', 'constructor']))
    expect(found.newCategories).toEqual({ names: ['__proto__', 'constructor'], rows: 3 })
    expect(found.notes[0]).toMatch(/^an expected count is 0\.40, below 5: the deciding p-value is from random splits/)
  })

  it('types that changed are told', () => {
    const found = compareColumns(numbers('x', [1, 2]), words('x', ['a', 'b']))
    expect(found).toMatchObject({
      p: null,
      notes: ['numeric in the reference and categorical in the current table: not compared'],
    })
  })

  it('0 and 1 beside false and true are the same', async () => {
    const [a, b] = await Promise.all(
      ['p\ntrue\nfalse\ntrue\nfalse\n', 'p\n1\n0\n1\n1\n'].map((text) => readTable({ text })),
    )
    const [column] = compareTables(a!, b!).columns
    expect(column).toMatchObject({ effect: 0.25, chi2: { df: 1 } })
    expect(column!.notes.at(-1)).toBe('the current table has 0 and 1 for false and true')
    expect(compareTables(b!, a!).columns[0]!.notes.at(-1)).toBe('the reference has 0 and 1 for false and true')
    const other = await readTable({ text: 'p\n1\n0\n2\n1\n' })
    expect(compareTables(a!, other).columns[0]!.notes).toEqual([
      'boolean in the reference and numeric in the current table: not compared',
    ])
  })

  it('categories that differ in case or spaces are told', async () => {
    const [a, b] = await Promise.all(
      ['p\nNew York\nOslo\nOslo\nNew York\n', 'p\nnew  york\nOslo\nOSLO\nOslo\n'].map((text) => readTable({ text })),
    )
    expect(compareTables(a!, b!).columns[0]!.notes.at(-1)).toBe(
      "2 new categories differ from one of the reference in case or spaces alone: 'new  york' of 'New York'",
    )
  })

  it('a range that no number holds is binned all the same', () => {
    const [low, high] = [-1.5e308, 1.5e308]
    const column = compareColumns(numbers('x', [low, -1e308, 0, 1e308, high]), numbers('x', [low, low, low, 0, high]), {
      bins: 3,
    })
    // Thirds: 2, 1, 2 of 5 and 3, 1, 1 of 5.
    expect(column.psiEqualWidth).toBeCloseTo(0.2 * Math.log(1.5) + 0.2 * Math.log(2), 12)
    expect(column.js).not.toBeNull()
  })

  it('a hundred thousand categories take seconds', () => {
    const categories = Array.from({ length: 1e5 }, (_, i) => `c${i}`)
    const column = {
      name: 'k',
      type: 'categorical' as const,
      categories,
      codes: Int32Array.from(categories, (_, i) => i),
      missing: 0,
      absent: null,
    }
    const { p, effect } = compareColumns(column, column)
    expect([p, effect]).toEqual([1, 0])
  }, 60_000)

  it('options that cannot be', () => {
    expect(() => compareColumns(numbers('x', [1]), numbers('x', [1]), { alpha: 2 })).toThrow('compareColumns: alpha 2; expected between 0 and 1.') // biome-ignore format: one line
  })
})

describe('tables', () => {
  const [a, b] = [[...draw(80, 6)], [...draw(80, 7)].map((value) => value + 3)]

  it('columns are found by name, in any order; missing and new ones are named', () => {
    const reference = table('old', [numbers('same', a), numbers('moved', a), numbers('gone', a)])
    const current = table('new', [numbers('moved', b), numbers('fresh', a), numbers('same', [...a].reverse())])
    const { columns, missingColumns, newColumns } = compareTables(reference, current)
    expect(columns.map(({ name, detected }) => [name, detected])).toEqual([['same', false], ['moved', true]]) // biome-ignore format: one line
    expect(columns[1]!.pHolm).toBe(2 * columns[1]!.p!)
    expect([missingColumns, newColumns]).toEqual([['gone'], ['fresh']])
    expect(() => compareTables(table('old', [numbers('x', a)]), table('new', [numbers('y', a)]))).toThrow('compareTables: old and new have no column of one name; expected one or more.') // biome-ignore format: one line
  })
})
