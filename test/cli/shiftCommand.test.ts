/** `normball shift` as a process: tables that the test writes, through the built command. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ShiftJson } from '../../src/cli/shiftJob.js'
import { simulateDetectors } from '../../src/shift/index.node.js'
import { run, temporaryFolder } from './run.js'

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

describe('models', () => {
  it("--scores: the error is the given model's, and --posteriors has rows of chances", async () => {
    const args = ['june_p.csv', 'july_p.csv', '--target', 'y', '--scores', 'p', '--posteriors', 'post.csv']
    const { error, leftOut } = await json(...args)
    expect(error).toMatchObject({ metric: 'error rate', model: 'the model of p' })
    const wrong = moved.rows.filter((row) => Number(row[4]) > 0.5 !== (row[5] === 'yes')).length / 400
    expect(error!.current!.value).toBeCloseTo(wrong, 12)
    expect(leftOut.map(({ name }) => name)).not.toContain('p')
    const [header, ...rows] = read('post.csv')
    expect([header, rows.length]).toEqual(['no,yes', 400])
    for (const row of rows) expect(row.split(',').reduce((sum, p) => sum + Number(p), 0)).toBeCloseTo(1, 9)
  })

  it('--model asks a run of normball train about both tables; --weights is what train takes', async () => {
    write(
      't.yaml',
      'data: { train: june.csv, target: y, features: [x, z, kind] }\nmodel: { preset: mlp, hidden: [8] }\nepochs: 15\n',
    )
    expect((await run(['train', 't.yaml', '-q'], { cwd: folder })).code).toBe(0)
    const { error, verdict, columns } = await json('june.csv', 'july.csv', '--model', 'runs/t', '--weights', 'w.csv')
    expect(error!.model).toBe('the model of p(yes)')
    expect(error!.current!.value).toBeLessThan(0.25)
    expect(verdict.covariate.detected).toBe(true)
    expect(columns.map(({ name }) => name)).toContain('p(yes)')
    // Weights lean to the current table: the weighted mean of x is near its mean of 1.
    const [header, ...rows] = read('w.csv')
    expect(header).toBe('id,x,z,kind,y,weight')
    const numbered = (row: string): unknown[] => row.split(',').slice(0, 5).map((cell) => (Number.isNaN(Number(cell)) ? cell : Number(cell))) // biome-ignore format: one line
    expect(rows.map(numbered)).toEqual(read('june.csv').slice(1).map(numbered))
    const cells = rows.map((row) => row.split(',').map(Number))
    const sum = cells.reduce((total, row) => total + row[5]!, 0)
    expect(cells.reduce((total, row) => total + row[5]! * row[1]!, 0) / sum).toBeGreaterThan(0.6)
    write(
      't2.yaml',
      'data: { train: w.csv, target: y, weights: weight, features: [x, z, kind] }\nmodel: { preset: mlp }\nepochs: 1\n',
    )
    expect((await run(['train', 't2.yaml', '--no-save', '-q'], { cwd: folder })).code).toBe(0)
    write('narrow.csv', csv(moved, ['x', 'y']))
    expect(await shift('june.csv', 'narrow.csv', '--model', 'runs/t')).toMatchObject({ code: 2, stderr: "normball: the model 'runs/t' needs 2 columns: 'z', 'kind', which 'narrow.csv' lacks.\n" }) // biome-ignore format: one line
  }, 60_000)

  it('a network of numbers: its error is the mean of its squared residuals', async () => {
    const number = (seed: number, mean: number): string => `a,b,y\n${made(seed, 300, mean).rows.map(([, x, z]) => `${x},${z},${(3 * Number(x) - Number(z) + 0.1 * Math.sin(50 * Number(x))).toFixed(4)}`).join('\n')}\n` // biome-ignore format: one line
    write('n1.csv', number(7, 0))
    write('n2.csv', number(8, 0.5))
    write(
      'n.yaml',
      'data: { train: n1.csv, target: y, task: numbers }\nmodel: { layers: [Linear] }\noptimizer: { name: Adam, lr: 0.1 }\nepochs: 60\n',
    )
    expect((await run(['train', 'n.yaml', '-q'], { cwd: folder })).code).toBe(0)
    const { error, columns } = await json('n1.csv', 'n2.csv', '--model', 'runs/n')
    expect(error).toMatchObject({ metric: 'squared error', model: 'the model of prediction' })
    expect(error!.current!.value).toBeLessThan(0.1)
    expect(columns.map(({ name }) => name)).toContain('prediction')
  }, 60_000)

  it('--model that is none, or beside --scores', async () => {
    expect(await shift('june.csv', 'july.csv', '--model', 'runs/t', '--scores', 'p')).toMatchObject({ code: 2, stderr: 'normball: --model and --scores: both say what a model predicts. Leave one of them out.\n' }) // biome-ignore format: one line
    expect((await shift('june.csv', 'july.csv', '--model', 'nowhere')).code).toBe(4)
    expect((await shift('june.csv', 'july.csv', '--model', 'june.csv')).code).toBe(2)
  })
})

describe('streams', () => {
  it('--stream tells the place of a drift', async () => {
    const { uniform } = numbers(11)
    write(
      'errors.csv',
      `error\n${Array.from({ length: 2000 }, (_, i) => Number(uniform() < (i < 1000 ? 0.1 : 0.6))).join('\n')}\n`,
    )
    const { code, stdout } = await shift('errors.csv', '--stream', 'error', '--json')
    expect(code).toBe(0)
    const { stream } = JSON.parse(stdout)
    expect(stream).toMatchObject({ column: 'error', values: 2000 })
    const adwin = stream.detectors.find(({ detector }: { detector: string }) => detector === 'adwin')
    expect(adwin.drifts[0].at).toBeGreaterThan(1000)
    expect(adwin.drifts[0].at).toBeLessThan(1150)
    expect((await shift('errors.csv', '--stream', 'loss')).code).toBe(2)
    expect((await shift('errors.csv', '--stream', 'error', '--detectors', 'adwin', '--fail-on', 'any', '-q')).code).toBe(1) // biome-ignore format: one line
    expect((await shift('errors.csv', '--stream', 'error', '--detectors', 'kswin', '--fail-on', 'label', '-q')).code).toBe(0) // biome-ignore format: one line
  })

  it('--simulate says what the detectors are worth at its error rate', async () => {
    write('some.csv', `error\n${Array.from({ length: 400 }, (_, i) => Number(i % 5 === 0)).join('\n')}\n`)
    const { stdout } = await shift('some.csv', '--stream', 'error', '--detectors', 'adwin,hddm-a', '--simulate', '--seed', '1', '--json') // biome-ignore format: one line
    const { simulated, detectors } = JSON.parse(stdout).stream
    expect(detectors.map(({ detector }: { detector: string }) => detector)).toEqual(['adwin', 'hddm-a'])
    expect(simulated).toEqual(JSON.parse(JSON.stringify(simulateDetectors({ detectors: ['adwin', 'hddm-a'], streams: ['abrupt', 'none'], lengths: [400], rates: [0.2, 0.4], seed: 1 })))) // biome-ignore format: one line
  })

  it('rows in the order of --time, those of --where; cells that are none are told with their line', async () => {
    const rows = Array.from({ length: 600 }, (_, i) => `${i},${Number(i % (i < 300 ? 10 : 2) === 0)}`)
    write('timed.csv', `t,error\n${[...rows].reverse().join('\n')}\n`)
    write('sorted.csv', `t,error\n${rows.join('\n')}\n`)
    const found = async (...args: string[]) => JSON.parse((await shift(...args, '--stream', 'error', '--json')).stdout).stream.detectors // biome-ignore format: one line
    expect(await found('timed.csv', '--time', 't')).toEqual(await found('sorted.csv'))
    expect(JSON.parse((await shift('sorted.csv', '--stream', 'error', '--where', 't < 50', '--json')).stdout).stream.values).toBe(50) // biome-ignore format: one line
    write('gaps.csv', 't,error,loss,word\n1,0,0.5,a\n2,,NaN,b\n3,1,0.5,a\n')
    const told = async (...args: string[]) => (await shift('gaps.csv', ...args)).stderr
    expect(await told('--stream', 'error')).toBe("normball: --stream: 'gaps.csv' line 3: no error (1 missing in all); expected a number in every row. Try --where.\n") // biome-ignore format: one line
    expect(await told('--stream', 'loss')).toBe("normball: --stream: 'gaps.csv' line 3: loss is NaN; expected a finite number in every row. Try --where.\n") // biome-ignore format: one line
    expect(await told('--stream', 'word')).toBe("normball: --stream: 'word' of 'gaps.csv' is categorical; expected numbers, or errors as 1 and 0 or true and false.\n") // biome-ignore format: one line
    expect(await told('--stream', 't', '--simulate')).toBe("normball: --simulate: 't' has the value 2; expected errors, 0 or 1.\n") // biome-ignore format: one line
    expect(await told('--stream', 't', '--target', 'word')).toBe('normball: --stream: looks at one column of one table; leave out --target.\n') // biome-ignore format: one line
    expect(await told('--simulate')).toBe('normball: --simulate: needs --stream COLUMN.\n')
    expect(await told('--stream', 't', '--detectors', 'adwim')).toMatch(/^normball: --detectors: 'adwim'; expected some of ddm,/) // biome-ignore format: one line
  })
})

describe('exit codes', () => {
  it('--fail-on: 1 where it is found, else 0', async () => {
    expect((await shift('june.csv', 'flipped.csv', '--target', 'y', '--fail-on', 'concept', '-q')).code).toBe(1)
    expect((await shift('june.csv', 'flipped.csv', '--target', 'y', '--fail-on', 'covariate', '-q')).code).toBe(0)
    expect((await shift('june.csv', 'flipped.csv', '--target', 'y', '--fail-on', 'any', '-q')).code).toBe(1)
  })

  it('2 wrong usage, 3 bad input, 4 refused; --json has the error too', async () => {
    const wrong = [['june.csv'], ['june.csv', 'july.csv', '--by', 'kind'], ['june.csv', 'july.csv', '--target', 'nothing'], ['june.csv', 'july.csv', '--fail-on', 'drift'], ['june.csv', 'july.csv', '--html', 'june.csv'], ['june.csv', 'july.csv', '--alpha', '2']] // biome-ignore format: one line
    for (const args of wrong) {
      const { code, stderr } = await shift(...args)
      expect([args.join(' '), code]).toEqual([args.join(' '), 2])
      expect(stderr).toMatch(/^normball: /)
    }
    write('bad.parquet', 'PAR1 nothing PAR1')
    const bad = await shift('june.csv', 'bad.parquet', '--json')
    expect(bad.code).toBe(3)
    expect(JSON.parse(bad.stdout).error.message).toContain('bad.parquet')
    expect((await shift('june.csv', 'nowhere.csv')).code).toBe(4)
  }, 30_000)

  it('Ctrl-C ends it with 130 and leaves nothing', async () => {
    write('long1.csv', csv(made(21, 30_000), all))
    const { code, stderr } = await run(['shift', 'long1.csv', 'long1.csv', '--target', 'y', '--html', 'never.html', '--permutations', '20000'], { cwd: folder, onStart: (child) => void setTimeout(() => child.kill('SIGINT'), 1500) }) // biome-ignore format: one line
    expect([code, existsSync(join(folder, 'never.html'))]).toEqual([130, false])
    expect(stderr).toContain('interrupted')
  }, 30_000)
})
