/** `normball shift` as a process: tables that the test writes, through the built command. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { ShiftJson } from '../../src/cli/shift.js'
import { run, temporaryFolder } from './run.js'

vi.setConfig({ testTimeout: 60_000 })
const folder = temporaryFolder()
const shift = (...args: string[]) => run(['shift', ...args], { cwd: folder })
const json = async (...args: string[]): Promise<ShiftJson> => {
  const { code, stdout, stderr } = await shift(...args, '--json', '-q')
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const read = (name: string): string[] => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n')

/** Uniform numbers from 0 to 1 (mulberry32), and normal ones of them. */
function numbers(seed: number) {
  let state = seed
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return { uniform, normal }
}

interface Made {
  rows: string[][]
  header: string[]
}

/** id, x, z, kind, p, y: the chance p that y = 1 is logistic in sign (2 x - z), x with its mean at `mean`. */
function made(seed: number, n: number, mean = 0, sign = 1): Made {
  const { uniform, normal } = numbers(seed)
  const rows = Array.from({ length: n }, (_, i) => {
    const [x, z] = [mean + normal(), normal()]
    const p = 1 / (1 + Math.exp(z - 2 * x))
    const y = uniform() < (sign > 0 ? p : 1 - p) ? 'yes' : 'no'
    return [String((i * 7919) % 100003), x.toFixed(4), z.toFixed(4), uniform() < 0.5 ? 'a' : 'b', p.toFixed(6), y]
  })
  return { header: ['id', 'x', 'z', 'kind', 'p', 'y'], rows }
}

function csv({ header, rows }: Made, names = header): string {
  const places = names.map((name) => header.indexOf(name))
  return `${[names, ...rows.map((row) => places.map((at) => row[at]!))].map((row) => row.join(',')).join('\n')}\n`
}

const all = ['id', 'x', 'z', 'kind', 'y']
const moved = made(3, 400, 1)
beforeAll(() => {
  write('june.csv', csv(made(1, 500), all))
  write('same.csv', csv(made(2, 400), all))
  write('july.csv', csv(moved, all))
  write('flipped.csv', csv(made(4, 400, 0, -1), all))
  write('unlabelled.csv', csv(moved, ['id', 'x', 'z', 'kind']))
  write('june_p.csv', csv(made(1, 500)))
  write('july_p.csv', csv(moved))
})

describe('the report', () => {
  it('has the keys of the contract, and names the mechanism', async () => {
    const report = await json('june.csv', 'july.csv', '--target', 'y')
    expect(report).toMatchObject({ command: 'shift', reference: 'june.csv', current: 'july.csv', rows: [500, 400] })
    expect(Object.keys(report.verdict)).toEqual(['covariate', 'label', 'concept'])
    for (const finding of Object.values(report.verdict)) expect(Object.keys(finding).sort()).toEqual(['detected', 'effect', 'p', 'why']) // biome-ignore format: one line
    expect(Object.values(report.verdict).map(({ detected }) => detected)).toEqual([true, false, false])
    const x = report.columns.find(({ name }) => name === 'x')!
    expect(x).toMatchObject({ type: 'numeric', n: [500, 400], missing: [0, 0], chi2: null })
    expect(Object.keys(x)).toEqual(expect.arrayContaining(['ks', 'wasserstein', 'psi', 'js', 'hellinger']))
    expect(Object.keys(x.ks!).sort()).toEqual(['p', 'statistic'])
    const kind = report.columns.find(({ name }) => name === 'kind')!
    expect(kind).toMatchObject({ type: 'categorical', ks: null, wasserstein: null, chi2: { df: 1 } })
    expect(Object.keys(report.table)).toEqual(['mmd', 'energy', 'c2st'])
    expect(report.table).toMatchObject({ mmd: { squared: expect.any(Number), p: expect.any(Number) }, energy: expect.anything(), c2st: { auc: expect.any(Number), p: expect.any(Number) } }) // biome-ignore format: one line
    expect(Object.keys(report.label!.estimated)).toEqual(['bbse', 'em', 'rlls'])
    expect(report.label!.prior.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 12)
    expect(report.concept).not.toBeNull()
  })

  it('nothing has changed: all three are false', async () => {
    const { verdict } = await json('june.csv', 'same.csv', '--target', 'y')
    expect(Object.values(verdict).map(({ detected }) => detected)).toEqual([false, false, false])
  })

  it('--html and the terminal begin with the verdict; --csv has a line for each column', async () => {
    const { stdout, code } = await shift('june.csv', 'july.csv', '--target', 'y', '--html', 'r.html', '--csv', 'r.csv')
    expect(code).toBe(0)
    expect(stdout.indexOf('Verdict')).toBeLessThan(stdout.indexOf('Columns'))
    const page = readFileSync(join(folder, 'r.html'), 'utf8')
    const body = page.slice(page.indexOf('<body'))
    expect(body.indexOf('covariate shift: found')).toBeGreaterThan(0)
    expect(body.indexOf('covariate shift: found')).toBeLessThan(body.indexOf('>Columns<'))
    expect(read('r.csv').slice(1).map((line) => line.split(',')[0]).sort()).toEqual(['id', 'kind', 'x', 'y', 'z']) // biome-ignore format: one line
  })

  it('without labels concept shift is null, and said to be', async () => {
    const { verdict, label } = await json('june.csv', 'unlabelled.csv', '--target', 'y')
    expect(verdict.concept).toMatchObject({ detected: null, why: 'Cannot tell without labels.' })
    expect(label!.observed).toBeNull()
  })
})

describe('tables', () => {
  it('--by splits one', async () => {
    const rows = [
      ...made(1, 300).rows.map((row) => [...row, 'june']),
      ...made(3, 300, 1).rows.map((row) => [...row, 'july']),
    ]
    write('all.csv', csv({ header: [...made(1, 1).header, 'month'], rows }, [...all, 'month']))
    const report = await json('all.csv', '--by', 'month', '--target', 'y')
    expect([report.reference, report.current]).toEqual(['all.csv (month = june)', 'all.csv (month = july)'])
    expect(report.verdict.covariate.detected).toBe(true)
    expect(report.columns.map(({ name }) => name)).not.toContain('month')
  })

  it('columns in another order are matched; those of one table are named', async () => {
    write('other.csv', csv(made(2, 400), ['y', 'kind', 'x', 'id']))
    const { leftOut, notes } = await json('june.csv', 'other.csv', '--target', 'y')
    expect(leftOut).toContainEqual({ name: 'z', why: 'only the reference has it' })
    expect(notes).toContain('The columns stand in another order in the current table; they were matched by name.')
  })

  it('--labels joins the target by --key; what has none is told', async () => {
    const labels = csv(moved, ['id', 'y']).trimEnd().split('\n')
    write('labels.csv', `${[labels[0], ...labels.slice(4).reverse(), '999999,no'].join('\n')}\n`)
    const args = ['june.csv', 'unlabelled.csv', '--target', 'y', '--labels', 'labels.csv', '--key', 'id']
    const report = await json(...args)
    expect(report.target!.labels).toEqual([500, 397])
    const shares = moved.rows.slice(3).filter((row) => row[5] === 'yes').length / 397
    expect(report.label!.observed![1]).toBeCloseTo(shares, 12)
    expect(report.notes.slice(0, 2)).toEqual(["3 rows of 'unlabelled.csv' have no label in 'labels.csv'.", "1 label of 'labels.csv' belongs to no row of 'unlabelled.csv'."]) // biome-ignore format: one line
    expect(report.columns.map(({ name }) => name)).not.toContain('id')
    write('twice.csv', 'id,y\n0,no\n7919,no\n0,yes\n')
    const twice = await shift(...args.slice(0, 5), 'twice.csv', '--key', 'id')
    expect(twice).toMatchObject({ code: 2, stderr: "normball: --labels: 'twice.csv' has id '0' twice, in lines 2 and 4.\n" }) // biome-ignore format: one line
    const alone = await shift(...args.slice(0, 6))
    expect(alone).toMatchObject({ code: 2, stderr: 'normball: --labels: needs --key COLUMN too.\n' })
  })

  it('a target of one class, and an empty table, end with a sentence or a verdict, never with a defect', async () => {
    write('one.csv', csv(made(5, 200), ['x', 'z', 'y']).replace(/,yes$/gm, ',no'))
    const one = await json('one.csv', 'one.csv', '--target', 'y')
    expect(one.verdict.label.detected).not.toBe(true)
    write('empty.csv', 'id,x,z,kind,y\n')
    for (const pair of [['june.csv', 'empty.csv'], ['empty.csv', 'june.csv'], ['empty.csv', 'empty.csv']]) {
      const { code, stderr } = await shift(...pair, '--target', 'y', '-q')
      expect([0, 2, 3]).toContain(code)
      if (code !== 0) expect(stderr).toMatch(/^normball: .*empty\.csv/)
    } // biome-ignore format: short
  })

  it('--time and --ordered take rows in their order', async () => {
    write('timed.csv', csv(made(2, 400), all).replace(/^id/, 'at'))
    write('june_at.csv', csv(made(1, 500), all).replace(/^id/, 'at'))
    const report = await json('june_at.csv', 'timed.csv', '--target', 'y', '--time', 'at')
    expect(report.leftOut).toContainEqual({ name: 'at', why: 'the order of time' })
    expect((await shift('june.csv', 'same.csv', '--ordered', '-q')).code).toBe(0)
  })
})
