import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Column, type NumericColumn, readTable, type Table, tableBatches } from '../../src/table/index.js'

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

/** An array as `numpy.save` writes it. */
function npy(descr: string, shape: readonly number[], data: Uint8Array, isFortran = false): Uint8Array<ArrayBuffer> {
  const dict = `{'descr': '${descr}', 'fortran_order': ${isFortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }\n`
  const head = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, dict.length & 255, dict.length >> 8]
  return Uint8Array.from([...head, ...new TextEncoder().encode(dict), ...data])
}
const numbersOf = (column: Column): number[] => Array.from((column as NumericColumn).values)
const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
const readBytes = (bytes: Uint8Array<ArrayBuffer>, options = {}): Promise<Table> => readTable(bytes, { name: 't.npy', ...options }) // biome-ignore format: one line

describe('NumPy words and times', () => {
  it('code points of 32 bits in either order, and bytes of UTF-8', async () => {
    const points = Uint32Array.from([97, 0x1f600, 0, 98, 0, 0, 97, 0x1f600, 0])
    const swapped = Uint8Array.from(bytesOf(points), (_, i) => bytesOf(points)[i - (i % 4) + 3 - (i % 4)]!)
    for (const bytes of [npy('<U3', [3], bytesOf(points)), npy('>U3', [3], swapped), npy('|S5', [3], new TextEncoder().encode('a😀b\0\0\0\0a😀'))]) // biome-ignore format: one line
      expect((await readBytes(bytes)).columns[0]).toMatchObject({ type: 'categorical', categories: ['a😀', 'b'], missing: 0 }) // biome-ignore format: one line
    await expect(readBytes(npy('<U1', [1], bytesOf(Uint32Array.from([0x110000]))))).rejects.toThrow("'t.npy': column 'column1' of <U1 is no text: row 1 holds no text.") // biome-ignore format: one line
    await expect(readBytes(npy('<U3', [3], new Uint8Array(20)))).rejects.toThrow("'t.npy': the data of <U3[3] need 36 bytes and there are 20: the file is truncated or its shape is not true.") // biome-ignore format: one line
  })

  it.each<[string, bigint, number]>([
    ['<M8[ns]', 1_700_000_000_123_456_789n, 1_700_000_000_123 + 456_789 / 1e6],
    ['<M8[us]', -1n, -0.001],
    ['<M8[ms]', 5n, 5],
    ['<M8[25s]', 2n, 50_000],
    ['<M8[D]', 19_000n, 19_000 * 86_400_000],
    ['<M8[W]', 2n, 14 * 86_400_000],
  ])('%s: milliseconds; NaT is missing', async (descr, raw, time) => {
    const column = (await readBytes(npy(descr, [2], bytesOf(BigInt64Array.from([raw, -(2n ** 63n)]))))).columns[0]!
    expect(column).toMatchObject({ type: 'time', missing: 1 })
    expect(numbersOf(column)).toEqual([time, Number.NaN])
  })

  it('months have no fixed length', async () => {
    await expect(readBytes(npy('<M8[M]', [1], new Uint8Array(8)))).rejects.toThrow("the array has the dtype '<M8[M]', which makes no column: it is an array of dates.") // biome-ignore format: one line
  })
})

describe('arrays in batches', () => {
  const values = Float64Array.from({ length: 60 }, (_, i) => i - 7.5)
  it.each([{ isFortran: false }, { isFortran: true }])('Fortran order $isFortran', async ({ isFortran }) => {
    const bytes = npy('<f8', [20, 3], bytesOf(values), isFortran)
    const whole = await readBytes(bytes)
    for (const batchRows of [1, 7, 20, 99]) {
      const all: number[][] = [[], []]
      for await (const batch of tableBatches(bytes, { name: 't.npy', batchRows, columns: ['column[13]'] })) {
        expect(batch.lineOf(0)).toBe(all[0]!.length + 1)
        for (const [i, column] of batch.columns.entries()) all[i]!.push(...numbersOf(column))
      }
      expect(all).toEqual([0, 2].map((i) => numbersOf(whole.columns[i]!)))
    }
  })
})
