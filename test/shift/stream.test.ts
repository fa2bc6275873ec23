import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  ADWIN,
  CUSUM,
  DDM,
  type DriftDetector,
  detectDrift,
  detectorNames,
  EDDM,
  HDDMA,
  HDDMW,
  KSWIN,
  makeDetector,
  PageHinkley,
  simulateDetectors,
} from '../../src/shift/index.node.js'
import { equalSamplesP } from '../../src/shift/stream/kswin.js'
import { Mersenne } from '../../src/shift/stream/mersenne.js'
import { hasShared, isLong, sharedJson, sharedPath } from '../shared.js'

interface Points {
  n_drifts: number | number[]
  drifts: number[]
  drifts_seed0?: number[]
  n_warnings: number
  warnings_first50: number[]
}

/** Which of our detectors is which of the oracle's. */
const cases: readonly [library: 'river_port' | 'frouros', name: string, make: () => DriftDetector][] = [
  ['river_port', 'DDM', () => new DDM()],
  ['river_port', 'EDDM', () => new EDDM()],
  ['river_port', 'HDDM_A', () => new HDDMA()],
  ['river_port', 'ADWIN_full_loop(river>=PR1613, MOA)', () => new ADWIN()],
  ['river_port', 'ADWIN_truncated_loop(older river, scikit-multiflow)', () => new ADWIN({ truncated: true })],
  ['river_port', 'PageHinkley_both', () => new PageHinkley()],
  ['river_port', 'PageHinkley_up', () => new PageHinkley({ mode: 'up' })],
  ['river_port', 'PageHinkley_old_one_sided', () => new PageHinkley({ definition: 'river-old' })],
  ['frouros', 'DDM', () => new DDM()],
  ['frouros', 'EDDM', () => new EDDM({ definition: 'frouros' })],
  ['frouros', 'HDDM_A', () => new HDDMA({ definition: 'frouros' })],
  ['frouros', 'HDDM_W', () => new HDDMW()],
  ['frouros', 'ADWIN', () => new ADWIN({ truncated: true })],
  ['frouros', 'PageHinkley', () => new PageHinkley({ definition: 'frouros' })],
  ['frouros', 'CUSUM', () => new CUSUM()],
]

/** Drifts, and the values that raised a warning. */
function runOf(values: ArrayLike<number>, detector: DriftDetector): { drifts: number[]; warnings: number[] } {
  const [drifts, warnings]: [number[], number[]] = [[], []]
  let before = 'stable'
  for (let i = 0; i < values.length; i++) {
    const state = detector.update(values[i]!)
    if (state === 'drift') drifts.push(i)
    if (state === 'warning' && before !== 'warning') warnings.push(i)
    before = state
  }
  return { drifts, warnings }
}

/** Errors of rate `before`, then `after`, by a congruential generator. */
function errorsOf(length: number, change: number, before: number, after: number, seed = 1): number[] {
  let state = seed
  return Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Number(state / 2 ** 32 < (i < change ? before : after))
  })
}

describe("the Mersenne Twister is Python's", () => {
  it('words and samples of random.Random', () => {
    const one = new Mersenne(7)
    expect([one.word(), one.word(), one.word(), one.word()]).toEqual([1390851128, 4071050724, 647892279, 1695753998])
    expect([...new Mersenne(7).sample(70, 5)]).toEqual([41, 19, 50, 6, 9])
    expect([...new Mersenne(2 ** 40 + 3).sample(1000, 4)]).toEqual([225, 62, 562, 853])
  })
})

describe('detectors', () => {
  it('DDM: ten right and wrong in turn, then wrong only', () => {
    // Least p + s after value 31: at 39, p = 19/39 = 0.4872, s = 0.0800. So a warning above 0.6473, a drift above 0.7273. After k wrong ones
    // p = (20 + k) / (40 + k): k = 7 gives 0.5745 + 0.0721 = 0.6466, k = 8 0.5833 + 0.0712 = 0.6545; k = 19 0.7226, k = 20 0.6667 + 0.0609 = 0.7275.
    const values = Array.from({ length: 70 }, (_, i) => (i < 40 ? i % 2 : 1))
    const [found] = detectDrift(values, { detector: 'ddm' })
    expect(found).toEqual({
      detector: 'ddm',
      drifts: [{ at: 59, onset: 47 }],
      warnings: [{ first: 47, last: 58, endedInDrift: true }],
      skipped: null,
    })
  })

  it('ADWIN keeps logarithmically many buckets, and its mean is that of its window', () => {
    const one = new ADWIN({ clock: 1e9 })
    const values = Array.from({ length: 10000 }, (_, i) => Math.sin(i * i) * 3 + 1)
    for (const value of values) one.update(value)
    expect(one.width).toBe(10000)
    expect(one.buckets).toBeLessThan(6 * Math.log2(10000))
    expect(one.estimation).toBeCloseTo(values.reduce((a, b) => a + b) / 10000, 10)
  })

  it('ADWIN without restarts keeps what is newer than the change', () => {
    const one = new ADWIN({ restarts: false })
    for (const value of errorsOf(4000, 2000, 0.1, 0.6)) one.update(value)
    expect(one.onset).toBeGreaterThan(1900)
    expect(one.onset).toBeLessThan(2100)
    expect(one.width).toBeGreaterThan(1900)
    expect(one.estimation).toBeCloseTo(0.6, 1)
  })

  describe.each(detectorNames)('%s', (name) => {
    const values = errorsOf(6000, 3000, 0.15, 0.7)
    const options = { cusum: { lambda: 20 }, 'page-hinkley': { threshold: 20 } }
    const run = (stream: ArrayLike<number>) => detectDrift(stream, { detector: name, options })[0]!

    it('tells a change within 400 values of it, and places its onset near it', () => {
      const drift = run(values).drifts.find(({ at }) => at >= 3000)!
      expect(drift.at).toBeLessThan(3400)
      expect(drift.onset).toBeLessThanOrEqual(drift.at)
      // Sums and cuts of the others may begin long before, by chance.
      if (['ddm', 'hddm-a', 'adwin', 'kswin'].includes(name)) expect(Math.abs(drift.onset - 3000)).toBeLessThan(150)
    })

    it('says nothing of a constant stream', () => {
      expect(run(new Uint8Array(3000))).toMatchObject({ drifts: [], warnings: [] })
      expect(run(new Uint8Array(3000).fill(1)).drifts).toEqual([])
    })

    it('starts anew after reset', () => {
      const one = makeDetector(name)
      const first = runOf(values, one)
      one.reset()
      expect([one.state, one.seen, one.onset]).toEqual(['stable', 0, null])
      expect(runOf(values, one)).toEqual(first)
    })

    it('refuses NaN, with its place, and takes nothing of it', () => {
      const one = makeDetector(name)
      one.update(0)
      expect(() => one.update(Number.NaN)).toThrow(`${name}: value NaN at 1; expected`)
      expect(one.seen).toBe(1)
    })

    it('is silent about nothing', () => {
      expect(run([])).toEqual({ detector: name, drifts: [], warnings: [], skipped: null })
    })
  })

  it('the two-sided ones see a fall', () => {
    const values = errorsOf(4000, 2000, 0.7, 0.1)
    for (const make of [HDDMA, HDDMW] as const) {
      expect(runOf(values, new make()).drifts).toEqual([])
      expect(runOf(values, new make({ twoSided: true })).drifts[0]).toBeGreaterThan(2000)
    }
    for (const definition of ['river', 'frouros'] as const)
      expect(runOf(values, new HDDMW({ twoSided: true, definition })).drifts[0]).toBeLessThan(2200)
    expect(runOf(values, new PageHinkley({ mode: 'down' })).drifts[0]).toBeGreaterThan(2000)
    expect(runOf(values, new PageHinkley({ mode: 'up' })).drifts).toEqual([])
  })

  it('of numbers, those for errors are skipped, or refuse', () => {
    const found = detectDrift([0.5, 2.5])
    expect(found.filter(({ skipped }) => skipped !== null).map(({ detector }) => detector)).toEqual(['ddm', 'eddm', 'hddm-a', 'hddm-w']) // biome-ignore format: one line
    expect(found[1]!.skipped).toBe('eddm is for errors, 0 or 1; value 0 is 0.5')
    expect(() => detectDrift([0.5, 2.5], { detector: 'eddm' })).toThrow('eddm: value 0.5 at 0; expected 0 (right) or 1 (wrong).') // biome-ignore format: one line
    expect(() => detectDrift([0], { detector: 'adwim' as 'adwin' })).toThrow('Did you mean adwin?')
    expect(() => new EDDM({ alpha: 0.8 })).toThrow('EDDM: alpha = 0.8 and beta = 0.9; expected alpha >= beta.')
    expect(() => new CUSUM({ lambda: -1 })).toThrow('CUSUM: lambda = -1; expected 0 or more.')
    expect(() => new KSWIN({ windowSize: 50 })).toThrow('expected whole numbers, the window at least twice as long')
  })
})

const streamOracle = JSON.parse(readFileSync(new URL('../oracle/shift/streams.json', import.meta.url), 'utf8')) as {
  stream: [number, number, number, number, number]
  hddmW: { drifts: number[]; warnings: number[] }
  hddmWBoth: { drifts: number[]; warnings: number[] }
  cusum: number[]
  cusumDown: number[]
}[]

describe("river's HDDM-W and CUSUM", () => {
  const uniforms = (length: number, change: number, seed: number): number[] => {
    let state = seed
    return Array.from({ length }, (_, i) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 32 + (i >= change ? 0.2 : 0)
    })
  }

  it.each(streamOracle)('$stream', ({ stream, hddmW, hddmWBoth, cusum, cusumDown }) => {
    const [length, change, before, after, seed] = stream
    const errors = errorsOf(length, change, before, after, seed)
    expect(runOf(errors, new HDDMW({ definition: 'river' }))).toEqual(hddmW)
    expect(runOf(errors, new HDDMW({ definition: 'river', lambda: 0.1, twoSided: true }))).toEqual(hddmWBoth)
    const values = uniforms(length, change, seed)
    expect(runOf(values, new CUSUM({ definition: 'river' })).drifts).toEqual(cusum)
    const down = new CUSUM({ definition: 'river', minInstances: 100, delta: 0.25, lambda: 8, mode: 'down' })
    expect(runOf(values, down).drifts).toEqual(cusumDown)
  })

  it('CUSUM: ten of mean 0 and deviation 1, then 2.9: 2.4, 4.8, 7.2, the third passes 5', () => {
    const first = [1, -1, 1, -1, 1, -1, 1, -1, 0, 0].map((one) => one * Math.sqrt(9 / 8))
    const one = new CUSUM({ definition: 'river', minInstances: 10 })
    expect(runOf([...first, 2.9, 2.9, 2.9], one).drifts).toEqual([12])
    expect(one.onset).toBe(10)
    expect(
      runOf([...first, -2.9, -2.9, -2.9], new CUSUM({ definition: 'river', minInstances: 10, mode: 'up' })).drifts,
    ).toEqual([])
    expect(() => new CUSUM({ mode: 'down' })).toThrow('CUSUM: mode down with definition frouros; expected up.')
  })
})

describe('simulateDetectors', () => {
  const options = { detectors: ['ddm', 'adwin', 'hddm-a'] as const, lengths: [1000], repeats: 20, seed: 3 }

  it('gives the same for the same seed, one row for each kind of stream and detector', () => {
    const rows = simulateDetectors(options)
    expect(rows).toEqual(simulateDetectors(options))
    expect(rows.length).toBe(9)
    expect(rows.map(({ stream }) => stream).slice(0, 4)).toEqual(['abrupt', 'abrupt', 'abrupt', 'gradual'])
  })

  it('an abrupt change of 0.2 to 0.9 is told early, and nothing is missed', () => {
    const rows = simulateDetectors({ ...options, streams: ['abrupt'], rates: [0.2, 0.9] })
    for (const { delay, missed } of rows) {
      expect(missed).toBe(0)
      expect(delay!.median).toBeLessThan(60)
    }
  })

  it('without a change there is no delay, and false alarms are counted over the whole stream', () => {
    for (const row of simulateDetectors({ ...options, streams: ['none'] })) {
      expect(row).toMatchObject({ delay: null, missed: null })
      const alarms = row.meanTimeBetween === null ? 0 : 20000 / row.meanTimeBetween
      expect(row.falseAlarmsPer1000).toBeCloseTo(alarms / 20, 12)
    }
  })
})

describe.skipIf(!hasShared)('drift points of river and frouros', () => {
  const streams = ['elec2_no_change', 'syn_abrupt_0.2_to_0.4_at_5000', 'syn_stationary_0.2']
  const { results } = hasShared
    ? sharedJson<{ results: Record<string, Record<string, Record<string, Points>>> }>('oracle', 'conceptdrift', 'drift_points.json') // biome-ignore format: one line
    : { results: {} }
  for (const stream of streams) {
    const values = hasShared
      ? Uint8Array.from(readFileSync(sharedPath('oracle', 'conceptdrift', `${stream}.errors.txt`)), (c) => c - 48)
      : new Uint8Array()
    it.each(cases)(`${stream}: %s %s`, (library, name, make) => {
      const oracle = results[stream]![library]![name]!
      const { drifts, warnings } = runOf(values, make())
      expect(drifts).toEqual(oracle.drifts)
      expect(warnings.slice(0, 50)).toEqual(oracle.warnings_first50)
      expect(warnings.length).toBe(oracle.n_warnings)
    })
    // Each seed takes a test of two samples at every value: all of them only in the long run.
    const seeds = isLong ? [0, 1, 2, 3, 4] : stream.startsWith('syn_abrupt') ? [0, 1, 2] : [0]
    it.each([
      ['KSWIN_seeds0-4', 0.005],
      ['KSWIN_alpha1e-4_seeds0-4', 0.0001],
    ] as const)(`${stream}: %s`, (name, alpha) => {
      const oracle = results[stream]!['river_port']![name]!
      const found = seeds.map((seed) => runOf(values, new KSWIN({ alpha, seed })).drifts)
      expect(found[0]).toEqual(oracle.drifts_seed0)
      expect(found.map((one) => one.length)).toEqual((oracle.n_drifts as number[]).slice(0, seeds.length))
    })
  }

  it("KSWIN's p-values are the exact ones", () => {
    const { table } = sharedJson<{ table: { h: number; p_exact: number }[] }>('oracle', 'conceptdrift', 'ks_exact_table_n30.json') // biome-ignore format: one line
    for (const { h, p_exact } of table) expect(equalSamplesP(30, h) / p_exact).toBeCloseTo(1, 12)
  })
})
