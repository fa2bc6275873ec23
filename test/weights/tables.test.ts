import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspect } from '../../src/weights/index.node.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'normball-tables-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('inspect of tables', () => {
  it('columns of numbers and truth values are tensors of one axis; what is missing is no element; the rest is skipped', async () => {
    const path = join(folder, 'people.csv')
    writeFileSync(
      path,
      'a,ok,city,day,__proto__\n3,true,x,2026-01-01,1\n,false,y,2026-01-02,2\n-4,true,x,2026-01-03,nan\n',
    )
    const [file] = (await inspect(path)).files
    expect(file).toMatchObject({ path, format: 'csv', metadata: { rows: 3, columns: 5 } })
    expect(file!.tensors.map(({ name, dtype, shape, l1, l2, nan }) => [name, dtype, shape, l1, l2, nan])).toEqual([['a', 'f64', [2], 7, 5, 0], ['ok', 'bool', [3], 2, Math.SQRT2, 0], ['__proto__', 'f64', [3], 3, Math.sqrt(5), 1]]) // biome-ignore format: columns
    expect(file!.warnings).toEqual(["column 'a': 1 value of 3 is missing and not measured."])
    expect(file!.skipped.filter(({ what }) => what === 'tensor')).toEqual([
      { name: 'city', dtype: 'categorical', shape: [3], what: 'tensor', why: 'it is a column of categories, and columns of numbers and of truth values are measured.' }, // biome-ignore format: one line
      { name: 'day', dtype: 'time', shape: [3], what: 'tensor', why: 'it is a column of times, and columns of numbers and of truth values are measured.' }, // biome-ignore format: one line
    ])
  })

  it('a table is told by its content where its name does not; a damaged one is an error of its own', async () => {
    const path = join(folder, 'table.data')
    writeFileSync(path, 'a,b\n1,2\n3,4\n')
    expect((await inspect(path)).files[0]!.tensors.map(({ name, l1 }) => [name, l1])).toEqual([['a', 4], ['b', 6]]) // biome-ignore format: pairs
    const file = new File(['{"a":1}\n{"a":2}\n'], 'rows.ndjson')
    expect((await inspect(file)).files[0]).toMatchObject({ format: 'ndjson', bytes: 16, tensors: [{ name: 'a', l1: 3 }] }) // biome-ignore format: one line
    const ragged = join(folder, 'ragged.csv')
    writeFileSync(ragged, 'a,b\n1\n')
    expect((await inspect(ragged)).errors).toMatchObject([{ code: 'ragged', file: ragged }])
  })
})
