/** Parts of tables: columns by name and glob, rows by condition and by chance. */
import { describe, expect, it } from 'vitest'
import { readCsv, readTable, selectTable, type Table } from '../../src/table/index.node.js'
import { memory } from '../../src/tensor/index.js'

const text = 'age,name,odd name,z.1,z.2\n12,Ann,1,5,50\n40,Bo,2,NA,60\nNA,Cy,3,7,70\n33,"O\'Neil",4,8,80\n'
const table = (): Promise<Table> => readCsv({ text }, { name: 'people.csv' })
const names = (one: Table): string[] => one.columns.map((column) => column.name)
/** Lines of the rows that are left. */
const lines = (one: Table): number[] => Array.from({ length: one.rows }, (_, row) => one.lineOf(row))

describe('conditions', () => {
  it.each([
    ['age > 30', [3, 5]],
    ['age >= 33 and age < 40', [5]],
    ['age = 12 or age = 40', [2, 3]],
    ["name = 'Bo'", [3]],
    ["name != 'Bo'", [2, 4, 5]],
    ["name in ('Ann', 'Cy')", [2, 4]],
    ["name not in ('Ann', 'Cy')", [3, 5]],
    ["name = 'O''Neil'", [5]],
    ['`odd name` <= 2', [2, 3]],
    ['"odd name" <> 2', [2, 4, 5]],
    ['z.1 is missing', [3]],
    ['z.1 is not missing && !(z.1 == 5)', [4, 5]],
    // A comparison with a missing value is neither true nor false, nor is its opposite; `or` with what is true is true.
    ['not (age > 30)', [2]],
    ["age > 30 or name = 'Cy'", [3, 4, 5]],
    ["age > 30 and name = 'Cy'", []],
    ['z.2 > z.1', [2, 4, 5]],
    ['age > -1e1', [2, 3, 5]],
    ["not not (name < 'B')", [2]],
    // `and` binds closer than `or`.
    ['age = 12 or age = 40 and z.2 = 0', [2]],
    ['(age = 12 or age = 40) and z.2 = 60', [3]],
    ['age is null', [4]],
    ['age is not null and age > +12', [3, 5]],
    ['age between 12 and 33', [2, 5]],
    ['age not between 12 and 33 or z.1 = 7', [3, 4]],
    ["name like '%n%' and not (name like 'O%')", [2]],
    ["name like '_o'", [3]],
    ["name not like '%e%'", [2, 3, 4]],
    ['true', [2, 3, 4, 5]],
    ["'age' = 'age'", [2, 3, 4, 5]],
  ])('%s', async (where, expected) => {
    expect(lines(selectTable(await table(), { where }))).toEqual(expected)
  })

  it.each([
    ['', 'where: the condition is empty at character 1: ▸'],
    ['age >', "where: got the end; expected a number, a quoted word or a column's name, at character 6: age >▸"],
    ['age > 3 4', "where: got '4'; expected 'and', 'or' or the end, at character 9: age > 3 ▸4"],
    ['(age > 3', "where: got the end; expected ')', at character 9: (age > 3▸"],
    ["name = 'Bo", "where: the ' is not closed at character 8: name = ▸'Bo"],
    ['agee > 3', "where: there is no column 'agee' (did you mean 'age'?) at character 1: ▸agee > 3"],
    ['name = 3', "where: column 'name' is a word, 3 is a number, at character 8: name = ▸3"],
    ["age = 'x'", "where: column 'age' is a number, 'x' is a word, at character 7: age = ▸'x'"],
    ['age', "where: column 'age' is not true or false: expected a comparison, at character 1: ▸age"],
    ['age # 3', "where: '#' is not understood at character 5: age ▸# 3"],
    ['age in 3', "where: got '3'; expected '(', at character 8: age in ▸3"],
    ['name in (Bo)', "where: a list has values only: words are quoted ('Bo'), at character 10: name in (▸Bo)"],
    [
      'age like 3',
      "where: got '3'; expected a pattern in single quotes, such as 'New %', at character 10: age like ▸3",
    ],
    ["age like '3'", "where: column 'age' is no word, and 'like' compares words, at character 1: ▸age like '3'"],
    ['age between 3', "where: got the end; expected 'and', at character 14: age between 3▸"],
    [
      'z-1 > 3',
      "where: got '-'; expected a comparison (=, !=, <, <=, >, >=, in, between, like, is); names that are not plain words stand in backquotes, at character 2: z▸-1 > 3",
    ],
    ['age \u202e', "where: '\\u{202e}' is not understood at character 5: age ▸\\u{202e}"],
    ['age is 3', "where: got '3'; expected 'missing' or 'not missing', at character 8: age is ▸3"],
  ])('%s is told', async (where, message) => {
    const whole = await table()
    expect(() => selectTable(whole, { where })).toThrow(message)
  })

  it('patterns of like: runs, one character (a code point), escapes, and no pattern that takes forever', async () => {
    const word = 'a'.repeat(5000)
    const words = await readCsv({ text: `w\n100%\n100\n1😀0\n${word}b\nab\\\n` }, { types: { w: 'text' } })
    const of = (pattern: string): number[] => lines(selectTable(words, { where: `w like '${pattern}'` }))
    expect(of('%')).toEqual([2, 3, 4, 5, 6])
    expect(of('')).toEqual([])
    expect(of('100\\%')).toEqual([2])
    expect(of('1_0')).toEqual([3, 4])
    expect(of('%_0')).toEqual([3, 4])
    expect(of('a%b')).toEqual([5])
    expect(of('%%a_%')).toEqual([5, 6])
    expect(of('ab\\\\')).toEqual([6])
    const start = performance.now()
    expect(of(`${'%a'.repeat(3000)}%c`)).toEqual([])
    expect(performance.now() - start).toBeLessThan(5000)
  })

  it('do not nest without end', async () => {
    const whole = await table()
    expect(() => selectTable(whole, { where: `${'('.repeat(5000)}age > 3` })).toThrow('more than 200 conditions are nested') // biome-ignore format: one line
  })
})

describe('columns', () => {
  it('are chosen by name and glob, left out, and stay in order', async () => {
    const whole = await table()
    expect(names(selectTable(whole, { columns: ['z.*', 'age'] }))).toEqual(['age', 'z.1', 'z.2'])
    expect(names(selectTable(whole, { except: ['z.2', 'n*'] }))).toEqual(['age', 'odd name', 'z.1'])
  })

  it('that are not there are told', async () => {
    const whole = await table()
    expect(() => selectTable(whole, { columns: ['agee'] })).toThrow(
      "selectTable: 'agee' matches no column of 'people.csv', which has 'age', 'name', 'odd name', 'z.1', 'z.2'. Did you mean 'age'?",
    )
    expect(() => selectTable(whole, { except: ['*'] })).toThrow("selectTable: no column of 'people.csv' is left")
  })
})

describe('samples', () => {
  it('are without replacement, in order, the same for the same seed, and every row as often', async () => {
    const whole = await readCsv({ text: `n\n${Array.from({ length: 50 }, (_, i) => `${i}\n`).join('')}` }, { types: { n: 'numeric' } }) // biome-ignore format: one line
    const before = memory().tensors
    const counts = new Float64Array(50)
    for (let seed = 0; seed < 400; seed++) {
      const some = lines(selectTable(whole, { sample: 10, seed }))
      expect(new Set(some).size).toBe(10)
      expect(some).toEqual([...some].sort((a, b) => a - b))
      for (const line of some) counts[line - 2]!++
    }
    // Each count is hypergeometric: mean 80, standard deviation 8; six of these over 50 rows are never exceeded by chance.
    for (const count of counts) expect(Math.abs(count - 80)).toBeLessThan(48)
    expect(lines(selectTable(whole, { sample: 0.1, seed: 3 }))).toEqual(
      lines(selectTable(whole, { sample: 5, seed: 3 })),
    )
    expect(memory().tensors).toBe(before)
  })

  it('draw from the rows that the condition leaves', async () => {
    const some = selectTable(await table(), { where: 'age is not missing', sample: 2, seed: 1, columns: ['name'] })
    expect(some.rows).toBe(2)
    expect(lines(some).includes(4)).toBe(false)
    expect(() => selectTable(some, { sample: 0 })).toThrow('selectTable: sample 0; expected a number of rows, or a share between 0 and 1.') // biome-ignore format: one line
  })
})

describe('dates of conditions', () => {
  it('are read as cells are, in UTC wherever the machine stands; a year or a month is its first moment', async () => {
    const table = await readTable({ text: 'w\n2024-01-31\n2024-02-01T10:00\n2024-02-01T12:30:00+02:00\n' })
    const rows = (where: string): number => selectTable(table, { where }).rows
    const zone = process.env['TZ']
    try {
      for (const name of ['UTC', 'America/New_York', 'Asia/Tokyo']) {
        process.env['TZ'] = name
        expect([rows("w = '2024-02-01 10:00'"), rows("w > '2024-02-01 10:15'"), rows("w >= '2024-02'"), rows("w < '2024-02-01'"), rows("w >= '2025'")]).toEqual([1, 1, 2, 1, 0]) // biome-ignore format: one line
      }
    } finally {
      if (zone === undefined) delete process.env['TZ']
      else process.env['TZ'] = zone
    }
    for (const word of ['1/2/2024', 'January 2024', '2024-02-30', '2024-13'])
      expect(() => rows(`w > '${word}'`), word).toThrow(`'${word}' is no date, such as '2024-01-31', at character 5`)
  })
})
