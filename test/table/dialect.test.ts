import { describe, expect, it } from 'vitest'
import { type ReadTableOptions, readTable, type Table, tableBatches } from '../../src/table/index.js'

const read = (text: string, options: ReadTableOptions = {}): Promise<Table> => readTable({ text }, { name: 't.csv', ...options }) // biome-ignore format: one line
const names = (table: Table): string[] => table.columns.map(({ name }) => name)
const valuesOf = (table: Table, at: number): unknown[] => {
  const column = table.columns[at]!
  return column.type === 'categorical' ? Array.from(column.codes, (code) => column.categories[code] ?? null) : Array.from(column.values as ArrayLike<unknown>) // biome-ignore format: one line
}

describe('comments', () => {
  it("lines that begin with '#' before the names are left out, and told", async () => {
    const table = await read('# made by a program, with commas\n# on a day\na,b\n1,2\n3,4\n')
    expect([names(table), valuesOf(table, 1), table.lineOf(1)]).toEqual([['a', 'b'], [2, 4], 5])
    expect(table.warnings).toEqual(["'t.csv': lines 1 to 2 begin with '#' and were left out."])
  })

  it('the last of them may have the names', async () => {
    const table = await read('## version 4\n#CHROM\tPOS\nchr1\t5\n')
    expect([names(table), table.warnings]).toEqual([['#CHROM', 'POS'], ["'t.csv': line 1 begins with '#' and was left out."]]) // biome-ignore format: one line
    expect(names(await read('#x\n1\n'))).toEqual(['#x'])
  })

  it.each([{ end: '\n' }, { end: '\r\n' }, { end: '\r' }])(
    'anywhere where the caller says so: $end',
    async ({ end }) => {
      const lines = ['%', 'a;b', '% x;y', '1;2', '%', '3;4', '% the end']
      for (const last of [end, '']) {
        const table = await read(lines.join(end) + last, { comment: '%' })
        expect([names(table), valuesOf(table, 0), valuesOf(table, 1), table.lineOf(0), table.lineOf(1)]).toEqual([['a', 'b'], [1, 3], [2, 4], 4, 6]) // biome-ignore format: one line
      }
    },
  )

  it('a comment among the rows is told from a ragged row', async () => {
    await expect(read('a,b\n1,2\n# no\n')).rejects.toThrow("'t.csv' line 3: it has 1 cell, and line 1 has 2: the value of column 'b' is missing. Try comment: '#' where such lines are none.") // biome-ignore format: one line
    await expect(read('a\n1\n', { comment: '##' })).rejects.toThrow("readTable: the comment mark '##' is no single ASCII character. Try '#'.") // biome-ignore format: one line
    await expect(read('a,b\n1,2\n', { comment: ',' })).rejects.toThrow("readTable: ',' cannot part the cells and begin comments.") // biome-ignore format: one line
  })

  it('pieces may end within them', async () => {
    const long = `#${'x'.repeat(300_000)}\r\n`
    const table = await read(`a,b\r\n${`1,2\r\n${long}`.repeat(20)}3,4`, { comment: '#' })
    expect([table.rows, table.lineOf(20), valuesOf(table, 0).at(-1)]).toEqual([21, 42, 3])
  })
})

describe('marks between thousands', () => {
  it.each<[string, string, ReadTableOptions, number[]]>([
    ['commas', 'a;b\n1,234;x\n-12,345,678.5;y\n5;z\n', { thousands: ',' }, [1234, -12345678.5, 5]],
    ['quoted', 'a,b\n"1,234",x\n5,y\n', { thousands: ',' }, [1234, 5]],
    ['points, and then a decimal comma', 'a;b\n1.234,5;x\n5,25;y\n', { thousands: '.' }, [1234.5, 5.25]],
    ['spaces', 'a;b\n1 234;x\n5;y\n', { thousands: ' ' }, [1234, 5]],
  ])('%s', async (_, text, options, values) => {
    const table = await read(text, options)
    expect([names(table), valuesOf(table, 0)]).toEqual([['a', 'b'], values])
  })

  it('groups have three digits; else they are words', async () => {
    expect(valuesOf(await read('a;b\n12,34;x\n', { thousands: ',' }), 0)).toEqual(['12,34'])
  })

  it('what looks like such numbers is told', async () => {
    const table = await read('a,b\n"1,234",x\n5,y\n')
    expect(table.columns[0]!.type).toBe('categorical')
    expect(table.warnings).toEqual(["'t.csv': column 'a' was read as words, and all seem to be numbers with a mark between thousands, as '1,234'. Try thousands: ','."]) // biome-ignore format: one line
    await expect(read('a;b\n1;2\n', { thousands: '.', decimal: '.' })).rejects.toThrow("readTable: '.' cannot be the decimal mark and the one between thousands.") // biome-ignore format: one line
    await expect(read('a;b\n1;2\n', { thousands: '12' })).rejects.toThrow("readTable: the mark between thousands '12' is no single character that could be one. Try ',' or ' '.") // biome-ignore format: one line
  })
})

describe('names that are numbers or dates', () => {
  const note = (shown: string): string[] => [`'t.csv' line 1: ${shown} ... were taken for names, as they count up and the rows below do not. Try header: false where they are values.`] // biome-ignore format: one line
  it.each<[string, string, string[], string[]]>([
    ['a numbered frame', '0,1,2\n0.5,3,1\n2,2,2\n', ['0', '1', '2'], note('0, 1, 2')],
    ['with its index', ',0,1,2\n0,5,3,1\n1,2,2,2\n', ['column1', '0', '1', '2'], note('0, 1, 2')],
    ['years', 'land,code,1960,1961\nA,a,1,2\nB,b,3,3\n', ['land', 'code', '1960', '1961'], note('1960, 1961')],
    ['dates above numbers', '2024-01-01,2024-01-02\n1,2\n', ['2024-01-01', '2024-01-02'], []],
    ['rows that count up as well', '0,1,2\n3,4,5\n', ['column1', 'column2', 'column3'], []],
    ['two numbers', '0,1\n1,0\n', ['column1', 'column2'], []],
    ['dates above dates', '2024-01-01,x\n2024-01-02,y\n', ['column1', 'column2'], []],
  ])('%s', async (_, text, expected, warnings) => {
    const table = await read(text)
    expect([names(table), table.warnings]).toEqual([expected, warnings])
  })

  it("a first line 'sep=;' names the delimiter and is no row", async () => {
    for (const line of ['sep=;', '"sep=;"', 'SEP=;']) {
      const table = await read(`${line}\r\na;b\r\n1,5;x\r\n`)
      expect([names(table), valuesOf(table, 0), table.lineOf(0)]).toEqual([['a', 'b'], [1.5], 3])
    }
  })
})

describe('whole numbers that lose something as doubles', () => {
  it('zeros at the beginning are told with the first place', async () => {
    const table = await read('zip,v\n98765,0\n01234,-0\n00501,0.5\n')
    expect(valuesOf(table, 0)).toEqual([98765, 1234, 501])
    expect(table.warnings).toEqual(["'t.csv' line 3, column 'zip': '01234' was read as the number 1234. If such values are codes, try types: { 'zip': 'categorical' }."]) // biome-ignore format: one line
    expect((await read('zip\n"01"\n2\n')).warnings).toHaveLength(1)
    expect((await read('zip\n01\n2\n', { types: { zip: 'numeric' } })).warnings).toEqual([])
    expect((await read('x\n0.5\n00.5\n01e2\n0\n-0\n', { header: true })).warnings).toEqual([])
  })

  it('digits beyond 2^53 are told, but not among fractions', async () => {
    const note = ["'t.csv': column 'id' has whole numbers beyond 2^53; those that no double holds were rounded to the nearest."] // biome-ignore format: one line
    expect((await read('id\n9007199254740993\n1\n')).warnings).toEqual(note)
    expect((await read('id\n-12345678901234567890\n\n')).warnings).toEqual(note)
    for (const words of ['9007199254740991', '1e300', '1234567890123456.5', '9007199254740993\n0.5'])
      expect((await read(`id\n${words}\n`)).warnings, words).toEqual([])
    for await (const batch of tableBatches({ text: 'id\n9007199254740993\n' }, { name: 't.csv' })) expect(batch.warnings).toEqual(note) // biome-ignore format: one line
  })

  it('a word among numbers with a decimal comma is told', async () => {
    expect((await read('a;b\n1,5;1\n-;2\n2,5;3\n')).warnings?.[1]).toBe("'t.csv' line 3, column 'a': '-' is no number, and 2 of the 3 values of column 'a' are, so all were read as words. If it stands for a missing value, try missing: ['-'].") // biome-ignore format: one line
  })

  it('words for what is missing', async () => {
    const table = await read('a\n1\n#N/A\nn/a\n<NA>\nNA\n')
    expect([table.columns[0]!.type, table.columns[0]!.missing]).toEqual(['numeric', 4])
  })
})
