/** NumPy's arrays as tables: an array of one or two axes (.npy), or several with as many rows (.npz). NaN is a value; nothing is missing. */
import { FileSource, type NpyHeader, openMember, readNpyHeader, readNpz, type Source } from '../../archive/index.js'
import { FormatError, inert, plural, showShape, withPlace } from '../../core/index.js'
import { chosen, givenTypes } from '../choose.js'
import { mostCells } from '../limits.js'
import { named } from '../names.js'
import { numbersColumn, roundedNote } from '../numbers.js'
import type { ReadTableOptions } from '../options.js'
import type { Column, Table } from '../types.js'
import { elementsOf, hasNumbers } from './elements.js'

/** One array, read when it is wanted. */
interface Part {
  readonly header: NpyHeader
  readonly read: () => Promise<Uint8Array>
  /** Names of its columns. */
  readonly names: readonly string[]
}

/** Columns `column1`, `column2` ... of an array [rows, columns] or [rows]. */
export async function readNpyBlob(blob: Blob, file: string, options: ReadTableOptions): Promise<Table> {
  return placed(file, async () => {
    const source = new FileSource(blob)
    const header = await readNpyHeader((offset, length) => source.read(offset, length), source.size)
    check(header, 'the array', file)
    const names = Array.from({ length: header.shape[1] ?? 1 }, (_, i) => `column${i + 1}`)
    const read = (): Promise<Uint8Array> => source.read(header.dataOffset, header.dataSize)
    return tableOf([{ header, read, names }], [], file, options)
  })
}

/** Columns by the arrays' names; those of an array `x` with two axes are `x.1`, `x.2` ... */
export async function readNpzBlob(blob: Blob, file: string, options: ReadTableOptions): Promise<Table> {
  return placed(file, async () => {
    const source = new FileSource(blob)
    const { arrays, others } = await readNpz(source)
    const warnings = others.map((name) => `'${inert(file)}': '${inert(name)}' in the archive is not an array and was not read.`) // biome-ignore format: one line
    const parts = arrays.map(({ name, member, header }): Part => {
      check(header, `the array '${inert(name)}'`, file)
      const width = header.shape[1]
      const names = width === undefined ? [name] : Array.from({ length: width }, (_, i) => `${name}.${i + 1}`)
      return { header, names, read: () => memberBytes(member, source, header) }
    })
    if (parts.length === 0) throw new FormatError('empty', `'${inert(file)}' has no arrays.`, { file })
    return tableOf(parts, warnings, file, options)
  })
}

async function memberBytes(
  member: Parameters<typeof openMember>[0],
  source: Source,
  { dataOffset, dataSize }: NpyHeader,
): Promise<Uint8Array> {
  // biome-ignore format: one line
  const reader = openMember(member, source)
  try {
    const bytes = new Uint8Array(dataSize)
    await reader.readInto(dataOffset, bytes)
    return bytes
  } finally {
    reader.close()
  }
}

function check({ type, why, dtype, shape }: NpyHeader, what: string, file: string): void {
  if (type === null || !hasNumbers(type)) throw new FormatError('bad-dtype', `'${inert(file)}': ${what} has the dtype '${dtype}', which makes no column: it is ${why ?? 'an array of complex numbers'}.`, { file }) // biome-ignore format: one line
  if (shape.length < 1 || shape.length > 2) throw new FormatError('bad-shape', `'${inert(file)}': ${what} has the shape ${showShape(shape)}; expected one axis (rows) or two (rows, columns).`, { file }) // biome-ignore format: one line
}

async function tableOf(
  parts: readonly Part[],
  warnings: string[],
  file: string,
  options: ReadTableOptions,
): Promise<Table> {
  const all = named(parts.flatMap((part) => part.names), (text) => warnings.push(`'${inert(file)}': ${text}`)) // biome-ignore format: one line
  const wanted = chosen(all, options.columns, file)
  const types = givenTypes(all, options.types, file)
  const columns: Column[] = []
  let rows = -1
  let next = 0
  for (const { header, read, names } of parts) {
    const from = next
    next += names.length
    if (!wanted.slice(from, next).includes(true)) continue
    const [length, width = 1] = header.shape as [number, number?]
    if (rows >= 0 && rows !== length) throw new FormatError('ragged', `'${inert(file)}': '${inert(all[from]!)}' has ${plural(length, 'row')}, and what is before it ${rows}. Try columns: with the names of arrays that belong together.`, { file }) // biome-ignore format: one line
    rows = length
    if (rows * (columns.length + width) > mostCells) throw new FormatError('too-large', `'${inert(file)}' has more than ${mostCells} cells. Try fewer columns.`, { file }) // biome-ignore format: one line
    const bytes = await read()
    const isFortran = header.strides !== null
    for (let i = 0; i < width; i++) {
      if (!wanted[from + i]) continue
      const name = all[from + i]!
      const values = elementsOf(bytes, header.type!, header.bigEndian, isFortran ? i * rows : i, isFortran ? 1 : width, rows) // biome-ignore format: one line
      if (/64$/.test(header.type!) && header.type !== 'f64' && values.some((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER)) warnings.push(roundedNote(name, file)) // biome-ignore format: one line
      const stored = header.type === 'f32' ? ('f32' as const) : null
      const kind = header.type === 'bool' ? 'truth' : 'numbers'
      columns.push(numbersColumn({ name, values, absent: null, kind, stored }, types[from + i]!, file, (row) => `row ${row + 1}, column '${inert(name)}'`)) // biome-ignore format: one line
    }
  }
  return { name: file, rows: Math.max(0, rows), columns, warnings, lineOf: (row) => row + 1 }
}

/** Errors of what reads archives name the file that the caller knows. */
async function placed<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FormatError) error.file = undefined
    throw withPlace(error, { file })
  }
}
