import { describe, expect, it } from 'vitest'
import { type Column, type ColumnType, readTable, type Table } from '../../src/table/index.js'
import { timeOf } from '../../src/table/time.js'
import { seeded } from './seeded.js'

const read = (text: string, options = {}): Promise<Table> => readTable({ text }, { name: 't.csv', ...options })
const only = async (words: readonly string[], options = {}): Promise<Column> => (await read(`x,y\n${words.map((word) => `${word},0`).join('\n')}\n`, options)).columns[0]! // biome-ignore format: one line
const valuesOf = (column: Column): unknown[] => column.type === 'categorical' ? Array.from(column.codes, (code) => column.categories[code] ?? null) : Array.from(column.values as ArrayLike<unknown>) // biome-ignore format: one line
const many = (count: number, word: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => word(i))

describe('types of columns are told by all values', () => {
  it.each<[string, string[], ColumnType, unknown[] | null, number]>([
    ['numbers', ['1', '', '-2.5e3', 'NA'], 'numeric', [1, Number.NaN, -2500, Number.NaN], 2],
    ['zeros and ones', ['0', '1', '1'], 'numeric', [0, 1, 1], 0],
    ['NaN in a column of numbers was in the file', ['nan', '1', 'NaN', '?'], 'numeric', [Number.NaN, 1, Number.NaN, Number.NaN], 1], // biome-ignore format: one line
    ['NaN in a column of words is missing', ['nan', 'a', 'NaN'], 'categorical', [null, 'a', null], 2],
    ['infinities', ['inf', '-Infinity', '+INF'], 'numeric', [Infinity, -Infinity, Infinity], 0],
    ['truth values', ['true', 'False', '', 'TRUE'], 'boolean', [1, 0, 0, 1], 1],
    ['yes and no are words', ['yes', 'no'], 'categorical', ['yes', 'no'], 0],
    ['truth values and numbers are words', ['true', '1'], 'categorical', ['true', '1'], 0],
    ['dates', ['2026-11-21', 'null', '1970-01-02'], 'time', [Date.UTC(2026, 10, 21), Number.NaN, 86_400_000], 1],
    ['dates and words', ['2026-11-21', 'soon'], 'categorical', ['2026-11-21', 'soon'], 0],
    ['nothing', ['', 'NA'], 'numeric', [Number.NaN, Number.NaN], 2],
    ['words that are no numbers', ['0x10', '1_000', '1e', '--1', '1.2.3'], 'categorical', ['0x10', '1_000', '1e', '--1', '1.2.3'], 0], // biome-ignore format: one line
    ['more than 50 words, more than half of them different', many(51, (i) => `w${i}`), 'text', null, 0],
    ['50 words', many(50, (i) => `w${i}`), 'categorical', null, 0],
    ['60 words, each twice', many(120, (i) => `w${i % 60}`), 'categorical', null, 0],
    ['60 words, one of them twice', many(61, (i) => `w${i % 60}`), 'text', null, 0],
  ])('%s', async (_, words, type, values, missing) => {
    const column = await only(words)
    expect([column.type, column.missing]).toEqual([type, missing])
    if (values) expect(valuesOf(column)).toEqual(values)
    expect(column.absent === null).toBe(missing === 0)
  })

  it('what the caller says holds', async () => {
    expect(valuesOf(await only(['yes', 'N', '1', ''], { types: { x: 'boolean' } }))).toEqual([1, 0, 1, 0])
    expect(valuesOf(await only(['01', '1'], { types: { x: 'categorical' } }))).toEqual(['01', '1'])
    expect(await only(['a', 'b'], { types: { x: 'text' } })).toMatchObject({ type: 'text', values: ['a', 'b'] })
    await expect(only(['true', 'maybe'], { types: { x: 'boolean' } })).rejects.toThrow("'t.csv' line 3, column 'x': 'maybe' is no truth value.") // biome-ignore format: one line
    await expect(only(['2026-02-30'], { types: { x: 'time' } })).rejects.toThrow("'t.csv' line 2, column 'x': '2026-02-30' is no date or date-time of ISO 8601") // biome-ignore format: one line
  })

  it('a word among numbers makes words of all, wherever it stands, and is told with its line', async () => {
    for (const at of [0, 1, 5000, 99_999]) {
      const words = many(100_000, (i) => (i === at ? 'word' : String(i % 1000)))
      const table = await read(`x,y\n${words.map((word) => `${word},1`).join('\n')}`)
      const [x, y] = table.columns
      expect([x!.type, y!.type]).toEqual(['categorical', 'numeric'])
      expect(valuesOf(x!)).toEqual(words)
      expect(table.warnings).toEqual([`'t.csv' line ${at + 2}, column 'x': 'word' is no number, and 99999 of the 100000 values of column 'x' are, so all were read as words. If it stands for a missing value, try missing: ['word'].`]) // biome-ignore format: one line
    }
    expect((await read('x,y\na,1\nb,1\n3,1\n')).warnings).toEqual([])
  })
})

describe('times are ISO 8601 in full', () => {
  it.each<[string, number | null]>([
    ['1970-01-01', 0],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['0001-01-01', -62_135_596_800_000],
    ['2026-11-21T23:38', Date.UTC(2026, 10, 21, 23, 38)],
    ['2026-11-21 23:38:24Z', Date.UTC(2026, 10, 21, 23, 38, 24)],
    ['2026-11-21T23:38:24.5+01:00', Date.UTC(2026, 10, 21, 22, 38, 24, 500)],
    ['2026-11-21T23:38:24,125-0530', Date.UTC(2026, 10, 22, 5, 8, 24, 125)],
    ['1970-01-01T00:00:00.000001', 0.001],
    ...['2023-02-29', '2026-13-01', '2026-00-10', '2026-11-31', '2026-11-21T24:00', '2026-11-21T23:60', '2026-11-21T23:38:60', '2026-1-2', '26-01-02', '20260102', '2026-11', '12:30', '2026-11-21T', '2026-11-21Z', '2026-11-21T10', '2026-11-21T10:00+24:00'].map((word): [string, null] => [word, null]), // biome-ignore format: one line
  ])('%s', (word, time) => {
    expect(timeOf(word)).toBe(time)
    if (time !== null && Number.isInteger(time)) expect(timeOf(new Date(time).toISOString())).toBe(time)
  })
})

describe('dialects', () => {
  it('a decimal comma where it can be nothing else, with a word about it', async () => {
    const table = await read('a;b\n1,5;x\n-2,25;y\n')
    expect(valuesOf(table.columns[0]!)).toEqual([1.5, -2.25])
    expect(table.warnings).toEqual(["'t.csv': numbers were read with a decimal comma, as in '1,5'. Try decimal: '.' where that is wrong."]) // biome-ignore format: one line
    expect((await read('a;b\n1,500;x\n2,250;y\n')).columns[0]!.type).toBe('categorical')
    expect((await read('a;b\n1,5;1.5\n')).columns[0]!.type).toBe('categorical')
    expect(valuesOf((await read('a;b\n1,500;x\n', { decimal: ',' })).columns[0]!)).toEqual([1.5])
    await expect(read('a,b\n1,2\n', { decimal: ',' })).rejects.toThrow("readTable: ',' cannot part the cells and be the decimal mark. Try delimiter: ';'.") // biome-ignore format: one line
  })

  it('numbers between spaces, and encodings that are given', async () => {
    const spaced = await read(' 1  2.5\t3 \n4 5 6\n')
    expect(spaced.columns.map((column) => valuesOf(column))).toEqual([[1, 4], [2.5, 5], [3, 6]]) // biome-ignore format: columns
    const latin = Uint8Array.from('größe;b\n1;ä\n', (one) => one.charCodeAt(0))
    expect((await readTable(latin, { name: 't.csv', encoding: 'windows-1252' })).columns.map(({ name }) => name)).toEqual(['größe', 'b']) // biome-ignore format: one line
    await expect(readTable(latin, { name: 't.csv' })).rejects.toThrow("'t.csv' line 1, column 1: the text is not UTF-8 (invalid bytes). Try encoding: 'windows-1252'.") // biome-ignore format: one line
  })

  it.each<[string, string, string[]]>([
    ['names above numbers, one of them a number', 'year,2019\n1,2\n3,4\n', ['year', '2019']],
    ['an index without a name', ',a\n0,x\n1,y\n', ['column1', 'a']],
    ['words alone', 'a,b\nx,y\n', ['a', 'b']],
    ['dates below', 'when\n2026-01-01\n', ['when']],
    ['no names', 'x,1\ny,2\n', ['column1', 'column2']],
    ['names of Object.prototype', '__proto__,constructor\n1,2\n', ['__proto__', 'constructor']],
  ])('header: %s', async (_, text, names) => {
    expect((await read(text)).columns.map(({ name }) => name)).toEqual(names)
  })

  it('names that are there twice are told apart, with line and columns', async () => {
    const table = await read('\na,b,a,a.2,a\n1,2,3,4,5\n')
    expect(table.columns.map(({ name }) => name)).toEqual(['a', 'b', 'a.3', 'a.2', 'a.4'])
    expect(table.warnings).toEqual(["'t.csv' line 2: columns 1 and 3 have the same name 'a' (duplicate); the latter is called 'a.3'.", "'t.csv' line 2: columns 1 and 5 have the same name 'a' (duplicate); the latter is called 'a.4'."]) // biome-ignore format: one line
  })

  it('only wanted columns, by name and glob, in the order of the table', async () => {
    const text = 'x1,y,x2,"x*"\n1,2,3,4\n'
    expect((await read(text, { columns: ['x2', 'y'] })).columns.map(({ name }) => name)).toEqual(['y', 'x2'])
    expect((await read(text, { columns: ['x?'] })).columns.map(({ name }) => name)).toEqual(['x1', 'x2', 'x*'])
    expect((await read(text, { columns: ['x*'] })).columns.map(({ name }) => name)).toEqual(['x*'])
    await expect(read(text, { columns: ['z'] })).rejects.toThrow("readTable: 't.csv' has no column 'z'; it has 4 columns: 'x1', 'y', 'x2', 'x*'.") // biome-ignore format: one line
  })
})

/** A stream that gives its bytes in small pieces, as a file read over a network may. */
class Trickle extends Blob {
  constructor(
    bytes: Uint8Array<ArrayBuffer>,
    private readonly step: number,
  ) {
    super([bytes])
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const { step } = this
    let at = 0
    return new ReadableStream({
      pull: async (controller) => {
        if (at >= this.size) return controller.close()
        controller.enqueue(new Uint8Array(await this.slice(at, at + step).arrayBuffer()))
        at += step
      },
    })
  }
}

describe('where pieces end does not matter', () => {
  it('random tables, quoted at random, with every line end, in and out of gzip', { timeout: 60_000 }, async () => {
    const next = seeded(3)
    const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)]!
    for (let n = 0; n < 40; n++) {
      const rows = many(1 + Math.floor(next() * 30), () => '').map(() => [pick(['1', '-2.5', '1e3', '']), pick(['a', 'b c', 'say "x"', 'two\nlines', 'x,y', 'ä€']), pick(['2026-01-02', '2025-03-04'])]) // biome-ignore format: one line
      const end = pick(['\n', '\r\n'])
      const cell = (word: string): string => (/[",\n]/.test(word) || next() < 0.3 ? `"${word.replaceAll('"', '""')}"` : word) // biome-ignore format: one line
      const text = ['num,word,day', ...rows.map((row) => row.map(cell).join(','))].join(end) + pick(['', end])
      const table = await read(text)
      const word = table.columns[1]!
      expect(valuesOf(word), text).toEqual(rows.map((row) => row[1]))
      const numbers = valuesOf(table.columns[0]!)
      expect(numbers, text).toEqual(rows.map((row) => (row[0] === '' ? Number.NaN : Number(row[0]))))
      const packed = await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer() // biome-ignore format: one line
      const trickled = await readTable(new Trickle(new Uint8Array(packed), 1 + Math.floor(next() * 9)), {
        name: 't.csv',
      })
      expect(trickled.columns).toEqual(table.columns)
    }
  })
})
