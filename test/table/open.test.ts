import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTable, openTableBatches } from '../../src/table/index.node.js'
import { setAside } from '../../src/table/internal.node.js'
import { badCases } from '../badfiles.js'
import { hasShared, sharedPath } from '../shared.js'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'normball-open-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('setAside', () => {
  it('numbers and times come back from the disk as they were, words stay; a small table is left alone', async () => {
    const path = join(folder, 'aside.csv')
    const lines = Array.from({ length: 5000 }, (_, i) => `${i / 7},${i % 3 === 0 ? 'a' : 'b'},2024-01-${1 + (i % 9)},${i % 2 ? '' : -i}`.replace(/-(\d),/, '-0$1,')) // biome-ignore format: one line
    writeFileSync(path, `x,w,t,y\n${lines.join('\n')}\n`)
    const table = await openTable(path)
    expect(table.columns.map(({ type }) => type)).toEqual(['numeric', 'categorical', 'time', 'numeric'])
    expect(setAside(table)).toBe(table)
    const aside = setAside(table, 0)
    expect(aside.rows).toBe(5000)
    // In an order that asks for each again.
    for (const i of [3, 0, 2, 1, 0, 3]) expect(aside.columns[i]).toEqual(table.columns[i])
    expect(aside.columns[1]).toBe(table.columns[1])
    expect(aside.lineOf(7)).toBe(table.lineOf(7))
  })
})

describe('openTable', () => {
  it('reads the file at a path, and its batches', async () => {
    const path = join(folder, 'a table [1]*.csv')
    writeFileSync(path, 'x\n1\n2\n3\n')
    const table = await openTable(path)
    expect([table.name, table.rows]).toEqual([path, 3])
    const sizes: number[] = []
    for await (const batch of openTableBatches(path, { batchRows: 2 })) sizes.push(batch.rows)
    expect(sizes).toEqual([2, 1])
  })

  it('what is no regular file is refused before it is opened', async () => {
    const inner = join(folder, 'inner.csv')
    mkdirSync(inner)
    await expect(openTable(inner)).rejects.toThrow(`'${inner}' is a directory (a folder) and not a regular file; a table has to be one.`) // biome-ignore format: one line
    await expect(openTable(join(folder, 'none.csv'))).rejects.toThrow(`no such file: '${join(folder, 'none.csv')}'.`)
    const pipe = join(folder, 'pipe.csv')
    execFileSync('mkfifo', [pipe])
    await expect(openTable(pipe)).rejects.toThrow('is a pipe (FIFO) and not a regular file')
  })

  it('formats by content, then by name; other files by their own sentence', async () => {
    const open = (name: string, bytes: string | Uint8Array): ReturnType<typeof openTable> => {
      writeFileSync(join(folder, name), bytes)
      return openTable(join(folder, name))
    }
    expect((await open('rows', '{"a":1}\n{"a":2}\n')).columns[0]!.name).toBe('a')
    expect((await open('list.txt.json', '[{"a":1}]')).rows).toBe(1)
    await expect(open('book.csv', 'PK\u0003\u0004xl/workbook.xml')).rejects.toThrow('is a zip archive, such as an Excel workbook (.xlsx), and no table; save the sheet as CSV.') // biome-ignore format: one line
    await expect(open('page.csv', '<!DOCTYPE html><p>')).rejects.toThrow('is an HTML web page and no table')
    await expect(open('t.feather', 'ARROW1\0\0')).rejects.toThrow('is an Arrow (Feather) file, which is not read; save the table as Parquet.') // biome-ignore format: one line
    await expect(open('t.parquet', 'a,b\n1,2\n3,4\n')).rejects.toThrow("the magic number 'PAR1' is not at its end: it is truncated or another format.") // biome-ignore format: one line
  })
})

describe.skipIf(!hasShared)('bad files: tables', () => {
  const cases = ['csv', 'parquet'].flatMap(badCases).filter((one) => one.file)
  it.each(cases.map((one) => [one.id, one] as const))('%s', async (_, one) => {
    const allowed = [one.expect, ...(one.also_ok ?? [])]
    const outcome = await openTable(sharedPath('badfiles', one.file!)).then(
      (table) => ({ table, error: null }),
      (error: Error & { exitCode?: number; file?: string }) => ({ table: null, error }),
    )
    if (outcome.error) {
      expect(allowed, outcome.error.message).toContain('reject')
      expect([outcome.error.exitCode, outcome.error.file]).toEqual([3, sharedPath('badfiles', one.file!)])
      if (one.error_mentions) expect(one.error_mentions.some((word) => outcome.error.message.toLowerCase().includes(word.toLowerCase())), outcome.error.message).toBe(true) // biome-ignore format: one line
      return
    }
    const { columns, warnings = [] } = outcome.table
    expect(allowed.includes(warnings.length > 0 ? 'accept-with-warning' : 'accept'), `${allowed}: ${warnings}`).toBe(true) // biome-ignore format: one line
    for (const [name, wanted] of Object.entries(one.tensors ?? {})) {
      const column = columns.find((other) => other.name === name)
      if (column?.type !== 'numeric') throw new Error(`no column of numbers '${name}'`)
      const finite = column.values.filter(Number.isFinite)
      const l1 = finite.reduce((sum, value) => sum + Math.abs(value), 0)
      expect([column.values.length]).toEqual(wanted.shape)
      expect(Math.abs(l1 - Number(wanted.l1))).toBeLessThanOrEqual(1e-11 * Number(wanted.l1))
      expect(column.values.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0)).toBe(wanted.nan)
    }
  })
})
