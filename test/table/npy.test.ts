import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readTable, type Table } from '../../src/table/index.js'

const files = JSON.parse(readFileSync(fileURLToPath(new URL('../oracle/table/numpy.json', import.meta.url)), 'utf8')) as Record<string, string> // biome-ignore format: one line
const read = (name: string, file: string, options = {}): Promise<Table> => readTable(Uint8Array.from(atob(files[name]!), (one) => one.charCodeAt(0)), { name: file, ...options }) // biome-ignore format: one line
const plain = ({ columns }: Table): unknown[] => columns.map((column) => [column.name, column.type, Array.from((column as { values: Float64Array }).values)]) // biome-ignore format: one line

describe('NumPy arrays as tables', () => {
  it.each(['f8', 'f8F', 'be'])('%s: two axes are rows and columns, in either order', async (name) => {
    expect(plain(await read(name, 't.npy'))).toEqual([['column1', 'numeric', [-2.5, -0.5, 1.5]], ['column2', 'numeric', [-1.5, 0.5, 2.5]]]) // biome-ignore format: columns
  })

  it('one axis is one column; halves, truth values, whole numbers of 64 bits', async () => {
    expect(plain(await read('f2', 't.npy'))).toEqual([['column1', 'numeric', [1.5, -0, 65504, 2 ** -24, Number.NaN, Infinity]]]) // biome-ignore format: one line
    expect(plain(await read('bool', 't.npy'))).toEqual([['column1', 'boolean', [1, 0, 1]]])
    const large = await read('i8', 't.npy')
    expect(plain(large)).toEqual([['column1', 'numeric', [-1, 2 ** 53]]])
    expect(large.warnings).toEqual(["'t.npy': column 'column1' has whole numbers beyond 2^53; those that no double holds were rounded to the nearest."]) // biome-ignore format: one line
  })

  it('several arrays with as many rows', async () => {
    const all = await read('npz', 't.npz')
    expect(plain(all)).toEqual([['x.1', 'numeric', [-2.5, -0.5, 1.5]], ['x.2', 'numeric', [-1.5, 0.5, 2.5]], ['label', 'numeric', [0, 1, 1]], ['ok', 'boolean', [1, 0, 1]]]) // biome-ignore format: one line
    expect((await read('npz', 't.npz', { columns: ['x'] })).columns.map(({ name }) => name)).toEqual(['x.1', 'x.2'])
    expect((await read('uneven', 't.npz', { columns: ['y'] })).rows).toBe(2)
    expect((await read('npz', 't.npz', { types: { label: 'categorical' } })).columns[2]).toMatchObject({ categories: ['0', '1'] }) // biome-ignore format: one line
  })

  it.each<[string, string, string, string]>([
    ['arrays of other lengths', 'uneven', 't.npz', "'t.npz': 'y' has 2 rows, and what is before it 3. Try columns: with the names of arrays that belong together."], // biome-ignore format: one line
    ['records', 'struct', 't.npy', "'t.npy': the array has the dtype 'record', which makes no column: it is a record (structured) array; save its fields as arrays of their own."], // biome-ignore format: one line
    ['pickles', 'object', 't.npy', "'t.npy': the array has the dtype '|O', which makes no column: it is an object array, which is a pickle and is never loaded."], // biome-ignore format: one line
    ['three axes', 'cube', 't.npy', "'t.npy': the array has the shape [2, 2, 2]; expected one axis (rows) or two (rows, columns)."], // biome-ignore format: one line
  ])('%s are one clear sentence', async (_, name, file, message) => {
    await expect(read(name, file)).rejects.toThrow(message)
  })
})
