/** A configuration trains on a table of any format: the same rows give the same network. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { runTraining, search } from '../../src/train/index.node.js'

const folder = mkdtempSync(join(tmpdir(), 'normball-formats-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const oracle = (name: string): string => fileURLToPath(new URL(`../oracle/table/${name}`, import.meta.url))
const columns = JSON.parse(readFileSync(oracle('arrow-parquet.json'), 'utf8')) as Record<string, unknown[]>
const names = ['x', 'word', 'ok', 'i']
const rows = columns['i']!.map((_, row) => names.map((name) => columns[name]![row]))
const write = (name: string, data: string | Uint8Array): string => {
  writeFileSync(join(folder, name), data)
  return name
}
const lines = (mark: string): string => [names, ...rows].map((cells) => cells.join(mark)).join('\n')
const objects = rows.map((cells) => Object.fromEntries(cells.map((cell, i) => [names[i], cell])))

/** Losses of a short run, with `data` beside what is the same for all. */
async function losses(data: object, target = 'i'): Promise<unknown> {
  const config = { seed: 1, data: { target, task: 'numbers', missing: 'drop', split: { validation: 0.2 }, ...data }, model: { preset: 'mlp', hidden: [8] }, loss: 'mse', optimizer: { name: 'Adam', lr: 0.01 }, epochs: 2 } // biome-ignore format: one line
  const { final } = await runTraining(config as never, { folder })
  expect(Number.isFinite(final.train['loss'])).toBe(true)
  return final
}

describe('tables to train on', () => {
  it('CSV, TSV, gzip, NDJSON, JSON and Parquet train the same network', { timeout: 60_000 }, async () => {
    copyFileSync(oracle('arrow-snappy-v1.parquet'), join(folder, 'rows.parquet'))
    const features = ['x', 'word', 'ok']
    const expected = await losses({ train: write('rows.csv', lines(',')), features })
    const others = [
      write('rows.tsv', lines('\t')),
      write('rows.tab', lines('\t')),
      write('rows.csv.gz', gzipSync(lines(','))),
      write('rows.ndjson', objects.map((one) => JSON.stringify(one)).join('\n')),
      write('rows.jsonl.gz', gzipSync(objects.map((one) => JSON.stringify(one)).join('\n'))),
      write('rows.json', JSON.stringify(objects)),
      'rows.parquet',
    ]
    for (const train of others) expect([train, await losses({ train, features })]).toEqual([train, expected])
    // What is called csv may be any table, as before.
    expect(await losses({ train: 'rows.parquet', features, format: 'csv' })).toEqual(expected)
  })

  it('an array is a table where a target is named', async () => {
    const values = Array.from({ length: 120 }, (_, i) => [i % 7, (i * i) % 11, (i % 7) - 0.5 * ((i * i) % 11)])
    const dict = `{'descr': '<f8', 'fortran_order': False, 'shape': (120, 3), }\n`
    const head = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, dict.length, 0])
    write('rows.npy', Buffer.concat([head, Buffer.from(dict), Buffer.from(Float64Array.from(values.flat()).buffer)]))
    write('plain.csv', ['column1,column2,column3', ...values.map((cells) => cells.join(','))].join('\n'))
    expect(await losses({ train: 'rows.npy' }, 'column3')).toEqual(await losses({ train: 'plain.csv' }, 'column3'))
  })

  it('a search reads them as well', async () => {
    const spec = (train: string): object => ({ base: { seed: 1, data: { train, target: 'i', task: 'numbers', missing: 'drop', features: ['x', 'word', 'ok'] }, model: { preset: 'mlp', hidden: [4] }, loss: 'mse', epochs: 1 }, space: { 'optimizer.lr': [0.01, 0.1] }, method: 'grid', folds: 2 }) // biome-ignore format: one line
    const [a, b] = [await search(spec('rows.csv') as never, { folder, workers: 0 }), await search(spec('rows.parquet') as never, { folder, workers: 0 })] // biome-ignore format: one line
    expect(b.trials.map(({ values }) => values)).toEqual(a.trials.map(({ values }) => values))
    expect(a.trials.flatMap(({ values }) => values).every(Number.isFinite)).toBe(true)
    expect(a.trials).toHaveLength(2)
  })

  it('a name that promises nothing is a fault with what to add', async () => {
    write('rows.data', lines(','))
    await expect(losses({ train: 'rows.data' })).rejects.toThrow("does not tell its format. Add format: csv (tables of every kind), idx, npy, images or text.") // biome-ignore format: one line
  })
})
