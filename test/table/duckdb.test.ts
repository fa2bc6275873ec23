import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Column, openTable, openTableBatches, readTable, type Table } from '../../src/table/index.node.js'
import { inspect } from '../../src/weights/index.node.js'

interface Peer {
  DuckDBInstance: {
    create(path: string): Promise<{
      connect(): Promise<{ run(sql: string): Promise<unknown>; closeSync(): void }>
      closeSync(): void
    }>
  }
}

const require = createRequire(import.meta.url)
let peer: Peer | null = null
try {
  peer = require('@duckdb/node-api') as Peer
} catch {
  // Tests that need it are skipped.
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'normball-duckdb-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const at = (name: string): string => join(folder, name)

/** A database that the peer itself writes. */
async function database(name: string, ...statements: readonly string[]): Promise<string> {
  const path = at(name)
  const instance = await peer!.DuckDBInstance.create(path)
  const connection = await instance.connect()
  for (const sql of statements) await connection.run(sql)
  connection.closeSync()
  instance.closeSync()
  return path
}

function file(name: string, text: string): string {
  writeFileSync(at(name), text)
  return at(name)
}

/** Values of a column as they are meant; null where they are missing. */
function cells(column: Column | undefined): unknown[] {
  if (column === undefined) return []
  const values: ArrayLike<unknown> = column.type === 'categorical' ? Array.from(column.codes, (code) => column.categories[code]) : column.values // biome-ignore format: one line
  return Array.from(values, (value, row) => (column.absent?.[row] === 1 ? null : column.type === 'boolean' ? value === 1 : value)) // biome-ignore format: one line
}

const shown = (table: Table): Record<string, unknown[]> => Object.fromEntries(table.columns.map((column) => [`${column.name}: ${column.type}`, cells(column)])) // biome-ignore format: one line

const message = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'no error', (error: Error) => `${error.name}: ${error.message}`) // biome-ignore format: one line

const people = 'age,city,member,since\n31,Oslo,true,2024-05-01\n,Bergen,false,2023-11-30T12:00:00.5\n47,Oslo,true,NA\n'

describe('without the optional package', () => {
  it('SQL and databases say what to install, and other files are read as ever', async () => {
    vi.resetModules()
    vi.doMock('node:module', () => ({
      createRequire: () => () => {
        throw Object.assign(new Error("Cannot find module '@duckdb/node-api'"), { code: 'MODULE_NOT_FOUND' })
      },
    }))
    try {
      const fresh = await import('../../src/table/open.node.js')
      const path = file('people.csv', people)
      expect((await fresh.openTable(path)).rows).toBe(3)
      const sentence = 'SystemError: SQL and DuckDB databases need the optional package @duckdb/node-api, which is not installed. Try: npm install @duckdb/node-api' // biome-ignore format: one line
      expect(await message(fresh.openTable(path, { sql: 'select 1' }))).toBe(sentence)
      const head = new Uint8Array(4096)
      head.set(new TextEncoder().encode('DUCK'), 8)
      writeFileSync(at('head.db'), head)
      expect(await message(fresh.openTable(at('head.db')))).toBe(sentence)
    } finally {
      vi.doUnmock('node:module')
      vi.resetModules()
    }
  })

  it('bytes of a database, and files that are only called so, have a sentence', async () => {
    const head = new Uint8Array(4096)
    head.set(new TextEncoder().encode('DUCK'), 8)
    expect(await message(readTable(head, { name: 'a.duckdb' }))).toBe("FormatError: 'a.duckdb' is a DuckDB database: openTable reads it by its path on Node, with @duckdb/node-api.") // biome-ignore format: one line
    expect(await message(openTable(file('no.duckdb', 'a,b\n1,2\n')))).toBe(`FormatError: '${at('no.duckdb')}' is no DuckDB database: the mark 'DUCK' is not at byte 8.`) // biome-ignore format: one line
  })
})

describe.skipIf(peer === null)('SQL on a file (needs @duckdb/node-api)', () => {
  it('the table is `input`, as the readers have it: types, missing values, order', async () => {
    const path = file('people.csv', people)
    const plain = await openTable(path)
    const same = await openTable(path, { sql: 'select * from input' })
    expect(shown(same)).toEqual(shown(plain))
    const table = await openTable(path, { sql: 'select city, avg(age) as age, count(*) as n, max(since) as last from input group by city order by city' }) // biome-ignore format: one line
    expect(shown(table)).toEqual({
      'city: categorical': ['Bergen', 'Oslo'],
      'age: numeric': [null, 39],
      'n: numeric': [1, 2],
      'last: time': [Date.UTC(2023, 10, 30, 12, 0, 0, 500), Date.UTC(2024, 4, 1)],
    })
    expect([table.name, table.lineOf(1), table.warnings]).toEqual([path, 2, []])
  })

  it('NaN, infinities, empty words and missing values stay apart', async () => {
    const path = file(
      'gaps.ndjson',
      '{"x":NaN,"w":""}\n{"x":null,"w":"a"}\n{"x":-Infinity,"w":null}\n{"x":0,"w":"\\u0000é"}\n',
    )
    expect(shown(await openTable(path, { sql: 'select x, w from input' }))).toEqual(shown(await openTable(path)))
  })

  it('rows beyond one vector, more columns than one type, an empty result', async () => {
    const rows = Array.from({ length: 10_000 }, (_, i) => `${i},${i % 7 === 0 ? '' : `w${i % 11}`},word number ${i}`)
    const path = file('long.csv', `i,c,t\n${rows.join('\n')}\n`)
    expect(shown(await openTable(path, { sql: 'from input' }))).toEqual(shown(await openTable(path)))
    const [sum] = (await openTable(path, { sql: 'select sum(i) as s from input where c is null' })).columns
    expect(cells(sum)).toEqual([
      Array.from({ length: 10_000 }, (_, i) => (i % 7 === 0 ? i : 0)).reduce((a, b) => a + b),
    ])
    const none = await openTable(path, { sql: 'select i, t from input where i < 0' })
    expect([none.rows, none.columns.map(({ name }) => name)]).toEqual([0, ['i', 't']])
  })

  it('names that SQL does not tell apart get a number, names with quotes are quoted', async () => {
    const path = file('names.csv', 'a,A,"say ""so""",__proto__\n1,2,3,4\n')
    expect(shown(await openTable(path, { sql: 'select * from input' }))).toEqual({ 'a: numeric': [1], 'A_2: numeric': [2], 'say "so": numeric': [3], ['__proto__: numeric']: [4] }) // biome-ignore format: one line
  })

  it('columns that come twice get a number; `columns` chooses from the result, the other options are the reader’s', async () => {
    const path = file('semi.csv', 'zip;b\n007;x\n008;-\n')
    const table = await openTable(path, { sql: "select zip, zip || '!' as s, b, b from input", types: { zip: 'categorical' }, delimiter: ';', missing: ['-'], columns: ['s', 'b*'] }) // biome-ignore format: one line
    expect(shown(table)).toEqual({ 's: categorical': ['007!', '008!'], 'b: categorical': ['x', null], 'b.2: categorical': ['x', null] }) // biome-ignore format: one line
    expect(table.warnings).toEqual([`'${path}': columns 3 and 4 have the same name 'b' (duplicate); the latter is called 'b.2'.`]) // biome-ignore format: one line
    const sizes: number[] = []
    for await (const batch of openTableBatches(path, { sql: 'from input', batchRows: 1 })) sizes.push(batch.rows)
    expect(sizes).toEqual([1, 1])
  })

  it('random numbers and samples follow the seed', async () => {
    const path = file('people.csv', people)
    const drawn = async (seed?: number): Promise<unknown> => shown(await openTable(path, { sql: 'select random() as r, (select sum(range) from (from range(1000) using sample 5)) as s from input', ...(seed === undefined ? {} : { seed }) })) // biome-ignore format: one line
    expect(await drawn(7)).toEqual(await drawn(7))
    expect(await drawn()).toEqual(await drawn(0))
    expect(await drawn(7)).not.toEqual(await drawn(8))
  })
})

describe.skipIf(peer === null)('DuckDB types (needs @duckdb/node-api)', () => {
  it('numbers, truth values, times and words, with NULL in each', async () => {
    const columns: [sql: string, type: string, value: unknown][] = [
      ['true', 'boolean', true],
      ['(-128)::TINYINT', 'numeric', -128],
      ['65535::USMALLINT', 'numeric', 65535],
      ['9007199254740992::BIGINT', 'numeric', 2 ** 53],
      ['(2::HUGEINT ** 100)::HUGEINT', 'numeric', 2 ** 100],
      ['18446744073709551615::UBIGINT', 'numeric', 2 ** 64],
      ['0.1::FLOAT', 'numeric', Math.fround(0.1)],
      ["'-inf'::DOUBLE", 'numeric', Number.NEGATIVE_INFINITY],
      ["'nan'::DOUBLE", 'numeric', Number.NaN],
      ['-1.10::DECIMAL(4,2)', 'numeric', -1.1],
      ['0.1234567890123456789::DECIMAL(38,19)', 'numeric', Number('0.1234567890123456789')],
      ["DATE '1969-12-31'", 'time', -86_400_000],
      ["TIMESTAMP '2024-01-02 03:04:05.123456'", 'time', Date.UTC(2024, 0, 2, 3, 4, 5, 123) + 0.456],
      ["TIMESTAMPTZ '2024-01-02 03:04:05+02'", 'time', Date.UTC(2024, 0, 2, 1, 4, 5)],
      ["'2024-01-02 03:04:05'::TIMESTAMP_S", 'time', Date.UTC(2024, 0, 2, 3, 4, 5)],
      ["'2024-01-02 03:04:05.25'::TIMESTAMP_MS", 'time', Date.UTC(2024, 0, 2, 3, 4, 5, 250)],
      ["'2024-01-02 03:04:05.0000005'::TIMESTAMP_NS", 'time', Date.UTC(2024, 0, 2, 3, 4, 5) + 0.0005],
      ["TIME '00:00:01.5'", 'numeric', 1_500_000],
      ["'word'", 'categorical', 'word'],
      ["'true'::ENUM('true', 'false')", 'categorical', 'true'],
      ["'00000000-0000-0000-0000-0000000000ff'::UUID", 'categorical', '00000000-0000-0000-0000-0000000000ff'],
      [`'{"a":1}'::JSON`, 'categorical', '{"a":1}'],
    ]
    const list = (one: (sql: string, i: number) => string): string => columns.map(([sql], i) => one(sql, i)).join(', ')
    const path = await database('types.duckdb', `create table t as select ${list((sql, i) => `${sql} as c${i}`)}`, `insert into t values (${list(() => 'null')})`) // biome-ignore format: one line
    const table = await openTable(path)
    for (const [i, [sql, type, value]] of columns.entries()) {
      const column = table.columns[i]!
      expect([sql, column.type, column.missing, ...cells(column)]).toEqual([sql, type, 1, value, null])
    }
    expect(table.columns[6]).toMatchObject({ stored: 'f32' })
    // 2^53, 2^100 are exact; 2^64 - 1 and 19 decimals are not.
    expect(table.warnings).toEqual([
      `'${path}': column 'c5' has whole numbers beyond 2^53; those that no double holds were rounded to the nearest.`,
      `'${path}': column 'c10' has decimals with more digits than a double holds; they were rounded to the nearest.`,
    ])
  })

  it('what is no plain value is left out, infinite times are missing: each is told', async () => {
    const path = await database('odd.duckdb', "create table t as select 1 as x, [1, 2] as l, {'a': 1} as s, map {'a': 1} as m, 'x'::BLOB as b, INTERVAL 1 DAY as i, 'infinity'::DATE as d, '-infinity'::TIMESTAMP as ts") // biome-ignore format: one line
    const table = await openTable(path)
    expect(shown(table)).toEqual({ 'x: numeric': [1], 'd: time': [null], 'ts: time': [null] })
    const out = (name: string, type: string): string => `'${path}': column '${name}' was left out: its type ${type} is neither a number nor a truth value, a time or a word. Try to cast it in the query.` // biome-ignore format: one line
    expect(table.warnings).toEqual([
      ...[out('l', 'LIST'), out('s', 'STRUCT'), out('m', 'MAP'), out('b', 'BLOB'), out('i', 'INTERVAL')],
      ...['d', 'ts'].map((name) => `'${path}': column '${name}' has infinite times (1), which count as missing.`),
    ])
    expect(shown(await openTable(path, { sql: 'select unnest(l) as l, s.a from t' }))).toEqual({ 'l: numeric': [1, 2], 'a: numeric': [1, 1] }) // biome-ignore format: one line
  })

  it('times without a zone and parts of dates are those of UTC', async () => {
    const path = await database('zone.duckdb', "create table t as select TIMESTAMPTZ '2024-01-01 23:30:00+00' as x")
    expect(shown(await openTable(path, { sql: 'select x::DATE as d, hour(x) as h from t' }))).toEqual({ 'd: time': [Date.UTC(2024, 0, 1)], 'h: numeric': [23] }) // biome-ignore format: one line
  })
})

describe.skipIf(peer === null)('DuckDB databases (needs @duckdb/node-api)', () => {
  it('the only table is read; of several the query chooses, and the error lists them', async () => {
    const one = await database('one.duckdb', 'create table t as select range as i from range(5000)', 'create view v as select i * 2 as j from t where i < 2') // biome-ignore format: one line
    const table = await openTable(one)
    expect([table.rows, table.name, cells(table.columns[0]).at(-1)]).toEqual([5000, one, 4999])
    expect(shown(await openTable(one, { sql: 'select * from v' }))).toEqual({ 'j: numeric': [0, 2] })
    const several = await database('several.db', 'create table a as select 1 as x', 'create table "B b" as select 2 as y', 'create schema s', 'create table s.c as select 3 as z', 'create view v as select * from a') // biome-ignore format: one line
    expect(await message(openTable(several))).toBe(`UsageError: '${several}' has 3 tables and 1 view: '"B b"', 'a', 's.c', 'v'. Say which in SQL: 'select * from "B b"'.`) // biome-ignore format: one line
    expect(shown(await openTable(several, { sql: 'select y from "B b"' }))).toEqual({ 'y: numeric': [2] })
    expect(shown(await openTable(several, { sql: 'from s.c' }))).toEqual({ 'z: numeric': [3] })
    expect(await message(openTable(several, { sql: 'select * from d' }))).toBe(`UsageError: sql: there is no table 'd'; there are '"B b"', 'a', 's.c', 'v' (did you mean 'a'?), at character 15: select * from ▸d`) // biome-ignore format: one line
    expect(await message(openTable(await database('none.duckdb')))).toBe(`FormatError: '${at('none.duckdb')}' is a DuckDB database without tables.`) // biome-ignore format: one line
    expect(await message(openTable(one, { delimiter: ';' }))).toBe(`UsageError: openTable: delimiter is for other files; '${one}' is a DuckDB database, where the query says it. Try sql.`) // biome-ignore format: one line
  })

  it('inspect measures the result of the query', async () => {
    const path = await database(
      'measured.db',
      'create table a as select 3.0::FLOAT as x',
      'create table b as select 4.0 as y',
    )
    const report = await inspect(path, { sql: 'select x, y from a, b' })
    expect(report.files[0]).toMatchObject({ format: 'duckdb', totals: { l2: 5 }, tensors: [{ name: 'x', dtype: 'f32' }, { name: 'y', dtype: 'f64' }] }) // biome-ignore format: one line
  })

  it('a damaged database is told, whatever is damaged', async () => {
    const bytes = readFileSync(await database('sound.duckdb', "create table t as select range as i, 'word ' || range as w from range(3000)")) // biome-ignore format: one line
    writeFileSync(at('short.duckdb'), bytes.subarray(0, 9000))
    expect(await message(openTable(at('short.duckdb')))).toContain(`FormatError: '${at('short.duckdb')}' is no DuckDB database that can be read: `) // biome-ignore format: one line
    // Blocks have checksums: one byte in each tells.
    const torn = Buffer.from(bytes)
    for (let i = 3 * 4096 + 100; i < torn.length; i += 4096) torn[i]! ^= 0xff
    writeFileSync(at('torn.duckdb'), torn)
    expect(await message(openTable(at('torn.duckdb')))).toContain('FormatError: ')
  })
})

describe.skipIf(peer === null)('queries that reach for more than tables (needs @duckdb/node-api)', () => {
  const one = 'expected one SELECT; statements that write, attach, load or set are not run, at character 1: '
  const hostile: [sql: string, says: string][] = [
    ["select * from read_csv('SECRET')", "the query may not call read_csv: it sees 'input', and no other files, addresses or settings, at character 15"], // biome-ignore format: one line
    ["select * from glob('FOLDER/*')", 'the query may not call glob'],
    ["select (select max(content) from read_text('SECRET'))", 'the query may not call read_text'],
    ["with x as (select 1 union all (select 2 from Read_Blob('SECRET'))) from x", 'the query may not call read_blob'],
    ["select * from input, lateral (select * from parquet_metadata('SECRET'))", 'the query may not call parquet_metadata'], // biome-ignore format: one line
    ["select * from query('select 1')", 'the query may not call query'],
    ["select * from query_table('SECRET')", 'the query may not call query_table'],
    ["select * from json_execute_serialized_sql('{}')", 'the query may not call json_execute_serialized_sql'],
    ["select * from enable_logging(storage = 'file', storage_path = 'FOLDER/log')", 'the query may not call enable_logging'], // biome-ignore format: one line
    ["select * from 'SECRET'", "the query may not open 'SECRET': it sees 'input', and no other files, addresses or extensions"], // biome-ignore format: one line
    ["select * from 'https://example.com/a.parquet'", "the query may not open 'https://example.com/a.parquet'"],
    ["select * from 's3://bucket/a.csv'", "the query may not open 's3://bucket/a.csv'"],
    ["attach 'FOLDER/new.db'", `${one}▸attach`],
    ["copy input to 'FOLDER/out.csv'", `${one}▸copy`],
    ["copy (select 1) to 'FOLDER/out.parquet'", `${one}▸copy`],
    ["export database 'FOLDER/out'", `${one}▸export`],
    ['install httpfs', `${one}▸install`],
    ['load httpfs', `${one}▸load`],
    ['set threads = 4', `${one}▸set`],
    ['reset threads', `${one}▸reset`],
    ['pragma database_list', `${one}▸pragma`],
    ['call pragma_version()', `${one}▸call`],
    ['create table t as select 1', `${one}▸create`],
    ['insert into input values (1)', `${one}▸insert`],
    ['delete from input', `${one}▸delete`],
    ['drop table input', `${one}▸drop`],
    ['use memory', `${one}▸use`],
    ['begin', `${one}▸begin`],
    ['checkpoint', `${one}▸checkpoint`],
    ['prepare p as select 1', `${one}▸prepare`],
    ['explain analyze select 1', `${one}▸explain`],
    ['select 1; select 2', 'the query has 2 statements; expected one SELECT.'],
    ["select 1; copy input to 'FOLDER/out.csv'", 'expected one SELECT'],
    ['select x = ? from input', 'the query has 1 parameter; expected values in their place.'],
    ['', 'the query is empty; expected a SELECT.'],
    ['-- nothing', 'the query is empty; expected a SELECT.'],
    ['selec x', 'syntax error at or near "selec", at character 1: ▸selec x'],
    ["select 'åß∂', nope from input", "at character 15: select 'åß∂', ▸nope from input"],
    ['select * from inptu', "there is no table 'inptu'; there is 'input', at character 15: select * from ▸inptu"],
    ['select * from "/etc/passwd"', "there is no table '/etc/passwd'"],
    ["select cast('a' as int) from input", "Could not convert string 'a' to INT32"],
    [`select '${'x'.repeat(100_001)}'`, 'characters; expected at most 100000.'],
  ]

  it('each gets one sentence, and nothing is touched', async () => {
    const inner = mkdtempSync(join(folder, 'closed-'))
    const path = join(inner, 'data.csv')
    const secret = join(inner, 'secret.csv')
    writeFileSync(path, 'x\n1\n2\n')
    writeFileSync(secret, 'password\nopen sesame\n')
    const before = readdirSync(inner).sort()
    for (const [sql, says] of hostile) {
      const query = sql.replaceAll('SECRET', secret).replaceAll('FOLDER', inner)
      const said = await message(openTable(path, { sql: query }))
      expect(said, sql).toMatch(/^UsageError: sql: /)
      expect(said, sql).toContain(says.replaceAll('SECRET', secret))
      expect(said, sql).not.toContain('sesame')
      expect(said, sql).not.toContain('\n')
    }
    expect(readdirSync(inner).sort()).toEqual(before)
    expect(readFileSync(path, 'utf8')).toBe('x\n1\n2\n')
  })

  it('a database is not changed, and what its views and macros reach for is refused', async () => {
    const secret = file('secret.txt', 'open sesame')
    const path = await database(
      'views.duckdb',
      'create table t as select 1 as x',
      'create sequence q',
      `create view files as select * from read_text('${secret}')`,
      `create macro inner_text() as (select max(content) from read_text('${secret}'))`,
      `create macro outer_text() as table select * from read_text('${secret}')`,
    )
    const hash = (): string => createHash('sha256').update(readFileSync(path)).digest('hex')
    const before = [hash(), readdirSync(folder).sort()]
    for (const [sql, says] of [
      ['select * from files', 'the query may not open'],
      ['select inner_text()', 'the query may not open'],
      ['select * from outer_text()', 'the query may not call outer_text'],
      ["select nextval('q')", ''],
      ['insert into t values (2)', 'expected one SELECT'],
      [`attach '${at('sound.duckdb')}' as other`, 'expected one SELECT'],
    ] as const) {
      const said = await message(openTable(path, { sql }))
      expect(said, sql).toMatch(/^UsageError: sql: /)
      expect(said, sql).toContain(says)
      expect(said, sql).not.toContain('sesame')
    }
    expect(shown(await openTable(path, { sql: 'select * from t' }))).toEqual({ 'x: numeric': [1] })
    expect([hash(), readdirSync(folder).sort()]).toEqual(before)
  })

  it('a database whose views change how DuckDB works is not read', async () => {
    const path = await database('logging.duckdb', 'create table t as select 1 as x', "create view v as select * from enable_logging(storage = 'stdout')") // biome-ignore format: one line
    expect(await message(openTable(path, { sql: 'select * from t' }))).toBe(`FormatError: '${path}': its view or macro 'v' calls enable_logging; such databases are not read.`) // biome-ignore format: one line
  })

  it('the home folder stays as it is', async () => {
    const home = at('home')
    const before = process.env['HOME']
    process.env['HOME'] = home
    try {
      await openTable(file('people.csv', people), { sql: 'select * from input' })
      await message(openTable(at('people.csv'), { sql: 'install httpfs' }))
      expect(existsSync(home)).toBe(false)
    } finally {
      if (before === undefined) delete process.env['HOME']
      else process.env['HOME'] = before
    }
  })
})
