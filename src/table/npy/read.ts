/** NumPy's arrays as tables: an array of one or two axes (.npy), or several with as many rows (.npz). NaN is a value; only NaT is missing. */
import { FileSource, type NpyHeader, openMember, readNpyHeader, readNpz, type Source } from '../../archive/index.js'
import { FormatError, inert, plural, showShape, withPlace } from '../../core/index.js'
import { chosen, givenTypes } from '../choose.js'
import { lookRows, mostCells } from '../limits.js'
import { named } from '../names.js'
import { numbersColumn, roundedNote } from '../numbers.js'
import type { ReadTableOptions } from '../options.js'
import type { Column, ColumnType, Table } from '../types.js'
import { wordsColumn } from '../words.js'
import { type Elements, elementsOf, numbersAt, type Places, wordsAt } from './elements.js'

/** A name each is made for them. */
const mostColumns = 2 ** 20

/** One array, read when it is wanted. */
interface Part {
  readonly header: NpyHeader
  readonly elements: Elements
  /** Its data, whole. */
  readonly read: () => Promise<Uint8Array>
  /** Names of its columns. */
  readonly names: readonly string[]
}

/** Columns `column1`, `column2` ... of an array [rows, columns] or [rows]. */
export async function readNpyBlob(blob: Blob, file: string, options: ReadTableOptions): Promise<Table> {
  return placed(file, async () => {
    const { source, header, elements, names } = await openNpy(blob, file)
    const read = (): Promise<Uint8Array> => source.read(header.dataOffset, bytesOf(header, elements))
    return tableOf([{ header, elements, read, names }], [], file, options)
  })
}

/** The rows by so many at a time, of which memory holds those alone; types as the first show them. */
export async function* npyBatches(
  blob: Blob,
  file: string,
  options: ReadTableOptions,
  size: number,
): AsyncGenerator<Table> {
  // biome-ignore format: one line
  const opened = await placed(file, () => openNpy(blob, file))
  const { header: { shape, strides, dataOffset }, elements, names, source } = opened // biome-ignore format: one line
  const wanted = chosen(names, options.columns, file)
  const given = givenTypes(names, options.types, file)
  const [length, width = 1] = shape as [number, number?]
  const read = (first: number, count: number): Promise<Uint8Array> => source.read(dataOffset + first * elements.bytes, count * elements.bytes) // biome-ignore format: one line
  const part = async (from: number, rows: number, types: readonly (ColumnType | null)[]): Promise<Table> => {
    const columns: Column[] = []
    const warnings: string[] = []
    const block = strides === null ? await read(from * width, rows * width) : null
    for (const [i, name] of names.entries()) {
      if (!wanted[i]) continue
      const bytes = block ?? (await read(i * length + from, rows))
      const places = { first: block ? i : 0, step: block ? width : 1, count: rows }
      columns.push(columnOf(opened, bytes, places, name, types[i]!, file, from, warnings))
    }
    return { name: file, rows, columns, warnings, lineOf: (row) => from + row + 1 }
  }
  const first = await placed(file, () => part(0, Math.min(length, lookRows), given))
  const told = new Map(first.columns.map((column) => [column.name, column.type]))
  const types = names.map((name, i) => told.get(name) ?? given[i] ?? null)
  for (let from = 0; from < length && width > 0; from += size) yield placed(file, () => part(from, Math.min(size, length - from), types)) // biome-ignore format: one line
}

async function openNpy(
  blob: Blob,
  file: string,
): Promise<{ source: Source; header: NpyHeader; elements: Elements; names: string[] }> {
  // biome-ignore format: one line
  const source = new FileSource(blob)
  const header = await readNpyHeader((offset, length) => source.read(offset, length), source.size)
  const elements = elementsOf(header)
  const why = elements === null ? faultOf(header) : shapeFault(header)
  if (elements === null || why !== null) throw refused(header, 'the array', why ?? '', file)
  if (header.dataOffset + bytesOf(header, elements) > source.size) throw new FormatError('truncated', `'${inert(file)}': the data of ${header.dtype}${showShape(header.shape)} need ${bytesOf(header, elements)} bytes and there are ${source.size - header.dataOffset}: the file is truncated or its shape is not true.`, { file }) // biome-ignore format: one line
  const names = Array.from({ length: header.shape[1] ?? 1 }, (_, i) => `column${i + 1}`)
  return { source, header, elements, names }
}

/** Columns by the arrays' names; those of an array `x` with two axes are `x.1`, `x.2` ... What makes no column is left out with a warning. */
export async function readNpzBlob(blob: Blob, file: string, options: ReadTableOptions): Promise<Table> {
  return placed(file, async () => {
    const source = new FileSource(blob)
    const { arrays, others } = await readNpz(source)
    const warnings = others.map((name) => `'${inert(file)}': '${inert(name)}' in the archive is not an array and was not read.`) // biome-ignore format: one line
    const parts: Part[] = []
    let first: FormatError | null = null
    for (const { name, member, header } of arrays) {
      const elements = elementsOf(header)
      const why = elements === null ? faultOf(header) : shapeFault(header)
      if (elements === null || why !== null) {
        first ??= refused(header, `the array '${inert(name)}'`, why ?? '', file)
        warnings.push(`'${inert(file)}': the array '${inert(name)}' of ${header.dtype}${showShape(header.shape)} was left out: it makes no column.`) // biome-ignore format: one line
        continue
      }
      const width = header.shape[1]
      const names = width === undefined ? [name] : Array.from({ length: width }, (_, i) => `${name}.${i + 1}`)
      parts.push({ header, elements, names, read: () => memberBytes(member, source, header, bytesOf(header, elements)) }) // biome-ignore format: one line
    }
    if (parts.length === 0) throw first ?? new FormatError('empty', `'${inert(file)}' has no arrays.`, { file })
    return tableOf(parts, warnings, file, options)
  })
}

const bytesOf = ({ count }: NpyHeader, { bytes }: Elements): number => count * bytes

async function memberBytes(
  member: Parameters<typeof openMember>[0],
  source: Source,
  { dataOffset }: NpyHeader,
  size: number,
): Promise<Uint8Array> {
  if (dataOffset + size !== member.size) throw new FormatError('size-mismatch', `npz: the entry '${inert(member.name)}' has ${member.size} bytes, and its array ends at ${dataOffset + size}.`) // biome-ignore format: one line
  const reader = openMember(member, source)
  try {
    const bytes = new Uint8Array(size)
    await reader.readInto(dataOffset, bytes)
    return bytes
  } finally {
    reader.close()
  }
}

/** Why elements make no column. */
const faultOf = ({ dtype, why }: NpyHeader): string =>
  `the dtype '${dtype}', which makes no column: it is ${why ?? 'an array of complex numbers'}`

function shapeFault({ shape }: NpyHeader): string | null {
  if (shape.length < 1 || shape.length > 2)
    return `the shape ${showShape(shape)}; expected one axis (rows) or two (rows, columns)`
  return (shape[1] ?? 0) > mostColumns ? `${shape[1]} columns; expected at most ${mostColumns}` : null
}

const refused = (header: NpyHeader, what: string, why: string, file: string): FormatError => new FormatError(elementsOf(header) === null ? 'bad-dtype' : 'bad-shape', `'${inert(file)}': ${what} has ${why}.`, { file }) // biome-ignore format: one line

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
  for (const part of parts) {
    const { header, read, names } = part
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
      const places = { first: isFortran ? i * rows : i, step: isFortran ? 1 : width, count: rows }
      columns.push(columnOf(part, bytes, places, all[from + i]!, types[from + i]!, file, 0, warnings))
    }
  }
  return { name: file, rows: Math.max(0, rows), columns, warnings, lineOf: (row) => row + 1 }
}

/** A column of the elements; `from`: the first row. */
function columnOf(
  { header, elements }: Pick<Part, 'header' | 'elements'>,
  bytes: Uint8Array,
  places: Places,
  name: string,
  type: ColumnType | null,
  file: string,
  from: number,
  warnings: string[],
): Column {
  const placeOf = (row: number): string => `row ${from + row + 1}, column '${inert(name)}'`
  if (elements.kind === 'words') {
    try {
      const words = wordsAt(bytes, elements, places)
      if (type !== 'numeric') return wordsColumn({ name, ...words }, type, file, placeOf)
    } catch (cause) {
      if (cause instanceof FormatError) throw cause
      throw new FormatError('bad-utf8', `'${inert(file)}': column '${inert(name)}' of ${header.dtype} is no text: ${(cause as Error).message}.`, { file, cause }) // biome-ignore format: one line
    }
    throw new FormatError('bad-number', `'${inert(file)}': column '${inert(name)}' holds words of the dtype ${header.dtype}, no numbers.`, { file }) // biome-ignore format: one line
  }
  const values = numbersAt(bytes, elements, places)
  const isLong = header.type === 'i64' || header.type === 'u64'
  if (isLong && values.some((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER)) warnings.push(roundedNote(name, file)) // biome-ignore format: one line
  const absent = elements.kind === 'times' ? Uint8Array.from(values, (value) => (Number.isNaN(value) ? 1 : 0)) : null
  const stored = header.type === 'f32' ? ('f32' as const) : null
  return numbersColumn({ name, values, absent, kind: elements.kind, stored }, type, file, placeOf)
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
