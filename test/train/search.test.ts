/** Search over settings: what is tried, how it is scored and chosen, and that stopping or threads change nothing. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type SearchConfig, type SearchReport, search } from '../../src/train/index.node.js'
import { halvingRounds } from '../../src/train/search/halving.js'
import { canonical } from '../../src/train/search/journal.node.js'
import { oneStandardError, type Ranked, ranked, scoreOf } from '../../src/train/search/rank.js'
import { gridSettings, randomSettings } from '../../src/train/search/space.js'

const folder = mkdtempSync(join(tmpdir(), 'normball-search-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a grid', () => {
  it('has all combinations, the last field changing fastest', () => {
    expect(gridSettings({ a: [1, 2], b: ['x', null, true] })).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: null },
      { a: 1, b: true },
      { a: 2, b: 'x' },
      { a: 2, b: null },
      { a: 2, b: true },
    ])
  })

  it('takes ranges with a count, ends included, each value once', () => {
    const values = (range: object): unknown[] => gridSettings({ a: range as never }).map(({ a }) => a)
    expect(values({ low: 0, high: 1, count: 5 })).toEqual([0, 0.25, 0.5, 0.75, 1])
    const log = values({ low: 1e-4, high: 1, log: true, count: 5 }) as number[]
    expect(log[0]).toBe(1e-4)
    expect(log[4]).toBe(1)
    for (const [i, value] of log.entries()) expect(value / 10 ** (i - 4)).toBeCloseTo(1, 12)
    expect(values({ low: 1, high: 3, whole: true, count: 9 })).toEqual([1, 2, 3])
    expect(values({ low: 2, high: 5, count: 1 })).toEqual([2])
  })

  it.each([
    [
      { a: { low: 0, high: 1 } },
      "search: a grid takes lists, and 'a' is a range. Try { low, high, count: 5 }, a list, or method: random.",
    ],
    [{ a: { low: 2, high: 1, count: 2 } }, "search: the range of 'a' goes from 2 to 1; expected low <= high."],
    [
      { a: { low: 0, high: 1, log: true, count: 2 } },
      "search: the range of 'a' is logarithmic from 0; expected low above 0.",
    ],
    [
      { a: { low: 0.5, high: 2, whole: true, count: 2 } },
      "search: the range of 'a' is of whole numbers, from 0.5 to 2.",
    ],
  ])('refuses %j', (space, message) => {
    expect(() => gridSettings(space)).toThrow(message)
  })
})

describe('random settings', () => {
  const space = {
    u: { low: -1, high: 3 },
    l: { low: 1e-5, high: 1e-1, log: true },
    w: { low: 1, high: 4, whole: true },
    c: ['a', 'b', 'c'],
  }

  it('are the same for a seed, and the first are the same however many there are', () => {
    expect(randomSettings(space, 20, 7).slice(0, 5)).toEqual(randomSettings(space, 5, 7))
    expect(randomSettings(space, 5, 7)).not.toEqual(randomSettings(space, 5, 8))
  })

  it('follow their laws: uniform, uniform in the logarithm, each whole number and each word alike', () => {
    const n = 4000
    const drawn = randomSettings(space, n, 3)
    /** Kolmogorov-Smirnov distance from the uniform distribution: 1.63 / sqrt(n) is passed with a chance of 1 %. */
    const ks = (units: number[]): number => {
      const sorted = units.sort((a, b) => a - b)
      return Math.max(...sorted.map((u, i) => Math.max((i + 1) / n - u, u - i / n)))
    }
    expect(ks(drawn.map(({ u }) => ((u as number) + 1) / 4))).toBeLessThan(1.63 / Math.sqrt(n))
    expect(ks(drawn.map(({ l }) => Math.log((l as number) / 1e-5) / Math.log(1e4)))).toBeLessThan(1.63 / Math.sqrt(n))
    const share = (name: string, value: unknown): number => drawn.filter((one) => one[name] === value).length / n
    for (const value of [1, 2, 3, 4]) expect(Math.abs(share('w', value) - 1 / 4)).toBeLessThan(0.03)
    for (const value of ['a', 'b', 'c']) expect(Math.abs(share('c', value) - 1 / 3)).toBeLessThan(0.03)
  })

  it('give whole numbers their part of a logarithmic range', () => {
    const drawn = randomSettings({ w: { low: 1, high: 3, whole: true, log: true } }, 4000, 1)
    const share = (value: number): number => drawn.filter(({ w }) => w === value).length / 4000
    for (const k of [1, 2, 3]) expect(Math.abs(share(k) - Math.log((k + 1) / k) / Math.log(4))).toBeLessThan(0.03)
  })
})

describe('the choice', () => {
  const trial = (number: number, values: (number | null)[], nonzeros: number | null = 10, lambda = 0): Ranked => ({
    number,
    ...scoreOf(values),
    nonzeros,
    lambda,
  })

  it('is by mean and standard error, worked by hand', () => {
    // Mean 2, deviations -1, 0, 1: variance 1, standard error 1 / sqrt 3.
    expect(scoreOf([1, 2, 3])).toEqual({ mean: 2, standardError: Math.sqrt(1 / 3) })
    expect(scoreOf([5])).toEqual({ mean: 5, standardError: null })
    expect(scoreOf([1, null])).toEqual({ mean: null, standardError: null })
    expect(scoreOf([1, Number.NaN])).toEqual({ mean: null, standardError: null })
  })

  it('puts the best first, those that failed last', () => {
    const trials = [trial(1, [3]), trial(2, [null]), trial(3, [1]), trial(4, [Infinity]), trial(5, [1])]
    expect(ranked(trials, 'lower').map(({ number }) => number)).toEqual([3, 5, 1, 4, 2])
    expect(ranked(trials, 'higher').map(({ number }) => number)).toEqual([4, 1, 3, 5, 2])
  })

  it('is the simplest within one standard error of the best', () => {
    // Best: mean 1, standard error sqrt((0.01 + 0 + 0.01) / 2 / 3) = 0.0577. 1.05 is within, 1.06 is not.
    const best = trial(1, [0.9, 1, 1.1], 100)
    const within = trial(2, [1.05, 1.05, 1.05], 50)
    const beyond = trial(3, [1.06, 1.06, 1.06], 1)
    expect(oneStandardError([best, within, beyond], 'lower')!.number).toBe(2)
    expect(oneStandardError([best, beyond], 'lower')!.number).toBe(1)
    expect(oneStandardError([trial(1, [1])], 'lower')).toBeNull()
  })

  it('takes the larger lambda, then the better, where the simplest are equally so', () => {
    const best = trial(1, [0, 1, 2], 5, 0.1)
    const larger = trial(2, [1.1, 1.1, 1.1], 5, 1)
    const same = trial(3, [1.05, 1.05, 1.05], 5, 1)
    expect(oneStandardError([best, larger, same], 'lower')!.number).toBe(3)
    expect(oneStandardError([best, larger], 'higher')!.number).toBe(2)
  })
})

it('successive halving keeps a factor-th and trains so much longer', () => {
  expect(halvingRounds(27, 27, 3, 1)).toEqual([
    { trials: 27, epochs: 1 },
    { trials: 9, epochs: 3 },
    { trials: 3, epochs: 9 },
    { trials: 1, epochs: 27 },
  ])
  // Few epochs end it earlier, few trials begin it later.
  expect(halvingRounds(27, 4, 2, 2)).toEqual([{ trials: 27, epochs: 2 }, { trials: 14, epochs: 4 }]) // biome-ignore format: one line
  expect(halvingRounds(2, 100, 2, 1)).toEqual([{ trials: 2, epochs: 50 }, { trials: 1, epochs: 100 }]) // biome-ignore format: one line
  expect(halvingRounds(1, 5, 3, 1)).toEqual([{ trials: 1, epochs: 5 }])
  expect(() => halvingRounds(4, 2, 3, 5)).toThrow('search: halving.least = 5; expected a whole number from 1 to 2, the epochs of base.') // biome-ignore format: one line
})

const base = {
  data: { format: 'digits', limit: 200 },
  model: { preset: 'linear' },
  epochs: 1,
  batch: 128,
  optimizer: { name: 'SGD', lr: 0.1 },
} as const

const small: SearchConfig = { base, space: { 'optimizer.lr': [0.1, 0.01], batch: [64, 128] }, folds: 2, metric: 'accuracy' } // biome-ignore format: one line

/** A report without what takes time, or tells how it came about. */
const timeless = ({ seconds: _, runs: __, journal: ___, trials, ...rest }: SearchReport) => ({
  ...rest,
  trials: trials.map(({ seconds: ____, ...trial }) => trial),
})

describe('a search', () => {
  it('finds the better rate, the same each time', async () => {
    const report = await search(small, { workers: 0 })
    expect(report).toMatchObject({ method: 'grid', outcome: 'done', better: 'higher', folds: 2, runs: { total: 8, resumed: 0, failed: 0 } }) // biome-ignore format: one line
    expect(report.trials).toHaveLength(4)
    expect(report.trials[0]!.number).toBe(report.best)
    expect(report.trials[0]!.settings['optimizer.lr']).toBe(0.1)
    for (const { values, mean } of report.trials) {
      expect(values).toHaveLength(2)
      expect(mean).toBeCloseTo((values[0]! + values[1]!) / 2, 15)
    }
    expect(timeless(await search(small, { workers: 0 }))).toEqual(timeless(report))
  })

  it.each([0, 1, 3, 7, 8])('that was stopped after %i runs goes on to the same report', async (after) => {
    const output = join(folder, `resume-${after}`)
    const whole = await search(small, { workers: 0 })
    const stop = new AbortController()
    if (after === 0) stop.abort()
    const first = await search(small, {
      workers: 0,
      signal: stop.signal,
      changes: { output },
      onProgress: ({ done }) => {
        if (done === after) stop.abort()
      },
    })
    expect(first.outcome).toBe(after === 8 ? 'done' : 'interrupted')
    expect(first.runs.total).toBe(after)
    const second = await search(small, { workers: 0, changes: { output } })
    expect(second.runs).toEqual({ total: 8, resumed: after, failed: 0 })
    expect(timeless(second)).toEqual(timeless(whole))
  })

  it('that was killed in the middle of a line goes on from the line before', async () => {
    const output = join(folder, 'torn')
    const whole = await search(small, { workers: 0, changes: { output } })
    const path = join(output, 'search.ndjson')
    const text = readFileSync(path, 'utf8')
    const lines = text.trimEnd().split('\n')
    expect(lines).toHaveLength(9)
    for (const cut of [1, 5, lines[4]!.length]) {
      writeFileSync(path, `${lines.slice(0, 4).join('\n')}\n${lines[4]!.slice(0, cut)}`)
      const again = await search(small, { workers: 0, changes: { output } })
      expect(again.runs.resumed).toBe(3)
      expect(timeless(again)).toEqual(timeless(whole))
      expect(readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => canonical({ ...JSON.parse(line), result: null }))).toEqual(lines.map((line) => canonical({ ...JSON.parse(line), result: null }))) // biome-ignore format: one line
    }
  })

  it('does not take the journal of another search, or a file that is none', async () => {
    const output = join(folder, 'other')
    await search({ ...small, space: { 'optimizer.lr': [0.1] } }, { workers: 0, changes: { output } })
    await expect(search(small, { workers: 0, changes: { output } })).rejects.toThrow(/search\.ndjson' is the journal of another search, with other settings\. Try another output, or remove it to begin anew\.$/) // biome-ignore format: one line
    appendFileSync(join(output, 'search.ndjson'), '{"type":"run"}\n')
    await expect(search({ ...small, space: { 'optimizer.lr': [0.1] } }, { workers: 0, changes: { output } })).rejects.toThrow(/search\.ndjson' line 4 is not of a search's journal\. Try another output\.$/) // biome-ignore format: one line
  })

  it('goes on past runs that fail, and ranks them last', async () => {
    const config: SearchConfig = {
      ...small,
      base: { ...base, epochs: 3 },
      space: { 'optimizer.lr': [0.1, 1e38] },
      metric: 'loss',
    }
    const report = await search(config, { workers: 0 })
    expect(report.best).toBe(1)
    expect(report.trials.map(({ number }) => number)).toEqual([1, 2])
    expect(report.runs.failed).toBe(2)
    expect(report.trials[1]).toMatchObject({ mean: null, values: [null, null] })
    expect(report.trials[1]!.error).toMatch(/^fit: the loss is /)
    await expect(search({ ...config, space: { 'optimizer.lr': [1e38] } }, { workers: 0 })).rejects.toThrow(/^search: every run failed\. The first: fit: the loss is /) // biome-ignore format: one line
  })

  it('halves', async () => {
    const report = await search({ base: { ...base, epochs: 4 }, method: 'halving', space: { 'optimizer.lr': { low: 1e-3, high: 1, log: true } }, trials: 4, halving: { factor: 2 }, folds: 2 }, { workers: 0 }) // biome-ignore format: one line
    expect(report.trials.map(({ epochs }) => epochs)).toEqual([4, 2, 1, 1])
    expect(report.trials[0]!.number).toBe(report.best)
    expect(report.runs.total).toBe(2 * (4 + 2 + 1))
  })

  it('follows the lambdas of a network from large to small, resumed or not', async () => {
    const config: SearchConfig = {
      base: { ...base, penalties: [{ norm: 'l1', lambda: 0, mode: 'prox' }] },
      method: 'path',
      path: { lambdas: [1e-4, 0.1, 0.01] },
      folds: 2,
    }
    const whole = await search(config, { workers: 0 })
    expect(whole.path!.points.map(({ lambda }) => lambda)).toEqual([0.1, 0.01, 1e-4])
    // Fewer parameters are zero as lambda falls.
    const df = whole.path!.points.map((point) => point.df!)
    expect(df[0]).toBeLessThan(df[1]!)
    expect(df[1]).toBeLessThan(df[2]!)
    for (const after of [2, 3]) {
      const output = join(folder, `path-${after}`)
      const stop = new AbortController()
      const onProgress = ({ done }: { done: number }): void => {
        if (done === after) stop.abort()
      }
      expect((await search(config, { workers: 0, signal: stop.signal, changes: { output }, onProgress })).outcome).toBe('interrupted') // biome-ignore format: one line
      expect(timeless(await search(config, { workers: 0, changes: { output } }))).toEqual(timeless(whole))
    }
  })
})

describe('configurations', () => {
  const yaml = (more: string): { text: string; name: string } => ({
    name: 'search.yaml',
    text: `base:\n  data: { format: digits }\n  model: { preset: linear }\n  optimizer: { name: Adam, lr: 0.01 }\n${more}`,
  })

  it.each([
    [
      'space:\n  optimizer.lrr: [1]\n',
      "search.yaml:6:3: space 'optimizer.lrr': optimizer: unknown word 'lrr'. Did you mean 'lr'?",
    ],
    [
      'space:\n  optimzer.lr: [1]\n',
      "search.yaml:6:3: space 'optimzer.lr': unknown word 'optimzer'. Did you mean 'optimizer'?",
    ],
    ['space:\n  batch: [32, fast]\n', "search.yaml:6:3: space 'batch': batch: expected a whole number, got 'fast'."],
    [
      'space:\n  penalties.2.lambda: [1]\n',
      "search.yaml:6:3: space 'penalties.2.lambda': penalties: expected a list, got a map.",
    ],
    ['space:\n  batch: 3\n', 'search.yaml:6:10: space.batch: expected a map or a list, got 3.'],
    ['method: randm\nspace:\n  batch: [3]\n', "search.yaml:5:9: method: 'randm' is not known. Did you mean 'random'?"],
    ['method: random\nspace:\n  batch: [3]\n', "search.yaml:5:1: 'trials' is missing: how many settings to draw."],
    ['folds: 3\n', "search.yaml:1:1: 'space' is missing: fields by their paths, such as optimizer.lr: [0.1, 0.01]."],
    [
      'method: path\n',
      "search.yaml:5:1: 'path.penalty' is missing, and base has no penalty whose lambda could be varied.",
    ],
    ['metric: acuracy\nspace:\n  batch: [3]\n', /^search: there is no metric 'acuracy'; .* Did you mean accuracy\?$/],
  ])('%j', async (more, message) => {
    await expect(search(yaml(more), { workers: 0 })).rejects.toThrow(message)
  })
})
