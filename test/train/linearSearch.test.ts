/** Lambdas of linear models: the choice is scikit-learn's, features enter in order, groups together. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { plainPaint, searchView, viewToCsv, viewToHtml, viewToTerminal } from '../../src/report/index.js'
import { zeros } from '../../src/tensor/index.node.js'
import { kFold, type SearchConfig, type SearchPathConfig, search, TensorDataset } from '../../src/train/index.node.js'
import { hasShared, sharedPath } from '../shared.js'

const oracle = JSON.parse(readFileSync(new URL('../oracle/train/search.json', import.meta.url), 'utf8')) as {
  folds: number[][]
  lambdas: number[]
  mean: number[]
  standardError: number[]
  best: number
  oneStandardError: number
  coefficients: number[]
}

const folder = mkdtempSync(join(tmpdir(), 'normball-linear-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const searchOf = (
  train: string,
  path: SearchPathConfig,
  more: Partial<SearchConfig> = {},
  data: object = {},
): SearchConfig => ({
  base: { data: { train, normalize: 'none', task: 'numbers', ...data }, model: { preset: 'linear' } },
  method: 'path',
  path,
  folds: 5,
  seed: 3,
  ...more,
})

/** y = 3 a - 2 b + small noise of c; a table of 40 rows by formula. */
function table(name: string): string {
  const rows = Array.from({ length: 40 }, (_, i) => {
    const [a, b, c, d] = [Math.sin(3 * i), Math.cos(7 * i + 1), Math.sin(11 * i + 2), Math.cos(5 * i)]
    return [a, b, c, d, 3 * a - 2 * b + 0.1 * c + 0.01 * Math.sin(17 * i * i)].map((x) => x.toFixed(6)).join(',')
  })
  const file = join(folder, name)
  writeFileSync(file, `a,b,c,d,y\n${rows.join('\n')}\n`)
  return file
}

describe.skipIf(!hasShared)('the lasso on the raw diabetes data', () => {
  const words = (name: string): string[] =>
    gunzipSync(readFileSync(sharedPath('data', 'tables', 'sklearn', name)))
      .toString()
      .trim()
      .split('\n')
  const csv = (): string => {
    const [X, y] = [words('diabetes_data_raw.csv.gz'), words('diabetes_target.csv.gz')]
    const file = join(folder, 'diabetes.csv')
    const names = ['age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6']
    writeFileSync(
      file,
      `${[...names, 'target'].join()}\n${X.map((row, i) => [...row.split(' '), Number(y[i])].join()).join('\n')}\n`,
    )
    return file
  }

  it('has the errors of LassoCV with the same folds, and picks the same lambda', async () => {
    const data = new TensorDataset(zeros([442, 1]), zeros([442]))
    expect(kFold(data, 5, { seed: 3 }).map(({ validation }) => Array.from(validation.indices))).toEqual(oracle.folds)
    const { path, metric } = await search(searchOf(csv(), { penalty: 'l1' }), { workers: 0 })
    expect(metric).toBe('mse')
    expect(path!.points).toHaveLength(100)
    for (const [i, { lambda, mean, standardError }] of path!.points.entries()) {
      expect(lambda / oracle.lambdas[i]!).toBeCloseTo(1, 6)
      expect(mean! / oracle.mean[i]!).toBeCloseTo(1, 5)
      expect(standardError! / oracle.standardError[i]!).toBeCloseTo(1, 4)
    }
    expect([path!.best, path!.oneStandardError]).toEqual([oracle.best, oracle.oneStandardError])
    const found = new Map(path!.coefficients!.map(({ name, best }) => [name, best[0]!]))
    for (const [i, name] of ['age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6'].entries())
      expect(Math.abs((found.get(name) ?? 0) - oracle.coefficients[i]!)).toBeLessThan(2e-4 * Math.max(1, Math.abs(oracle.coefficients[i]!))) // biome-ignore format: one line
  }, 120_000)
})

it('scales folds by what is trained on: the score does not depend on units', async () => {
  const file = table('units.csv')
  const scaled = join(folder, 'scaled.csv')
  const [head, ...rows] = readFileSync(file, 'utf8').trimEnd().split('\n')
  const larger = rows.map((row) => row.split(',').map((x, i) => (i === 0 ? 1000 * Number(x) + 5 : x)).join()) // biome-ignore format: one line
  writeFileSync(scaled, `${[head, ...larger].join('\n')}\n`)
  const scores = []
  for (const train of [file, scaled]) {
    const config: SearchConfig = {
      base: {
        data: { train, task: 'numbers' },
        model: { preset: 'linear' },
        epochs: 20,
        batch: 8,
        optimizer: { name: 'Adam', lr: 0.05 },
      },
      space: { 'optimizer.lr': [0.05] },
      folds: 4,
    }
    scores.push((await search(config, { workers: 0 })).trials[0]!.mean!)
  }
  expect(scores[0]).toBeLessThan(1)
  expect(scores[1]! / scores[0]!).toBeCloseTo(1, 3)
})

describe('a path', () => {
  it('of the lasso lets features enter by their weight', async () => {
    const { path, best, trials } = await search(searchOf(table('l1.csv'), { penalty: 'l1' }), { workers: 0 })
    expect([best, trials]).toEqual([null, []])
    expect(path!.penalty).toBe('l1')
    expect(path!.enters!.slice(0, 2).map(({ name }) => name)).toEqual(['a', 'b'])
    const df = path!.points.map((point) => point.df!)
    expect(df[0]).toBe(0)
    expect(Math.max(...df)).toBeLessThanOrEqual(4)
    expect(path!.oneStandardError).toBeLessThanOrEqual(path!.best)
  })

  it('of ridge has generalized cross-validation and effective degrees of freedom', async () => {
    const { path } = await search(searchOf(table('ridge.csv'), { penalty: 'ridge', count: 20 }), { workers: 0 })
    expect(path!.points).toHaveLength(20)
    const df = path!.points.map((point) => point.df!)
    for (const [i, value] of df.entries()) if (i > 0) expect(value).toBeGreaterThan(df[i - 1]!)
    expect(df.at(-1)!).toBeLessThanOrEqual(4)
    const gcv = path!.points.map((point) => point.gcv!)
    expect(gcv.indexOf(Math.min(...gcv))).toBe(path!.gcv)
  })

  it('of the group lasso lets groups enter together', async () => {
    const config = searchOf(table('group.csv'), { penalty: 'groupLasso', groups: [['a', 'c']], count: 30 })
    const { path } = await search(config, { workers: 0 })
    expect(path!.enters!.map(({ name }) => name)).toContain('a + c')
    expect(path!.enters!.map(({ name }) => name)).not.toContain('a')
    await expect(search(searchOf(table('group2.csv'), { penalty: 'groupLasso', groups: [['aa']] }), { workers: 0 })).rejects.toThrow("search: path.groups: there is no feature 'aa'. Did you mean 'a'?") // biome-ignore format: one line
  })

  it('of classes is the group lasso', async () => {
    const base = { data: { format: 'digits', limit: 60, normalize: 'none' }, model: { preset: 'linear' } } as const
    const { path, metric } = await search({ base, method: 'path', path: { penalty: 'groupLasso', lambdas: [0.5, 0.2] }, folds: 2, stratified: false }, { workers: 0 }) // biome-ignore format: one line
    expect(metric).toBe('crossEntropy')
    expect(path!.points).toHaveLength(2)
    await expect(search({ base, method: 'path', path: { penalty: 'l1' }, folds: 2, stratified: false }, { workers: 0 })).rejects.toThrow("search: path.penalty 'l1' tells numbers, and the target holds classes. Try groupLasso.") // biome-ignore format: one line
  })

  it('is drawn with its bars and marks', async () => {
    const report = await search(searchOf(table('view.csv'), { penalty: 'ridge', count: 10 }), { workers: 0 })
    const view = searchView(report)
    const text = viewToTerminal(view, { width: 100, paint: plainPaint, top: 0 })
    expect(text).toContain('mse against lambda')
    expect(text).toMatch(/▲ lambda .*: best/)
    const page = await viewToHtml(view)
    expect(page.match(/class="bars" d="(M[\d.]+ [\d.]+V[\d.]+){10}"/)).not.toBeNull()
    expect(viewToCsv(view).split('\n')[0]).toContain('standardError')
  })
})
