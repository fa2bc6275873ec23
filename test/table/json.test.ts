import { describe, expect, it } from 'vitest'
import { type Column, readTable, type Table, tableBatches } from '../../src/table/index.js'
import { faultIn } from '../../src/table/json/fault.js'

const read = (text: string, options = {}): Promise<Table> => readTable({ text }, { name: 't.ndjson', ...options })
const values = (column: Column): unknown[] => column.type === 'categorical' ? Array.from(column.codes, (code) => column.categories[code] ?? null) : Array.from(column.values as ArrayLike<unknown>) // biome-ignore format: one line
const plain = ({ columns }: Table): unknown[] => columns.map((column) => [column.name, column.type, values(column), column.missing]) // biome-ignore format: one line

describe('NDJSON', () => {
  it('columns by keys: numbers, truth values, words, times; missing keys and null are missing, the empty word is not', async () => {
    const table = await read('{"n":1.5,"b":true,"w":"","t":"2026-11-21"}\n\n{"n":null,"b":false,"w":"x"}\n{"w":null,"b":true,"n":-2e3,"t":"1970-01-01T00:00:01Z"}') // biome-ignore format: one line
    expect(plain(table)).toEqual([
      ['n', 'numeric', [1.5, Number.NaN, -2000], 1],
      ['b', 'boolean', [1, 0, 1], 0],
      ['w', 'categorical', ['', 'x', null], 1],
      ['t', 'time', [Date.UTC(2026, 10, 21), Number.NaN, 1000], 1],
    ])
    expect([0, 1, 2].map(table.lineOf)).toEqual([1, 3, 4])
    expect(table.warnings).toEqual([])
  })

  it('nested objects are columns with dots, arrays are their JSON, names of Object.prototype are names', async () => {
    const table = await read('{"a":{"x":1,"y":{"z":"p"}},"l":[1,2],"__proto__":3,"constructor":4}\n{"a":{"x":2},"__proto__":{"toString":5}}') // biome-ignore format: one line
    expect(plain(table)).toEqual([
      ['a.x', 'numeric', [1, 2], 0],
      ['a.y.z', 'categorical', ['p', null], 1],
      ['l', 'categorical', ['[1,2]', null], 1],
      ['__proto__', 'numeric', [3, Number.NaN], 1],
      ['constructor', 'numeric', [4, Number.NaN], 1],
      ['__proto__.toString', 'numeric', [Number.NaN, 5], 1],
    ])
    expect(({} as Record<string, unknown>)['toString']).toBe(Object.prototype.toString)
  })

  it('columns of all kinds of values are words, with a warning where numbers prevail', async () => {
    const table = await read('{"a":1}\n{"a":2}\n{"a":"three"}\n{"a":4}')
    expect(plain(table)).toEqual([['a', 'categorical', ['1', '2', 'three', '4'], 0]])
    expect(table.warnings).toEqual(["'t.ndjson' line 3, column 'a': 'three' is no number, and 3 of the 4 values of column 'a' are, so all were read as words. If it stands for a missing value, try missing: ['three']."]) // biome-ignore format: one line
    expect(plain(await read('{"a":1}\n{"a":"-"}', { missing: ['-'] }))).toEqual([['a', 'numeric', [1, Number.NaN], 1]])
    expect(plain(await read('{"a":"1"}\n{"a":"02"}'))).toEqual([['a', 'categorical', ['1', '02'], 0]])
    expect(plain(await read('{"a":"1"}\n{"a":"02"}', { types: { a: 'numeric' } }))).toEqual([['a', 'numeric', [1, 2], 0]]) // biome-ignore format: one line
    expect(plain(await read('{"a":1}\n{"a":0}', { types: { a: 'boolean' } }))).toEqual([['a', 'boolean', [1, 0], 0]])
  })

  it('NaN and infinities as Python writes them are numbers; whole numbers beyond 2^53 are told', async () => {
    expect(plain(await read('{"a":NaN,"s":"NaN"}\n{"a":-Infinity,"s":"a\\"NaN"}'))).toEqual([['a', 'numeric', [Number.NaN, -Infinity], 0], ['s', 'categorical', ['NaN', 'a"NaN'], 0]]) // biome-ignore format: one line
    expect((await read('{"a":9007199254740993}')).warnings).toEqual(["'t.ndjson': column 'a' has whole numbers beyond 2^53; those that no double holds were rounded to the nearest."]) // biome-ignore format: one line
  })

  it('JSON arrays of objects', async () => {
    const table = await readTable({ text: ' [\n{"a":1},{"b":"x"}]' })
    expect(plain(table)).toEqual([['a', 'numeric', [1, Number.NaN], 1], ['b', 'categorical', [null, 'x'], 1]]) // biome-ignore format: columns
  })

  it('only wanted columns', async () => {
    expect((await read('{"a1":1,"b":2,"a2":3}', { columns: ['a*'] })).columns.map(({ name }) => name)).toEqual(['a1', 'a2']) // biome-ignore format: one line
  })

  it.each<[string, string | Uint8Array, object, string]>([
    ['no JSON', '{"a":1}\n{"a":}\n', {}, "'t.ndjson' line 2, column 6 is no JSON: '{\"a\":}'. Expected an object."],
    ['an array a line', '{"a":1}\n[1]\n', {}, "'t.ndjson' line 2 holds an array; expected an object."],
    ['a name twice', '{"a.b":1,"a":{"b":2}}', {}, "'t.ndjson' line 1: column 'a.b' is there twice (duplicate), once as a name with a dot and once as a nested name."], // biome-ignore format: one line
    ['a word in a column of numbers', '{"a":1}\n{"a":"x"}', { types: { a: 'numeric' } }, "'t.ndjson' line 2, column 'a': 'x' is no number."], // biome-ignore format: one line
    ['no time', '{"a":"2026-02-30"}', { types: { a: 'time' } }, "'t.ndjson' line 1, column 'a': '2026-02-30' is no date or date-time of ISO 8601 (2026-11-21, 2026-11-21T23:38:24Z)."], // biome-ignore format: one line
    ['bytes that are no UTF-8', Uint8Array.of(123, 34, 97, 34, 58, 49, 125, 10, 123, 34, 255, 34, 58, 49, 125), {}, "'t.ndjson' line 2: the text is not UTF-8 (invalid bytes)."], // biome-ignore format: one line
    ['nothing but empty lines', '\n\n', {}, "'t.ndjson' has no rows."],
    ['a type that is none', '{"a":1}', { types: { a: 'float' } }, "readTable: 'float' is no type of a column; expected numeric, categorical, boolean, text, time."], // biome-ignore format: one line
  ])('%s is one clear sentence', async (_, given, options, message) => {
    const input = typeof given === 'string' ? { text: given } : given
    await expect(readTable(input, { name: 't.ndjson', ...options } as object)).rejects.toThrow(message)
  })
})

describe('tableBatches', () => {
  it.each([
    ['csv', 't.csv', `x,w\n${Array.from({ length: 25 }, (_, i) => `${i},w${i % 3}`).join('\n')}`],
    ['ndjson', 't.ndjson', Array.from({ length: 25 }, (_, i) => `{"x":${i},"w":"w${i % 3}"}`).join('\n')],
    ['json', 't.json', `[${Array.from({ length: 25 }, (_, i) => `{"x":${i},"w":"w${i % 3}"}`).join(',')}]`],
  ])('%s: the rows of the table, so many at a time', async (_, name, text) => {
    const whole = await readTable({ text }, { name })
    const seen: unknown[][] = [[], []]
    const sizes: number[] = []
    const lines: number[] = []
    for await (const batch of tableBatches({ text }, { name, batchRows: 10 })) {
      sizes.push(batch.rows)
      lines.push(batch.lineOf(0))
      for (const [i, column] of batch.columns.entries()) seen[i]!.push(...values(column))
    }
    expect(sizes).toEqual([10, 10, 5])
    expect(lines).toEqual([0, 10, 20].map(whole.lineOf))
    expect(seen).toEqual(whole.columns.map(values))
  })

  it('a value that does not fit the type of the first rows is an error with its line', async () => {
    const text = `x\n${'1\n'.repeat(10_000)}word\n`
    await expect(async () => {
      for await (const _ of tableBatches({ text }, { name: 't.csv' }));
    }).rejects.toThrow("'t.csv' line 10002, column 'x': 'word' is no number.")
    const late = `${'{"a":1}\n'.repeat(10_000)}{"b":1}`
    await expect(async () => {
      for await (const _ of tableBatches({ text: late }, { name: 't.ndjson' })) ;
    }).rejects.toThrow("'t.ndjson' line 10001 has the column 'b', which the first rows have not. Try columns: with the names that are wanted.") // biome-ignore format: one line
  })
})

describe('where JSON is not what it seems', () => {
  const told = (text: string, name: string): Promise<unknown> => readTable({ text }, { name }).then((table) => table, (error: Error) => error.message) // biome-ignore format: one line

  it('faults of an array have line and column', async () => {
    expect(await told('[{"a":1},\n {"a":}]\n', 't.json')).toMatch(/^'t.json' line 2, column 7 is no JSON: /)
    expect(await told('[{"a":1},\n {"a":2}', 't.json')).toMatch(/^'t.json' line 2, column 9 is no JSON: /)
  })

  it.each<[string, number | null]>([
    ['{"a":1, "b":[true, null, -1.5e3, {}, []]}', null],
    ['[NaN, -Infinity]', null],
    ['', 0],
    ['{', 1],
    ['{"a" 1}', 5],
    ['{"a":1,}', 7],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['[01]', 2],
    ['"a\\x"', 0],
    ['1 2', 2],
    ['[1}', 2],
    ['{"a":1', 6],
    ['[nul]', 1],
  ])('the fault in %s is at %s', (text, at) => {
    expect(faultIn(text)).toBe(at)
    if (at !== null) expect(() => JSON.parse(text)).toThrow()
  })

  it('a .json of an object a line is read as such', async () => {
    expect(await told('{"a":1}\n{"a":2}\n', 't.json')).toMatchObject({ rows: 2 })
    expect(await told('{"a":[1,2]}', 't.json')).toBe("'t.json' holds an object; expected an array of objects, or an object a line.") // biome-ignore format: one line
    expect(await told('{\n"a":\n{"b":1}}', 't.json')).toMatch('holds an object')
  })

  it('a word among numbers is told also where it comes first', async () => {
    const table = await readTable({ text: '{"a":"x"}\n{"a":1}\n{"a":2}\n' }, { name: 't.ndjson' })
    expect(table.warnings).toEqual(["'t.ndjson' line 1, column 'a': 'x' is no number, and 2 of the 3 values of column 'a' are, so all were read as words. If it stands for a missing value, try missing: ['x']."]) // biome-ignore format: one line
  })
})
