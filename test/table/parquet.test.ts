import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { NormballError } from '../../src/core/index.js'
import { type Column, readTable, type Table, tableBatches } from '../../src/table/index.js'
import { walkStruct } from '../../src/table/parquet/thrift.js'
import { hasShared, isLong, sharedPath } from '../shared.js'
import { seeded } from './seeded.js'

const oracle = (name: string): Uint8Array => readFileSync(fileURLToPath(new URL(`../oracle/table/${name}`, import.meta.url))) // biome-ignore format: one line
const read = (bytes: Uint8Array, options = {}): Promise<Table> => readTable(bytes, { name: 't.parquet', ...options })
const columnOf = (table: Table, name: string): Column => table.columns.find((column) => column.name === name)!
const valuesOf = (column: Column): unknown[] => Array.from(column.type === 'categorical' ? Array.from(column.codes, (code) => column.categories[code] ?? null) : (column.values as ArrayLike<unknown>), (value, row) => (column.absent?.[row] === 1 ? null : value)) // biome-ignore format: one line

const codecs = ['snappy-v1', 'zstd-v2', 'gzip-v1', 'brotli-v2', 'lz4_raw-v1', 'plain-v2']

describe('Parquet', () => {
  const expected = JSON.parse(new TextDecoder().decode(oracle('duck-parquet.json'))) as Record<string, unknown[]>
  const number = (value: unknown): unknown => (value === null ? null : Number(value))
  /** What DuckDB gives as text: whole numbers of 64 bits and decimals to the nearest double, times in their own unit. */
  const translated: Readonly<Record<string, (value: unknown) => unknown>> = {
    i64: number,
    u64: number,
    dec: number,
    dec30: number,
    day: number,
    ms: number,
    us: (value) => Number(value) / 1000,
    ns: (value) => Number(BigInt(value as string) / 1_000_000n) + Number(BigInt(value as string) % 1_000_000n) / 1e6,
    b: (value) => (value === null ? null : Number(value)),
    bn: (value) => (value === null ? null : Number(value)),
    's.x': number,
  }

  it.each(codecs)('%s: the values that DuckDB reads', async (codec) => {
    const table = await read(oracle(`duck-${codec}.parquet`))
    expect(table.rows).toBe(120)
    for (const [name, values] of Object.entries(expected)) {
      const translate = translated[name] ?? ((value: unknown) => value)
      expect([name, valuesOf(columnOf(table, name))]).toEqual([name, values.map(translate)])
    }
    const types = Object.fromEntries(table.columns.map(({ name, type }) => [name, type]))
    expect(types).toMatchObject({ d: 'numeric', b: 'boolean', bn: 'boolean', dec: 'numeric', day: 'time', us: 'time', ns: 'time', colour: 'categorical', name: 'text', id: 'text', 's.y': 'categorical' }) // biome-ignore format: one line
    expect([columnOf(table, 'f').missing, columnOf(table, 'nan').missing]).toEqual([18, 0])
    expect(valuesOf(columnOf(table, 'nan')).every(Number.isNaN)).toBe(true)
  })

  it('what was left out or rounded is told', async () => {
    expect((await read(oracle('duck-zstd-v2.parquet'))).warnings).toEqual([
      "'t.parquet': column 'list.list.element' was left out: it holds lists or maps.",
      "'t.parquet': column 'span' was left out: its type INTERVAL is neither a number nor a truth value, a time or a word.",
      "'t.parquet': column 'i64' has whole numbers beyond 2^53; those that no double holds were rounded to the nearest.",
      "'t.parquet': column 'u64' has whole numbers beyond 2^53; those that no double holds were rounded to the nearest.",
    ])
  })

  it('only wanted columns, with the types that are asked for', async () => {
    const bytes = oracle('duck-snappy-v1.parquet')
    const table = await read(bytes, { columns: ['b', 'i32', 'd*'], types: { b: 'numeric', i32: 'categorical' } })
    expect(table.columns.map(({ name, type }) => `${name}:${type}`)).toEqual(['d:numeric', 'i32:categorical', 'b:numeric', 'dec:numeric', 'dec30:numeric', 'day:time']) // biome-ignore format: one line
    expect(valuesOf(columnOf(table, 'i32')).slice(0, 2)).toEqual(['-50', '-49'])
    await expect(read(bytes, { columns: ['none'] })).rejects.toThrow("readTable: 't.parquet' has no column 'none'")
  })

  it.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
    ['cut off', (bytes) => bytes.slice(0, -1), "'t.parquet' is no Parquet file that can be read: the magic number 'PAR1' is not at its end: it is truncated or another format."], // biome-ignore format: one line
    ['a page damaged', (bytes) => bytes.fill(255, 4, 12), "'t.parquet': column 'd' cannot be read, the Parquet page is damaged or lies: "], // biome-ignore format: one line
    ['a footer damaged', (bytes) => bytes.fill(255, bytes.length - 60, bytes.length - 40), "'t.parquet' is no Parquet file that can be read: its footer is damaged: "], // biome-ignore format: one line
  ])('%s is one clear sentence', async (_, damage, message) => {
    await expect(read(damage(Uint8Array.from(oracle('duck-snappy-v1.parquet'))))).rejects.toThrow(message)
  })

  it('Thrift: nothing nests, repeats or reaches without bound', () => {
    const walk = (...bytes: number[]): number => walkStruct(Uint8Array.from(bytes), 0)
    expect(walk(0x15, 2, 0x18, 1, 65, 0)).toBe(6)
    for (const bytes of [[0x15], [0x18, 200, 1, 0], [0x19, 0xfc, 255, 255, 255, 255, 7], Array<number>(99).fill(0x1c), [0x1d, 0], [0x15, ...Array<number>(11).fill(255)]]) // biome-ignore format: one line
      expect(() => walk(...bytes)).toThrow(RangeError)
  })
})

describe('Parquet of PyArrow: checksums, groups, raw bytes', () => {
  const expected = new Map(Object.entries(JSON.parse(new TextDecoder().decode(oracle('arrow-parquet.json')).replace('"__proto__"', '"proto"')) as Record<string, unknown[]>)) // biome-ignore format: one line
  const files = ['lz4-v2', 'snappy-v1']
  const told = (table: Table, from = 0): void => {
    for (const [key, values] of expected) {
      const column = columnOf(table, key === 'proto' ? '__proto__' : key)
      const wanted = values.slice(from, from + table.rows).map((value) => (typeof value === 'boolean' ? Number(value) : value)) // biome-ignore format: one line
      expect([key, valuesOf(column)]).toEqual([key, wanted])
    }
  }

  it.each(files)('%s: the values that were written', async (file) => {
    const table = await read(oracle(`arrow-${file}.parquet`))
    told(table)
    expect(columnOf(table, 'plain')).toMatchObject({ type: 'categorical', categories: ['ok'] })
    expect(table.warnings).toEqual(["'t.parquet': column 'raw' was left out: it holds raw bytes."])
  })

  it.each(files)('%s: a page whose bytes changed is refused by its checksum', async (file) => {
    const bytes = Uint8Array.from(oracle(`arrow-${file}.parquet`))
    let refused = 0
    const next = seeded(5)
    for (let n = 0; n < 60; n++) {
      const at = 4 + Math.floor(next() * (bytes.length - 6000))
      bytes[at]! ^= 1
      // Headers have none, but what they say is checked against the pages.
      const error = await read(bytes).then(() => null, (cause: Error) => cause) // biome-ignore format: one line
      expect(error === null || error instanceof NormballError).toBe(true)
      if (error && /the checksum \(CRC-32\) of a page is [0-9a-f]{8}, and its header says [0-9a-f]{8}\.$/.test(error.message)) refused++ // biome-ignore format: one line
      bytes[at]! ^= 1
    }
    expect(refused).toBeGreaterThan(40)
    told(await read(bytes))
  })

  it.each([1, 7, 100, 350, 351, 5000])(
    'in batches of %i rows: the same values and types, whatever pages and groups there are',
    async (batchRows) => {
      const whole = await read(oracle('arrow-snappy-v1.parquet'))
      let from = 0
      for await (const batch of tableBatches(oracle('arrow-snappy-v1.parquet'), { name: 't.parquet', batchRows })) {
        expect(batch.rows).toBe(Math.min(batchRows, 900 - from))
        if (batchRows > 1 || from < 20) told(batch, from)
        expect(batch.columns.map(({ type }) => type)).toEqual(whole.columns.map(({ type }) => type))
        expect(batch.lineOf(0)).toBe(from + 1)
        from += batch.rows
      }
      expect(from).toBe(900)
    },
  )

  it('in gzip it is refused, with what to do', async () => {
    const packed = await new Response(new Blob([Uint8Array.from(oracle('arrow-lz4-v2.parquet'))]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer() // biome-ignore format: one line
    await expect(readTable(packed, { name: 't.parquet.gz' })).rejects.toThrow("'t.parquet.gz' is gzip of a file that has to be read out of order (parquet); unpack it (gunzip), then open it.") // biome-ignore format: one line
  })
})

/** Bytes changed at random: a table with as many values as it says, or one clear error; neither a crash nor much memory. */
describe('Parquet, damaged', () => {
  const files: [string, () => Uint8Array][] = codecs.map((codec) => [codec, () => oracle(`duck-${codec}.parquet`)])
  const small = ['valid-double', 'valid-float', 'valid-string-beside', 'name-proto']
  if (hasShared) for (const name of small) files.push([name, () => readFileSync(sharedPath('badfiles', 'files', 'parquet', `${name}.parquet`))]) // biome-ignore format: one line
  const words = [0, 0xffffffff, 0x80000000, 0x7fffffff]

  it.each(files)('%s', { timeout: 300_000 }, async (name, load) => {
    const original = Uint8Array.from(load())
    const next = seeded(original.length)
    const often = isLong ? (small.includes(name) ? 20_000 : 1500) : 150
    const place = (most: number): number => Math.floor(next() * most)
    for (let n = 0; n < often; n++) {
      let mutant = original.slice()
      // Half of the changes in the footer, which says where all else is.
      const at = n % 2 === 0 ? place(mutant.length) : mutant.length - 1 - place(Math.min(mutant.length, 1200))
      const kind = place(5)
      if (kind === 0) mutant = mutant.slice(0, at)
      else if (kind === 1) mutant[at]! ^= 1 << place(8)
      else if (kind === 2) mutant[at] = 255
      else if (kind === 3)
        new DataView(mutant.buffer).setUint32(Math.min(at, mutant.length - 4), words[place(4)]!, true)
      else mutant.copyWithin(at, place(mutant.length), mutant.length)
      try {
        const table = await read(mutant)
        for (const column of table.columns) {
          const { length } = column.type === 'categorical' ? column.codes : column.values
          expect(length).toBe(table.rows)
          if (column.type === 'categorical') for (const code of column.codes) expect(code).toBeLessThan(column.categories.length) // biome-ignore format: one line
        }
      } catch (error) {
        if (!(error instanceof NormballError)) throw new Error(`mutant ${n} at ${at}, kind ${kind}`, { cause: error })
        expect(error.message).not.toMatch(/\n|undefined is|\[object/)
      }
    }
  })
})
