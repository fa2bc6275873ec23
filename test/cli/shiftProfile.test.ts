/** `normball shift` with profiles: saved, merged, compared with; what needs rows, and files that are none. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ShiftJson } from '../../src/cli/shiftJob.js'
import type { ProfileSaved } from '../../src/cli/shiftProfile.js'
import { run, temporaryFolder } from './run.js'

const folder = temporaryFolder()
const shift = (...args: string[]) => run(['shift', ...args], { cwd: folder })
async function json<T = ShiftJson>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await shift(...args, '--json', '-q')
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

/** Uniform numbers by a multiplicative sequence. */
function made(rows: number, seed: number, by = 0): string {
  let state = seed
  const next = (): number => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const lines = Array.from({ length: rows }, () => [(next() + by).toFixed(9), next() < 0.1 ? '' : Math.floor(9 * next()), 'abcd'[Math.floor(4 * next())]].join(',')) // biome-ignore format: one line
  return `x,few,kind\n${lines.join('\n')}\n`
}

beforeAll(() => {
  writeFileSync(join(folder, 'june.csv'), made(1500, 7))
  writeFileSync(join(folder, 'july.csv'), made(1200, 11, 0.2))
  writeFileSync(join(folder, 'large.csv'), made(30_000, 13))
})

describe('profiles', () => {
  it('a small table is kept exactly: columns have the figures that its rows have', async () => {
    const saved = await json<ProfileSaved>('june.csv', '--save-profile', 'june.json')
    expect(saved.profile).toMatchObject({ path: 'june.json', rows: 1500 })
    expect(saved.profile.columns.map(({ name, type, exact, error }) => [name, type, exact, error])).toEqual([['x', 'numeric', true, 0], ['few', 'numeric', true, 0], ['kind', 'categorical', true, 0]]) // biome-ignore format: one line
    const [byRows, byProfile] = [await json('june.csv', 'july.csv'), await json('june.json', 'july.csv')]
    expect(byProfile.columns).toEqual(byRows.columns)
    expect(Object.keys(byProfile)).toEqual(expect.arrayContaining(Object.keys(byRows)))
    expect(byProfile).toMatchObject({ reference: 'june.json', current: 'july.csv', rows: [1500, 1200], concept: null })
    expect(byProfile.table).toEqual({ mmd: null, energy: null, c2st: null })
    expect(byProfile.verdict.covariate.detected).toBe(true)
    expect((await shift('june.json', 'july.csv', '--fail-on', 'covariate', '-q')).code).toBe(1)
    expect((await shift('june.json', 'june.csv', '--fail-on', 'any', '-q')).code).toBe(0)
  })

  it('a large one is a sketch whose error is told, in one pass and in parts alike', async () => {
    const saved = await json<ProfileSaved>('large.csv', '--save-profile', 'large.json')
    const [x] = saved.profile.columns
    expect(x).toMatchObject({ exact: false, missing: 0 })
    expect(x!.error).toBeGreaterThan(0)
    expect(x!.error).toBeLessThan(0.002)
    const [byRows, byProfile] = [await json('large.csv', 'july.csv'), await json('large.json', 'july.csv')]
    const [own, truth] = [byProfile.columns[0]!, byRows.columns[0]!]
    expect(Math.abs(own.ks!.statistic - truth.ks!.statistic)).toBeLessThanOrEqual(x!.error)
    expect(own.ks!.p).toBeGreaterThanOrEqual(truth.ks!.p)
    expect(Math.abs(own.psi! - truth.psi!)).toBeLessThan(0.02 * truth.psi! + 1e-3)
    expect(byProfile.columns[2]).toEqual(byRows.columns[2])
  })

  it('several become one', async () => {
    await json<ProfileSaved>('july.csv', '--save-profile', 'july.json')
    const both = await json<ProfileSaved>('june.csv', '--merge', 'july.json', '--save-profile', 'both.json')
    expect(both.profile.rows).toBe(2700)
    const report = await json('june.csv', 'both.json')
    expect(report.rows).toEqual([1500, 2700])
    expect((await json('june.json', 'both.json', '--merge', 'july.csv')).summary).toBe(
      'The columns are distributed alike.',
    )
  })

  it('a table whose words come late is read whole', async () => {
    writeFileSync(join(folder, 'late.csv'), `a\n${Array.from({ length: 12_000 }, (_, i) => i % 5).join('\n')}\nword\n`)
    const saved = await json<ProfileSaved>('late.csv', '--save-profile', 'late.json')
    expect(saved.profile.columns).toMatchObject([{ type: 'categorical', kept: 6 }])
  })

  it.each<[string[], number, string]>([
    [['june.json', 'july.csv', '--model', 'x'], 2, "--model: needs rows, and 'june.json' is a profile, which has none. Leave it out, or compare two tables."],
    [['june.csv', '--sample', '9', '--save-profile', 'no.json'], 2, '--sample: needs rows, and a profile keeps none.'],
    [['june.csv', 'july.csv', '--save-profile', 'no.json'], 2, '--save-profile: sums up one table, and two were given.'],
    [['june.csv', 'july.csv', '--merge', 'july.csv'], 2, '--merge: adds to a profile, and the reference is a table.'],
    [['june.json'], 2, 'shift: a profile, and no current table to compare with it.'],
    [['june.json', '--save-profile', 'june.json'], 2, 'june.json'],
    [['bad.json', 'july.csv'], 3, "'bad.json' is no profile that can be used: it is no JSON, damaged or truncated."],
    [['lie.json', 'july.csv'], 3, "'lie.json' is no profile that can be used: rows is -5; expected a whole number"],
    [['june.json', 'july.csv', '--target', 'y'], 2, "shift: the reference 'june.json' has no column 'y' to be the target; it has 'x', 'few', 'kind'."],
  ])('%j is refused', async (args, code, message) => {
    const text = readFileSync(join(folder, 'june.json'), 'utf8')
    writeFileSync(join(folder, 'bad.json'), text.slice(0, 900))
    writeFileSync(join(folder, 'lie.json'), text.replace('"rows":1500', '"rows":-5'))
    const outcome = await shift(...args)
    expect([outcome.code, outcome.stdout]).toEqual([code, ''])
    expect(outcome.stderr).toContain(message)
    expect(existsSync(join(folder, 'no.json'))).toBe(false)
  }) // biome-ignore format: a line for each
})
