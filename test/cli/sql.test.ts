import { readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { run, temporaryFolder } from './run.js'

interface Peer {
  DuckDBInstance: {
    create(path: string): Promise<{
      connect(): Promise<{ run(sql: string): Promise<unknown>; closeSync(): void }>
      closeSync(): void
    }>
  }
}

let peer: Peer | null = null
try {
  peer = createRequire(import.meta.url)('@duckdb/node-api') as Peer
} catch {
  // Tests that need it are skipped.
}

const folder = temporaryFolder()
const path = (name: string): string => join(folder, name)

async function database(name: string, ...statements: readonly string[]): Promise<void> {
  const instance = await peer!.DuckDBInstance.create(path(name))
  const connection = await instance.connect()
  for (const sql of statements) await connection.run(sql)
  connection.closeSync()
  instance.closeSync()
}

const rows = Array.from({ length: 60 }, (_, i) => `${i},${i % 2 ? 'a' : 'b'},${(i * 37) % 11}`)

describe.skipIf(peer === null)('--sql (needs @duckdb/node-api)', () => {
  beforeAll(async () => {
    writeFileSync(path('t.csv'), `x,kind,y\n${rows.join('\n')}\n`)
    const made = 'create table t as select range as x, (range * 37) % 11 as y, range // 30 as part from range(60)'
    await database('one.duckdb', made)
    await database('two.db', made, 'create table u as select 1 as x')
  })

  it('factor: of a file and of a database, also where two tables are read', async () => {
    const of = async (...args: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await run(['factor', ...args, '--json', '--k', '1'])
      expect([code, stderr]).toEqual([0, ''])
      const { rows, columnNames, spectrum } = JSON.parse(stdout)
      return { rows, columnNames, total: spectrum?.total }
    }
    expect(await of(path('t.csv'), '--sql', 'select x, y from input where x >= 10')).toEqual({ rows: 50, columnNames: ['x', 'y'], total: 2 }) // biome-ignore format: one line
    expect(await of(path('one.duckdb'), '--columns', 'x,y', '--where', 'x >= 10')).toEqual({ rows: 50, columnNames: ['x', 'y'], total: 2 }) // biome-ignore format: one line
    const second = ['--with', path('one.duckdb'), '--method', 'cca', '--sql', 'select x, y from t']
    expect(await of(path('two.db'), ...second)).toMatchObject({ rows: 60 })
  })

  it('shift: the query is run on both tables, or on the one that is split', async () => {
    const { code, stdout } = await run(['shift', path('two.db'), '--sql', 'select y + 20 * part as z, part from t', '--by', 'part', '--json', '--workers', '2']) // biome-ignore format: one line
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ verdict: { covariate: { detected: true } }, columns: [{ name: 'z', n: [30, 30] }] }) // biome-ignore format: one line
    const same = await run(['shift', path('one.duckdb'), path('two.db'), '--sql', 'select x from t', '--json'])
    expect(JSON.parse(same.stdout)).toMatchObject({ verdict: { covariate: { detected: false } } })
    const stream = await run(['shift', path('one.duckdb'), '--stream', 'e', '--sql', 'select (x >= 30)::INT as e from t order by x', '--json']) // biome-ignore format: one line
    expect(JSON.parse(stream.stdout)).toMatchObject({ stream: { column: 'e', values: 60 } })
  })

  it('inspect: columns of the result are tensors', async () => {
    const { code, stdout } = await run([
      'inspect',
      path('two.db'),
      '--sql',
      'select sum(x) as s, 4.0 as y from t',
      '--json',
    ])
    expect(code).toBe(0)
    expect(JSON.parse(stdout).files[0]).toMatchObject({ format: 'duckdb', tensors: [{ name: 's', l2: 1770 }, { name: 'y', l2: 4 }] }) // biome-ignore format: one line
  })

  it('what the query may not do is one line and exit code 2, also from the thread', async () => {
    const before = readdirSync(folder).sort()
    for (const command of [['factor'], ['shift', path('one.duckdb')], ['inspect']]) {
      const { code, stdout, stderr } = await run([...command, path('t.csv'), '--sql', `select * from read_csv('${path('t.csv')}')`]) // biome-ignore format: one line
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain('sql: the query may not call read_csv: it sees ')
      expect(stderr.trim().split('\n')).toHaveLength(1)
    }
    const several = await run(['factor', path('two.db')])
    expect([several.code, several.stderr]).toEqual([2, `normball: '${path('two.db')}' has 2 tables: 't', 'u'. Say which in SQL: 'select * from t'.\n`]) // biome-ignore format: one line
    expect(readdirSync(folder).sort()).toEqual(before)
  })
})
