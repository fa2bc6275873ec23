/** Verdicts on rows in the order of time, whose columns remember: no false alarms by autocorrelation, and real shift is found. */
import { describe, expect, test } from 'vitest'
import { shift } from '../../src/shift/index.js'
import { type Series, series } from './series.js'

async function verdictOf(made: Series) {
  const [reference, current] = series(made)
  return shift(reference, current, { target: 'y', task: made.task, ordered: true, effects: false, seed: made.seed, permutations: 19 }) // biome-ignore format: one line
}

const found = ({ verdict }: Awaited<ReturnType<typeof verdictOf>>): boolean => Object.values(verdict).some(({ detected }) => detected) // biome-ignore format: one line

/** Alarms that a rate of 5 % exceeds less than once in a thousand times. */
function mostAlarms(n: number, rate = 0.05): number {
  let [chance, sum, k] = [(1 - rate) ** n, 0, 0]
  while (sum + chance < 0.999) {
    sum += chance
    chance *= ((n - k) / (k + 1)) * (rate / (1 - rate))
    k++
  }
  return k
}

async function alarms(kinds: readonly Omit<Series, 'seed'>[], draws: number): Promise<number> {
  let count = 0
  for (const kind of kinds)
    for (let seed = 0; seed < draws; seed++) if (found(await verdictOf({ ...kind, seed }))) count++
  return count
}

const kinds = [0.5, 0.9].flatMap((phi) =>
  (['classification', 'regression'] as const).map((task) => ({ phi, task, rows: 300 })),
)

describe('rows in the order of time', () => {
  test('at most alpha of verdicts on stationary series are false alarms', async () => {
    expect(await alarms(kinds, 4)).toBeLessThanOrEqual(mostAlarms(16))
  }, 120_000)

  test.runIf(process.env.NORMBALL_LONG)(
    'each kind of series (long)',
    async () => {
      // Few blocks of long memory are too liberal still: docs/shift.md tells the rate.
      for (const kind of kinds)
        expect(await alarms([kind], 20), JSON.stringify(kind)).toBeLessThanOrEqual(mostAlarms(20, kind.phi > 0.5 ? 0.12 : 0.05)) // biome-ignore format: one line
    },
    3_600_000,
  )

  test('inputs that move by a deviation, and y given x that does, are found', async () => {
    for (const task of ['classification', 'regression'] as const) {
      expect((await verdictOf({ phi: 0.5, rows: 500, task, seed: 1, moved: 1 })).verdict.covariate.detected).toBe(true)
      expect(found(await verdictOf({ phi: 0.9, rows: 1000, task, seed: 1, moved: 1.5 }))).toBe(true)
      const { verdict } = await verdictOf({ phi: 0.5, rows: 500, task, seed: 2, risen: 1 })
      expect(verdict.concept.detected || verdict.label.detected).toBe(true)
    }
  }, 120_000)

  test('the notes tell the length of blocks, and that few are few', async () => {
    const [reference, current] = series({ phi: 0.9, rows: 300, task: 'regression', seed: 3 })
    const { notes, table, concept } = await shift(reference, current, { target: 'y', ordered: true, permutations: 19 })
    expect(concept).toMatchObject({ nested: null, permutation: null })
    expect(concept!.skipped.map(({ what }) => what)).toEqual(['nested', 'permutation'])
    expect(concept!.skipped[0]!.why).toMatch(/^rows resemble their neighbours in time \(blocks of \d+ rows\)/)
    expect(notes.find((note) => note.startsWith('Rows are in the order of time'))).toMatch(
      /up to \d+ rows long; the tables have \d+ of these: too few to tell shift from slow change\./,
    )
    expect(table.mmd?.p).toBeGreaterThanOrEqual(0.05)
    expect(table.c2st?.p).toBeGreaterThan(0.001)
  })

  test('rows that do not remember are tested as independent ones', async () => {
    const [reference, current] = series({ phi: 0, rows: 200, task: 'regression', seed: 5 })
    const given = { target: 'y', effects: false, permutations: 19 }
    const [ordered, plain] = [await shift(reference, current, { ...given, ordered: true }), await shift(reference, current, given)] // biome-ignore format: one line
    if (ordered.notes.some((note) => note.includes('no column remembers')))
      expect(ordered.evidence).toEqual(plain.evidence)
    else expect(ordered.notes.join()).toMatch(/blocks/)
  })
})
