/** Tables as what is measured: every column of numbers or truth values is a tensor of one axis. */
import { BytesSource, type Checkpoint, type Format, type Skipped, type TensorEntry } from '../checkpoint/index.js'
import { inert, NormballError, plural } from '../core/index.js'
import type { Column, Table, TableFormat } from '../table/internal.js'
import type { Openable } from './inspect.js'

/** An open checkpoint, or a table in memory in its form. */
export type Measurable = Omit<Checkpoint, 'format'> & { readonly format: FileFormat }

/** A checkpoint's, or a table's. */
export type FileFormat = Format | TableFormat | 'duckdb'

/** Names that promise a table. Any JSON may be a checkpoint's index. */
const tableNames = /\.(csv|tsv|tab|ndjson|jsonl)(\.gz)?$|\.(parquet|parq|pq|duckdb|ddb)$/i

/** What reads the table of an input, and tells its format; null where it cannot be one (an address, an open source). */
export type ReadAsTable = (() => Promise<{ readonly table: Table; readonly format: TableFormat | 'duckdb' }>) | null

/** A `File` or its like as a table. */
export const readBlob =
  (input: Blob): ReadAsTable =>
  async () => {
    const { formatFor, readTable } = await import('../table/internal.js')
    return { table: await readTable(input), format: await formatFor(input, 'name' in input ? String(input.name) : '', {}) } // biome-ignore format: one line
  }

/** The input as a table, where its name or its content says that it is one, or where the caller does. */
export function withTables(
  { name, open }: Openable,
  read: ReadAsTable,
  bytes: () => number,
  isTable = false,
): Openable<Measurable> {
  // biome-ignore format: one line
  if (read === null) return { name, open }
  const openTable = async (): Promise<Measurable> => {
    const { table, format } = await read()
    return measurable(table, format, bytes())
  }
  return {
    name,
    async open(signal) {
      if (isTable || tableNames.test(name)) return openTable()
      try {
        return await open(signal)
      } catch (error) {
        if (error instanceof NormballError && error.code === 'table') return openTable()
        throw error
      }
    },
  }
}

/** Missing values are no elements; a warning says how many there are. Columns of words and of times are skipped with the reason. */
function measurable(table: Table, format: FileFormat, bytes: number): Measurable {
  const sources: BytesSource[] = []
  const tensors: TensorEntry[] = []
  const skipped: Skipped[] = []
  const warnings = [...(table.warnings ?? [])]
  for (const column of table.columns) {
    const elements = elementsOf(column)
    const { name, missing } = column
    if (elements === null) {
      skipped.push({ name, dtype: column.type, shape: [table.rows], what: 'tensor', why: `it is a column of ${kinds[column.type]}, and columns of numbers and of truth values are measured.` }) // biome-ignore format: one line
      continue
    }
    if (missing > 0) warnings.push(`column '${inert(name)}': ${plural(missing, 'value')} of ${table.rows} ${missing === 1 ? 'is' : 'are'} missing and not measured.`) // biome-ignore format: one line
    tensors.push(entryOf(name, elements, sources.length))
    sources.push(new BytesSource(table.name, new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)))
  }
  return { path: table.name, format, bytes, metadata: { rows: table.rows, columns: table.columns.length }, sources, tensors, skipped, warnings, close: async () => {} } // biome-ignore format: one line
}

const kinds = { numeric: 'numbers', boolean: 'truth values', categorical: 'categories', text: 'text', time: 'times' }

/** The values that are there, of a column of numbers or truth values. */
function elementsOf(column: Column): Float64Array | Float32Array | Uint8Array | null {
  if (column.type !== 'numeric' && column.type !== 'boolean') return null
  const { values, absent } = column
  const present = absent === null ? values : values.filter((_, row) => absent[row] !== 1)
  return column.type === 'numeric' && column.stored === 'f32' ? Float32Array.from(present) : present
}

function entryOf(name: string, elements: Float64Array | Float32Array | Uint8Array, source: number): TensorEntry {
  const type = elements instanceof Float64Array ? 'f64' : elements instanceof Float32Array ? 'f32' : 'bool'
  const shape = [elements.length]
  return {
    name,
    dtype: type,
    shape,
    count: elements.length,
    data: { storage: { kind: 'range', source, offset: 0, length: elements.byteLength }, type, shape, offset: 0, strides: null, bigEndian: false }, // biome-ignore format: one line
    kind: 'unknown',
    outAxis: null,
    groups: null,
    group: 'model',
    sharesWith: null,
  }
}
