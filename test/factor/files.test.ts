/** Fitted estimators as files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { factorTable, loadEstimator, saveEstimator } from '../../src/factor/index.node.js'
import { memory } from '../../src/tensor/index.node.js'
import { mixedTable as made } from './tables.js'

const folder = mkdtempSync(join(tmpdir(), 'normball-factor-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

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
    'minibatch-kmeans',
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
