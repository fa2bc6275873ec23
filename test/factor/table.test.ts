/** A table factorized from end to end, and fitted estimators as files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { factorTable, loadEstimator, saveEstimator } from '../../src/factor/index.node.js'
import { readCsv, type Table } from '../../src/table/index.node.js'
import { Generator, memory, randn } from '../../src/tensor/index.node.js'

const folder = mkdtempSync(join(tmpdir(), 'normball-factor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** n rows of rank 2 in 5 columns, a little noise, two classes. */
async function made(n = 60): Promise<Table> {
  const generator = new Generator(7)
  const z = randn([n, 2], { dtype: 'f64', generator })
  const noise = randn([n, 5], { dtype: 'f64', generator })
  const [codes, extra] = [z.toArray(), noise.toArray()]
  z.dispose()
  noise.dispose()
  const mix = [[1, 0.5, -1, 2, 0.3], [0.2, -1, 0.4, 0.1, 3]] // biome-ignore format: a matrix
  const lines = Array.from({ length: n }, (_, i) => {
    const kind = i % 2
    const cells = mix[0]!.map((_, j) => (codes[2 * i]! + 6 * kind) * mix[0]![j]! + codes[2 * i + 1]! * mix[1]![j]! + 0.05 * extra[5 * i + j]! + 10) // biome-ignore format: one line
    return [...cells, kind === 0 ? 'low' : 'high'].join(',')
  })
  return readCsv({ text: `a,b,c,d,e,kind\n${lines.join('\n')}\n` }, { name: 'made.csv' })
}

describe('factorTable', () => {
  it('finds the rank, tells errors in every norm, and what belongs where', async () => {
    const before = memory().tensors
    const { report, estimator, scores, rows } = await factorTable(await made(), { target: 'kind' })
    expect(report.method).toBe('pca')
    expect(report.suggestion?.k).toBeGreaterThanOrEqual(1)
    expect(report.columnNames).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect([report.rows, report.columns, rows.length, scores.length]).toEqual([60, 5, 60, 60 * report.k])
    const curve = report.curve!
    const sigma = report.spectrum!.singularValues
    for (const { k, frobenius, spectral, nuclear, share } of curve) {
      const left = sigma.slice(k)
      expect(frobenius).toBeCloseTo(Math.hypot(...left), 9)
      expect(spectral).toBeCloseTo(left[0] ?? 0, 9)
      expect(nuclear).toBeCloseTo(
        left.reduce((a, b) => a + b, 0),
        9,
      )
      expect(share).toBeCloseTo(1 - (frobenius / curve[0]!.frobenius) ** 2, 9)
    }
    // Standardized columns: every one has a sum of squares of the number of rows.
    expect(curve[0]!.frobenius).toBeCloseTo(Math.sqrt(60 * 5), 9)
    expect(new Set(report.scatter!.points.map(({ group }) => group))).toEqual(new Set(['low', 'high']))
    estimator.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('names the row that does not fit', async () => {
    const table = await made()
    const column = table.columns[2]!
    if (column.type !== 'numeric') throw new Error('a number')
    column.values[17]! += 15
    const { report, estimator } = await factorTable(table, { method: 'pca', k: 2, except: ['kind'] })
    expect(report.outliers!.rows[0]).toMatchObject({ row: 17, line: 19 })
    expect(report.outliers!.count).toBe(1)
    estimator.dispose()
  })

  it('has clusters in the units of the table', async () => {
    const { report, estimator } = await factorTable(await made(), {
      method: 'kmeans',
      k: 2,
      target: 'kind',
      scale: 'none',
    })
    expect(report.clusters!.map(({ size }) => size)).toEqual([30, 30])
    expect(report.clusters!.map(({ center }) => Math.round(center[3]!)).sort((a, b) => a - b)).toEqual([10, 22])
    expect(report.inertia).toBeGreaterThan(0)
    expect([report.explainedVarianceRatio, report.singularValues]).toEqual([null, null])
    estimator.dispose()
  })

  it.each([
    [
      { target: 'kin' },
      "factorTable: 'made.csv' has no column 'kin'; it has 6 columns: 'a', 'b', 'c', 'd', 'e', 'kind'. Did you mean 'kind'?",
    ],
    [{ where: 'a > 1e9' }, "factorTable: no row of 'made.csv' is left; the condition holds for none."],
    [{ columns: ['kind'], target: 'kind' }, "factorTable: 'made.csv' has no column beside the target 'kind'."],
    [{ k: 9, except: ['kind'] }, 'expected a whole number from 1 to 5'],
  ])('%j is told', async (options, message) => {
    await expect(factorTable(await made(), options)).rejects.toThrow(message)
  })
})

describe('files', () => {
  it.each([
    'pca',
    'svd',
    'factor-analysis',
    'nmf',
    'dictionary',
    'robust-pca',
    'lda',
    'cca',
    'joint',
    'kmeans',
    'kmedians',
    'spherical-kmeans',
  ] as const)('of %s give the same bits again; a figure or tensor that does not fit is refused', async (method) => {
    const table = await made()
    const pair = method === 'cca' || method === 'joint' ? { with: await made() } : {}
    const other = 'with' in pair ? { with: { ...pair.with!, columns: pair.with!.columns.slice(0, 3) } } : {}
    const k = method === 'robust-pca' ? {} : { k: method === 'lda' || method === 'factor-analysis' ? 1 : 2 }
    const { estimator, preprocess, second, scores, rows, report } = await factorTable(table, { method, ...k, target: 'kind', ...other }) // biome-ignore format: one line
    const path = join(folder, `${method}.safetensors`)
    await saveEstimator(path, estimator, { preprocess, second, columns: preprocess.names })
    const again = await loadEstimator(path)
    expect(again.estimator.toJSON()).toEqual(
      JSON.parse(
        JSON.stringify(estimator.toJSON(), (_, one) =>
          typeof one === 'number' && !Number.isFinite(one) ? String(one) : one,
        ),
      ),
    )
    expect([again.second === null, rows.length, report.k]).toEqual([!('with' in pair), 60, again.estimator.toJSON().k])
    const { x } = again.preprocess!.transform(table)
    const codes = [estimator, again.estimator].map((one) => Array.from(one.transform(x).toArray()))
    expect(codes[1]).toEqual(codes[0])
    if (method !== 'joint') expect(codes[1]).toEqual(Array.from(scores))
    const text = readFileSync(path, 'latin1')
    const at = text.indexOf('\\"rows\\":60,\\"columns\\":5')
    const bad = join(folder, `bad-${method}.safetensors`)
    writeFileSync(
      bad,
      Buffer.from(text.replace('\\"rows\\":60,\\"columns\\":5', '\\"rows\\":60,\\"columns\\":4'), 'latin1'),
    )
    if (at >= 0) await expect(loadEstimator(bad)).rejects.toMatchObject({ exitCode: 3 })
    for (const one of [x, estimator, again.estimator]) one.dispose()
  })

  it('give the same estimator again, with what prepares tables for it', async () => {
    const table = await made()
    const { estimator, preprocess, scores } = await factorTable(table, { method: 'pca', k: 2, except: ['kind'] })
    const path = join(folder, 'pca.safetensors')
    await saveEstimator(path, estimator, { preprocess, columns: preprocess.names })
    estimator.dispose()
    const before = memory().tensors
    const again = await loadEstimator(path)
    const { x } = again.preprocess!.transform(table)
    const codes = again.estimator.transform(x)
    expect(Array.from(codes.toArray())).toEqual(Array.from(scores))
    expect(again.columns).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(again.estimator.toJSON().k).toBe(2)
    for (const one of [x, codes, again.estimator]) one.dispose()
    expect(memory().tensors).toBe(before)
  })

  it('that are damaged are told', async () => {
    const { estimator, preprocess } = await factorTable(await made(), { method: 'pca', k: 2, except: ['kind'] })
    const path = join(folder, 'good.safetensors')
    await saveEstimator(path, estimator, { preprocess })
    estimator.dispose()
    const text = readFileSync(path, 'latin1')
    const bad = async (from: string, to: string): Promise<unknown> => {
      expect(text).toContain(from)
      const other = join(folder, 'bad.safetensors')
      writeFileSync(other, Buffer.from(text.replace(from, to.padEnd(from.length)), 'latin1'))
      return loadEstimator(other).then(() => 'loaded', (error: Error) => error.message) // biome-ignore format: one line
    }
    expect(await bad('\\"method\\":\\"pca\\"', '\\"method\\":\\"pxa\\"')).toContain("its method is 'pxa'; expected")
    expect(await bad('\\"k\\":2,\\"rows\\"', '\\"k\\":3,\\"rows\\"')).toContain('the saved components is')
    expect(await bad('normball.factor', 'normball.faktor'.slice(0, 15))).toContain('names another format')
    expect(await bad('\\"rows\\":60,\\"columns\\":5', '\\"rows\\":-1,\\"columns\\":5')).toContain(
      "its 'rows' is no whole number",
    )
    expect(await bad('\\"version\\":1', '\\"version\\":2')).toContain('Preprocess: version 2; expected 1')
  })
})
