import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type CategoricalColumn, readCsv, type Table } from '../../src/table/index.js'
import { hasShared, sharedPath } from '../shared.js'

const read = (text: string, options = {}): Promise<Table> => readCsv({ text }, { name: 't.csv', ...options })
const plain = ({ columns }: Table): unknown[] => columns.map((column) => [column.name, column.type === 'numeric' ? Array.from(column.values) : Array.from((column as CategoricalColumn).codes, (code) => (column as CategoricalColumn).categories[code] ?? null), column.missing]) // biome-ignore format: one line

describe('readCsv', () => {
  it('reads columns of numbers and of words', async () => {
    const table = await read('a,b,c\n1,x,-2.5e3\n.5,"y, z",7\n+3.,"say ""so""",1e-3\n')
    expect(table.rows).toBe(3)
    expect(plain(table)).toEqual([['a', [1, 0.5, 3], 0], ['b', ['x', 'y, z', 'say "so"'], 0], ['c', [-2500, 7, 0.001], 0]]) // biome-ignore format: one line
    expect([table.lineOf(0), table.lineOf(2)]).toEqual([2, 4])
  })

  it('missing values, infinities, and what only looks like a number', async () => {
    expect(plain(await read('x,y,z,w\nNA,?,inf,0x10\n2,,-Infinity,1_000\n'))).toEqual([['x', [Number.NaN, 2], 1], ['y', [Number.NaN, Number.NaN], 2], ['z', [Infinity, -Infinity], 0], ['w', ['0x10', '1_000'], 0]]) // biome-ignore format: one line
    expect(plain(await read('x\n-\n3\n', { missing: ['-'] }))).toEqual([['x', [Number.NaN, 3], 1]])
  })

  it.each<[string, string, object, unknown[]]>([
    ['told by numbers', '1,2\n3,4\n', {}, ['column1', 'column2']],
    ['told by words', 'a,b\n3,4\n', {}, ['a', 'b']],
    ['asked for', '1,2\n3,4\n', { header: true }, ['1', '2']],
    ['refused', 'a,b\nc,d\n', { header: false }, ['column1', 'column2']],
    ['names that are twice or empty', 'a,a,\n1,2,3\n', { header: true }, ['a', 'a.2', 'column3']],
  ])('names: %s', async (_, text, options, names) => {
    expect((await read(text, options)).columns.map(({ name }) => name)).toEqual(names)
  })

  it.each([',', ';', '\t', '|'])('delimiter %j is told, and lines may end as on Windows', async (delimiter) => {
    const text = [['a', 'b', 'c'], ['1', '"2,5;|"', '3'], [], ['4', 'x', '6']].map((row) => row.join(delimiter)).join('\r\n') // biome-ignore format: one line
    expect(plain(await read(text))).toEqual([['a', [1, 4], 0], ['b', ['2,5;|', 'x'], 0], ['c', [3, 6], 0]]) // biome-ignore format: one line
  })

  it('bytes: UTF-8 and UTF-16 with their marks, packed, in a Blob', async () => {
    const text = 'größe,b\n1,ä\n'
    const expected = [['größe', [1], 0], ['b', ['ä'], 0]] // biome-ignore format: columns
    const utf8 = new TextEncoder().encode(`\ufeff${text}`)
    const utf16 = new Uint8Array(Uint16Array.from(`\ufeff${text}`, (one) => one.charCodeAt(0)).buffer)
    for (const bytes of [utf8, utf16, gzipSync(utf8), new Blob([utf8])])
      expect(plain(await readCsv(bytes))).toEqual(expected)
  })

  it('rows over several pieces and fields over several lines keep their lines', async () => {
    const rows = Array.from({ length: 60_000 }, (_, i) => `${i},"line ${i}\nand another",${i % 7}`)
    const table = await readCsv(new Blob([`n,text,rest\n${rows.join('\n')}`]))
    expect(table.rows).toBe(60_000)
    const [n, text, rest] = table.columns
    if (n?.type !== 'numeric' || text?.type !== 'text' || rest?.type !== 'numeric') throw new Error('types')
    expect(n.values.every((value, i) => value === i)).toBe(true)
    expect(text.values[59_999]).toBe('line 59999\nand another')
    expect([table.lineOf(0), table.lineOf(1), table.lineOf(59_999)]).toEqual([2, 4, 2 + 2 * 59_999])
  })

  it.each<[string, string | Uint8Array, object, string]>([
    ['nothing', '', {}, "'t.csv' has no rows: the file is empty."],
    ['names alone', 'a,b\n', {}, "'t.csv' has no rows beside its names."],
    [
      'a short row',
      'a,b\n1,2\n\n3\n',
      {},
      "'t.csv' line 4: it has 1 cell, and line 1 has 2: the value of column 'b' is missing.",
    ],
    [
      'a long row',
      'a,b\n"x\ny",2\n1,2,3\n',
      {},
      "'t.csv' line 4: it has 3 cells, and line 1 has 2: what is behind column 'b' has no column.",
    ],
    ['a quote not closed', 'a,b\n1,"2\n', {}, "'t.csv' line 2: a quoted field is not closed."],
    ['a word among numbers', 'a\n1\nx\n', { types: { a: 'numeric' } }, "'t.csv' line 3, column 'a': 'x' is no number."],
    ['a column that is not there', 'a\n1\n', { types: { b: 'numeric' } }, "readTable: 't.csv' has no column 'b'; it has 1 column: 'a'."], // biome-ignore format: one line
    ['bytes that are no text', new Uint8Array([80, 75, 3, 4, 0, 0, 0]), {}, "'t.csv' is no text: it is binary and holds zero (NUL) bytes. Expected CSV or NDJSON."], // biome-ignore format: one line
    ['a packed file cut off', gzipSync('a,b\n1,2\n').subarray(0, -6), {}, "'t.csv' cannot be unpacked: the gzip file is damaged or truncated."], // biome-ignore format: one line
  ])('%s is one clear sentence', async (_, given, options, message) => {
    const input = typeof given === 'string' ? { text: given } : given
    await expect(readCsv(input, { name: 't.csv', ...options })).rejects.toThrow(message)
  })

  it('knows the first line of scikit-learn: counts and classes', async () => {
    const names = ({ columns }: Table): string[] => columns.map(({ name }) => name)
    const told = await read('3,2,cat,dog\n1,2,0\n3,4,1\n5,6,0\n')
    expect([told.rows, names(told)]).toEqual([3, ['column1', 'column2', 'target']])
    expect(told.warnings).toEqual([
      "'t.csv' line 1 counts rows, features and classes (cat, dog), as scikit-learn writes it: the columns are column1 to column2 and target.",
    ])
    // The last column is no place among two classes.
    await expect(read('3,2,cat,dog\n1,2,0\n3,4,7\n5,6,0\n')).rejects.toThrow("'t.csv' line 2")
  })

  it.skipIf(!hasShared)('real tables', async () => {
    const of = async (...path: string[]): Promise<Table> => readCsv(readFileSync(sharedPath('data/tables', ...path)), { name: path.at(-1)! }) // biome-ignore format: one line
    const wine = await of('wine-quality', 'winequality-red.csv')
    expect([wine.rows, wine.columns.length, wine.columns.every(({ type }) => type === 'numeric')]).toEqual([1599, 12, true]) // biome-ignore format: one line
    const digits = await of('sklearn', 'digits.csv.gz')
    expect([digits.rows, digits.columns.length]).toEqual([1797, 65])
    const titanic = await of('nannyml', 'titanic_reference.csv')
    expect(titanic.columns.some(({ missing }) => missing > 0)).toBe(true)
    expect(titanic.columns.some(({ type }) => type === 'categorical')).toBe(true)
  })
})
