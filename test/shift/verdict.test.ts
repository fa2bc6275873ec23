/** The verdict over two tables: known shifts are named, unchanged data is left alone, odd tables are told. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type Mechanism, type ShiftReport, shift, tableWeights } from '../../src/shift/index.node.js'
import { decide } from '../../src/shift/verdict/decide.js'
import { type NumericColumn, readCsv, takeRows } from '../../src/table/index.node.js'
import { hasShared, isLong, sharedPath } from '../shared.js'
import { random, realTables, split, tableOf } from './data.js'
import { makers } from './made.js'

const found = ({ verdict }: ShiftReport): string =>
  (['covariate', 'label', 'concept'] as Mechanism[]).filter((kind) => verdict[kind].detected).join('+') || 'none'

describe.skipIf(!hasShared)('synthetic sets of a known kind', () => {
  test.each([
    ['none', 'none'],
    ['covariate_mean_shift', 'covariate'],
    ['label_0.5_to_0.8', 'label'],
    ['concept_slopes_rotated', 'concept'],
  ])('%s is %s', async (name, kind) => {
    const text = readFileSync(sharedPath('data', 'tables', 'synthetic-shift', `${name}.csv`), 'utf8')
    const table = await readCsv({ text })
    const period = (table.columns[0] as NumericColumn).values
    const rest = { ...table, columns: table.columns.slice(1), lineOf: () => 0 }
    const half = (which: number) => takeRows(rest, Int32Array.from({ length: table.rows }, (_, i) => i).filter((i) => Number(period[i]) === which)) // biome-ignore format: one line
    const report = await shift(half(0), half(1), { target: 'y', effects: false, permutations: 19 })
    expect(found(report)).toBe(kind)
  })
})

describe('the table of decisions', () => {
  const laws = (x: number, y: number, yGivenX: number, xGivenY: number) => ({ x, y, yGivenX, xGivenY })
  test.each([
    ['nothing moved', laws(0.5, 0.5, 0.5, 1e-9), null, 'nothing'],
    ['x alone', laws(1e-9, 0.5, 0.5, 1e-9), null, 'covariate'],
    ['x and y, y given x holds', laws(1e-9, 1e-4, 0.5, 1e-9), null, 'covariate'],
    ['y, and x given y holds', laws(1e-9, 1e-9, 1e-9, 0.4), 0.5, 'label'],
    ['y given x alone', laws(0.5, 0.5, 1e-9, 1e-9), null, 'concept'],
    ['y and y given x, x holds', laws(0.5, 1e-9, 1e-9, 1e-9), 0.5, 'concept'],
    ['all, by offsets', laws(1e-9, 1e-9, 1e-9, 1e-9), 0.5, 'covariate-and-label'],
    ['all, beyond offsets', laws(1e-9, 1e-9, 1e-9, 1e-9), 1e-9, 'covariate-and-concept'],
    ['y, both explanations, priors better', laws(1e-9, 1e-9, 0.1, 0.9), null, 'label-or-covariate'],
    ['y, both explanations, inputs better', laws(1e-9, 1e-9, 0.9, 0.05), null, 'covariate-or-label'],
    ['x given y holds, but no offsets explain y given x', laws(0.5, 1e-9, 1e-9, 0.4), 1e-9, 'concept'],
    ['y alone, and nothing explains it', laws(0.5, 1e-9, 0.5, 1e-9), null, 'faint'],
  ] as const)('%s: %s', (_, given, beyond, rule) => {
    expect(decide(given, 0.05, () => beyond).rule).toBe(rule)
  })
})

describe('made tables', () => {
  const some = isLong ? makers : makers.filter(({ name }) => /^(linear classes|curved numbers|three classes|numbers|noise|intercept)/.test(name) && !/selected|region|tails/.test(name)) // biome-ignore format: one line
  test.each(some.map((maker) => [maker.kind, maker.name, maker] as const))('%s: %s', async (kind, _, maker) => {
    const { reference, current } = maker.make(800, 11)
    expect(found(await shift(reference, current, { target: 'y', effects: false, permutations: 19 }))).toBe(kind)
  })

  test('numbers: noise that moved is told from a mean that did', async () => {
    const verdictOf = async (name: string) => {
      const { reference, current } = makers.find((one) => one.name === name)!.make(800, 3)
      return shift(reference, current, { target: 'y', permutations: 19 })
    }
    const noise = await verdictOf('noise of numbers')
    expect(noise.concept!.spread).toBeCloseTo(1.6, 0)
    expect(noise.concept!.effect).toBeLessThan(0.1)
    expect(Math.min(noise.concept!.residual!.mean.p, noise.concept!.residual!.learned.p)).toBeGreaterThan(0.01)
    expect(noise.concept!.residual!.tails!.mean.p).toBeLessThan(1e-6)
    expect(noise.verdict.concept.why).toMatch(/its noise to 1\.\d times of what it was/)
    expect(noise.advice[0]!.why).toMatch(/^The noise of y given x moved, and its mean holds/)
    const turned = await verdictOf('linear numbers, turned')
    expect(turned.advice[0]!.why).toMatch(/^y given x moved/)
  })

  test('numbers: a change of priors explains how y given x moved, and does not explain a new slope', async () => {
    const { reference, current } = makers.find(({ name }) => name === 'numbers')!.make(1000, 5)
    const options = { target: 'y', effects: false, permutations: 19 }
    expect((await shift(reference, current, options)).concept!.beyondPriors!.p).toBeGreaterThan(0.0167)
    const r = random(4)
    const draw = (slope: number, mean: number) => {
      const x = Array.from({ length: 1000 }, () => r.normal())
      return tableOf({ x, z: x.map(() => r.normal()), y: x.map((one) => slope * one + mean + r.normal()) })
    }
    const report = await shift(draw(1, 0), draw(-1, 1), options)
    expect(found(report)).toBe('concept')
    expect(report.verdict.concept.why).toMatch(/beyond what a change of priors explains/)
  })
})

describe('without labels', () => {
  const label = makers.find(({ kind }) => kind === 'label')!
  const covariate = makers.find(({ kind }) => kind === 'covariate')!
  const without = (maker: typeof label) => {
    const { reference, current } = maker.make(800, 4)
    return { reference, current: { ...current, columns: current.columns.filter(({ name }) => name !== 'y') } }
  }

  test('other shares of the classes explain the inputs: label shift, with the shares', async () => {
    const { reference, current } = without(label)
    const report = await shift(reference, current, { target: 'y', permutations: 19 })
    expect(found(report)).toBe('label')
    expect(report.verdict.concept.detected).toBeNull()
    expect(report.verdict.concept.why).toBe('Cannot tell without labels.')
    expect(Math.abs(report.label!.estimated.em![1]! - 0.65)).toBeLessThan(0.1)
    expect(report.label!.observed).toBeNull()
  })

  test('no shares explain them: covariate shift', async () => {
    const { reference, current } = without(covariate)
    const report = await shift(reference, current, { target: 'y', permutations: 19 })
    expect(found(report)).toBe('covariate')
    expect(report.verdict.label.detected).toBe(false)
    expect(report.label!.warnings[0]).toMatch(/^The estimates hold if x given y does; but no shares/)
  })

  test('nothing to predict: only the inputs are judged', async () => {
    const { reference, current } = covariate.make(300, 4)
    const report = await shift(reference, current)
    expect(report.verdict.covariate.detected).toBe(true)
    expect(report.verdict.label.detected).toBeNull()
    expect(report.verdict.concept.detected).toBeNull()
    expect(report.target).toBeNull()
  })
})

describe('odd tables', () => {
  const r = random(9)
  const numbers = (n: number, mean = 0): number[] => Array.from({ length: n }, () => r.normal() + mean)

  test('counters and times are left out and named; other orders and missing columns are told', async () => {
    const n = 100
    const a = tableOf({ id: numbers(n).map((_, i) => i), x: numbers(n), old: numbers(n), z: numbers(n) })
    const b = tableOf({ z: numbers(n), x: numbers(n), id: numbers(n).map((_, i) => n + i), fresh: numbers(n) })
    const report = await shift(a, b)
    expect(found(report)).toBe('none')
    expect(Object.fromEntries(report.leftOut.map(({ name, why }) => [name, why]))).toEqual({
      id: 'it counts rows: whole numbers, each once',
      old: 'only the reference has it',
      fresh: 'only the current table has it',
    })
    expect(report.notes[0]).toMatch(/another order/)
    expect(report.columns.map(({ name }) => name)).toEqual(['x', 'z'])
  })

  test.each([
    ['one class', { x: numbers(60), y: numbers(60).map(() => 1) }],
    ['a constant column', { x: numbers(60), c: numbers(60).map(() => 3), y: numbers(60).map(() => r.below(2)) }],
    ['all missing', { x: numbers(60), m: numbers(60).map(() => null), y: numbers(60).map(() => r.below(2)) }],
    ['only the target', { y: numbers(60).map(() => r.below(2)) }],
    ['four rows', { x: numbers(4), y: [0, 1, 0, 1] }],
    [
      'words',
      { x: numbers(60).map(() => ['a', 'b', null][r.below(3)]!), y: numbers(60).map(() => ['no', 'yes'][r.below(2)]!) },
    ],
  ] as const)('%s: nothing is found in a table beside itself', async (_, values) => {
    const table = tableOf(values)
    expect(found(await shift(table, table, { target: 'y' }))).toBe('none')
  })

  test('a column that names the table is left out; another constant that moved is not', async () => {
    const made = (month: string, country: string) => tableOf({ month: numbers(60).map(() => month), x: numbers(60), country: numbers(60).map(() => country) }) // biome-ignore format: one line
    const { leftOut, verdict } = await shift(made('June', 'NO'), made('July', 'SE'), { permutations: 19 })
    expect(leftOut).toEqual([{ name: 'month', why: 'it names the table: one value in each, not the same' }])
    expect(verdict.covariate.why).toMatch(/most in 'country'/)
  })

  test('inputs that move together alone are said to; nothing is said of labels where there is no target', async () => {
    const made = (sign: number) => {
      const x = numbers(400)
      return tableOf({ x, z: x.map((one) => sign * one + 0.5 * r.normal()) })
    }
    const { verdict, summary } = await shift(made(1), made(-1), { permutations: 19 })
    expect(verdict.covariate.why).toMatch(/^The inputs moved \(p.*, effect 0\.\d+ of 1, together, no column alone\)\.$/)
    expect(summary).toBe('Covariate shift: the inputs moved.')
  })

  test('words that the reference has not are a covariate shift', async () => {
    const words = (n: number, some: string[]) => Array.from({ length: n }, () => some[r.below(some.length)]!)
    const report = await shift(tableOf({ x: words(200, ['a', 'b']) }), tableOf({ x: words(200, ['a', 'b', 'c']) }))
    expect(report.verdict.covariate.detected).toBe(true)
    expect(report.columns[0]!.newCategories!.names).toEqual(['c'])
  })

  test('a target that is not there, and a level that cannot be, are told', async () => {
    const table = tableOf({ x: [1, 2, 3] }, 'june')
    await expect(shift(table, table, { target: 'y' })).rejects.toThrow("shift: the reference 'june' has no column 'y' to be the target; it has 'x'.") // biome-ignore format: one line
    await expect(shift(table, table, { alpha: 2 })).rejects.toThrow(
      'shift: alpha 2; expected a number between 0 and 1.',
    )
  })

  test('units do not matter, and the same seed gives the same report', async () => {
    const { reference, current } = makers[1]!.make(200, 8)
    const scaled = (table: typeof reference) => ({ ...table, columns: table.columns.map((one) => (one.type === 'numeric' && one.name === 'x1' ? { ...one, values: one.values.map((value) => 1024 * value) } : one)) }) // biome-ignore format: one line
    const options = { target: 'y', effects: false }
    const report = await shift(reference, current, options)
    expect(await shift(reference, current, options)).toEqual(report)
    const other = await shift(scaled(reference), scaled(current), options)
    expect(other.evidence.map(({ p }) => p?.toPrecision(6))).toEqual(report.evidence.map(({ p }) => p?.toPrecision(6)))
  })

  test('weights are one for each row of the reference, larger where the current table is', () => {
    const { reference, current } = makers[1]!.make(400, 8)
    const { weights } = tableWeights(reference, current, { target: 'y' })
    const x = (reference.columns[0] as NumericColumn).values
    const mean = (some: readonly number[]): number => some.reduce((sum, one) => sum + one / some.length, 0)
    expect(weights.length).toBe(400)
    expect(mean([...weights].filter((_, i) => x[i]! > 1))).toBeGreaterThan(
      mean([...weights].filter((_, i) => x[i]! < -1)),
    )
  })
})

describe.skipIf(!hasShared)('unchanged tables', () => {
  const tables = isLong ? Object.keys(realTables) : ['iris', 'breast cancer', 'diabetes']
  test(`random splits give few false alarms${isLong ? ' (long)' : ''}`, { timeout: 3_600_000 }, async () => {
    const splits = isLong ? 12 : 6
    let alarms = 0
    for (const name of tables) {
      const table = await realTables[name]!()
      for (let seed = 0; seed < splits; seed++) {
        const [reference, current] = split(table, 400, 100 + seed)
        if (found(await shift(reference, current, { target: 'y', effects: false, permutations: 19, seed })) !== 'none')
          alarms++
      }
    }
    // At 5 %, so many or more come once in a thousand runs.
    expect(alarms).toBeLessThanOrEqual(isLong ? 11 : 4)
  })
})
