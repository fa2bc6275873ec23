/** A table whose numbers wait in a temporary file while another is read: memory then holds one large table, not two. */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SystemError } from '../core/index.js'
import type { NumericColumn, Table, TimeColumn } from './types.js'

/** Bytes of numbers from which it is worth a file. */
const fewestBytes = 1 << 27
/** Bytes that are read or written by one call. */
const pieceBytes = 1 << 26

type Numbers = NumericColumn | TimeColumn

/**
 * The table with its columns of numbers and times on disk: each is read when its `values` are asked for, and the last one is kept, so they are for use
 * column by column. The table itself where it is small, or where the disk has no room. The file has no name once it is open: nothing is left of it
 * however the program ends.
 */
export function setAside(table: Table, fewest = fewestBytes): Table {
  const aside = table.columns.filter((column): column is Numbers => column.type === 'numeric' || column.type === 'time')
  if (aside.reduce((sum, { values }) => sum + values.byteLength, 0) < fewest) return table
  let file: number
  try {
    file = written(aside)
  } catch {
    return table
  }
  const valuesAt = readerOf(file, table.rows)
  let place = 0
  const columns = table.columns.map((column) =>
    column === aside[place] ? lazy(aside[place]!, place++, valuesAt) : column,
  )
  return { ...table, columns }
}

/** The numbers of a place; those of the last one are kept. A function of its own, and `lazy` too: what they enclose must not hold the table. */
function readerOf(file: number, rows: number): (place: number) => Float64Array {
  let last: { readonly place: number; readonly values: Float64Array } | null = null
  return (place) => {
    if (last?.place !== place) last = { place, values: readBack(file, place * 8 * rows, rows) }
    return last.values
  }
}

function lazy<T extends Numbers>(
  { values: _, ...rest }: T,
  place: number,
  valuesAt: (place: number) => Float64Array,
): T {
  return Object.defineProperty(rest, 'values', { enumerable: true, get: () => valuesAt(place) }) as unknown as T
}

function written(columns: readonly Numbers[]): number {
  const path = join(tmpdir(), `normball-${randomBytes(12).toString('hex')}`)
  const file = openSync(path, 'wx+', 0o600)
  try {
    unlinkSync(path)
    for (const { values } of columns) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, Math.min(pieceBytes, bytes.length - at))
    }
    return file
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function readBack(file: number, from: number, count: number): Float64Array {
  const values = new Float64Array(count)
  const bytes = new Uint8Array(values.buffer)
  for (let at = 0; at < bytes.length; ) {
    const read = readSync(file, bytes, at, Math.min(pieceBytes, bytes.length - at), from + at)
    if (read === 0) throw new SystemError('changed-while-read', 'the temporary file became shorter while it was read.')
    at += read
  }
  return values
}
