/** NDJSON (JSON Lines) and JSON arrays of objects as tables. */
import { FormatError, inert } from '../../core/index.js'
import { utf8Of, wordOf } from '../bytes.js'
import { lookRows } from '../limits.js'
import type { ReadTableOptions } from '../options.js'
import type { ColumnType, Table } from '../types.js'
import { faultIn } from './fault.js'
import { ObjectRows } from './rows.js'

/** A line longer than this is none. */
const longestLine = 1 << 26
/** A JSON array is parsed whole. */
const mostBytes = 1 << 28

/** An object a line. */
export async function readNdjsonBlob(blob: Blob, file: string, options: ReadTableOptions): Promise<Table> {
  const rows = new ObjectRows(file, options, 'line')
  for await (const { object, line } of objectsOf(blob, file, options)) rows.add(object, line)
  return filled(rows, options)
}

/** The table by so many rows at a time, with the columns and types of the first. */
export async function* ndjsonBatches(
  blob: Blob,
  file: string,
  options: ReadTableOptions,
  size: number,
): AsyncGenerator<Table> {
  // biome-ignore format: one line
  const first = new ObjectRows(file, options, 'line')
  for await (const { object, line } of objectsOf(blob, file, options)) {
    first.add(object, line)
    if (first.rows === lookRows) break
  }
  const { columns } = filled(first, options)
  const types: Record<string, ColumnType> = Object.create(null)
  for (const { name, type } of columns) types[name] = type
  const known = new Set(columns.map(({ name }) => name))
  const made = (): ObjectRows => new ObjectRows(file, { ...options, types }, 'line', known)
  let rows = made()
  for await (const { object, line } of objectsOf(blob, file, options)) {
    rows.add(object, line)
    if (rows.rows < size) continue
    yield rows.table()
    rows = made()
  }
  if (rows.rows > 0) yield rows.table()
}

/** A JSON array of objects. */
export async function readJsonBlob(blob: Blob, file: string, options: ReadTableOptions): Promise<Table> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const bytes of utf8Of(blob, file, options.encoding)) {
    parts.push(bytes)
    length += bytes.length
    if (length > mostBytes) throw new FormatError('too-large', `'${inert(file)}' has more than ${mostBytes} bytes, which is too much for one JSON array. Try NDJSON, an object a line.`, { file }) // biome-ignore format: one line
  }
  const bytes = new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer())
  const all = parsed(textOf(bytes, file, ''), file, '')
  if (!Array.isArray(all)) throw new FormatError('bad-json', `'${inert(file)}' holds ${kindOf(all)}; expected an array of objects, or an object a line.`, { file }) // biome-ignore format: one line
  const rows = new ObjectRows(file, options, 'element')
  for (const [i, one] of all.entries()) rows.add(asObject(one, file, ` element ${i + 1}`), i + 1)
  return filled(rows, options)
}

function filled(rows: ObjectRows, { columns }: ReadTableOptions): Table {
  const { file } = rows
  if (rows.rows === 0) throw new FormatError('empty', `'${inert(file)}' has no rows.`, { file })
  const table = rows.table()
  if (table.columns.length === 0) throw new FormatError('empty', `'${inert(file)}' has no columns${columns ? ' that are wanted' : ': its objects are empty'}.`, { file }) // biome-ignore format: one line
  return table
}

async function* objectsOf(
  blob: Blob,
  file: string,
  options: ReadTableOptions,
): AsyncGenerator<{ object: object; line: number }> {
  // biome-ignore format: one line
  let line = 0
  for await (const text of linesOf(utf8Of(blob, file, options.encoding), file)) {
    line++
    if (text.trim() !== '') yield { object: asObject(parsed(text, file, ` line ${line}`), file, ` line ${line}`), line }
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  let rest = new Uint8Array(0)
  let line = 1
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(rest.length + chunk.length)
    bytes.set(rest)
    bytes.set(chunk, rest.length)
    const end = bytes.lastIndexOf(10) + 1
    if (end > 0) {
      const text = wordOf(bytes, 0, end)
      if (text === null) throw badLine(bytes, line, file)
      const lines = text.split('\n')
      lines.pop()
      yield* lines
      line += lines.length
    }
    rest = bytes.slice(end)
    if (rest.length > longestLine) throw new FormatError('too-large', `'${inert(file)}' line ${line} has more than ${longestLine} bytes. Is this an object a line?`, { file }) // biome-ignore format: one line
  }
  if (rest.length > 0) yield textOf(rest, file, ` line ${line}`)
}

/** The first line that is no UTF-8. */
function badLine(bytes: Uint8Array, first: number, file: string): FormatError {
  let line = first
  for (let from = 0; from < bytes.length; line++) {
    const to = bytes.indexOf(10, from) + 1
    if (wordOf(bytes, from, to) === null) break
    from = to
  }
  return notUtf8(file, ` line ${line}`)
}

const notUtf8 = (file: string, place: string): FormatError => new FormatError('bad-utf8', `'${inert(file)}'${place}: the text is not UTF-8 (invalid bytes).`, { file }) // biome-ignore format: one line

function textOf(bytes: Uint8Array, file: string, place: string): string {
  const text = wordOf(bytes, 0, bytes.length)
  if (text === null) throw notUtf8(file, place)
  return text
}

/** JSON, and NaN and Infinity where Python's writers leave them. */
function parsed(text: string, file: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    try {
      if (/NaN|Infinity/.test(text)) return JSON.parse(text.replace(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (one) => (one.startsWith('"') ? one : `"\\u0000${one}"`))) // biome-ignore format: one line
    } catch {
      // The first complaint is about the text as it is.
    }
    throw new FormatError('bad-json', `'${inert(file)}'${placeIn(text, place)} is no JSON: '${inert(text.trim(), 60)}'. Expected ${place === '' ? 'an array of objects' : 'an object'}.`, { file, cause }) // biome-ignore format: one line
  }
}

/** Line and column of the fault. */
function placeIn(text: string, place: string): string {
  const at = faultIn(text)
  if (at === null) return place
  const before = text.slice(0, at).split('\n')
  const column = `column ${before.at(-1)!.length + 1}`
  return place === '' ? ` line ${before.length}, ${column}` : `${place}, ${column}`
}

function asObject(value: unknown, file: string, place: string): object {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value
  throw new FormatError('bad-json', `'${inert(file)}'${place} holds ${kindOf(value)}; expected an object.`, { file })
}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`) // biome-ignore format: one line
