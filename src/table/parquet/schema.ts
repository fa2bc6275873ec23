/** Which columns a Parquet file has, and where they lie: its metadata, checked against itself and the file's size before anything is read by it. */
import type { ColumnChunk, FileMetaData, SchemaElement } from 'hyparquet'
import { FormatError, inert } from '../../core/index.js'
import { shownNumber } from './thrift.js'

/** One column of plain values, with what its values may lack. */
export interface Leaf {
  readonly path: readonly string[]
  readonly name: string
  readonly element: SchemaElement
  /** How many of its levels may be null. */
  readonly maxDefinition: number
  /** Lists and maps, whose values are no column. */
  readonly isRepeated: boolean
}

export interface Chunk {
  readonly meta: NonNullable<ColumnChunk['meta_data']>
  readonly rows: number
  /** Bytes of the file. */
  readonly from: number
  readonly to: number
}

export interface Layout {
  readonly rows: number
  readonly leaves: readonly Leaf[]
  /** By row group, then by leaf. */
  readonly groups: readonly (readonly Chunk[])[]
}

const deepest = 64
const codecs = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD', 'LZ4', 'LZ4_RAW']

/** Throws FormatError for metadata that contradicts itself or the file. `dataEnd`: where the footer begins. */
export function layoutOf(metadata: FileMetaData, dataEnd: number, file: string): Layout {
  const fail = (code: string, what: string): never => {
    throw new FormatError(code, `'${inert(file)}': the Parquet metadata is wrong: ${what}.`, { file })
  }
  const leaves = leavesOf(metadata.schema, fail)
  const count = (value: unknown, what: string): number => {
    const number = typeof value === 'bigint' ? Number(value) : value
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : fail('bad-count', `${what} is ${shownNumber(value)}, which is no possible number`) // biome-ignore format: one line
  }
  const total = count(metadata.num_rows, 'the number of rows')
  let sum = 0
  const groups = metadata.row_groups.map((group, g) => {
    const rows = count(group.num_rows, `the number of rows of row group ${g + 1}`)
    sum += rows
    if (group.columns.length !== leaves.length) fail('mismatch', `row group ${g + 1} has ${group.columns.length} columns, and the schema ${leaves.length}`) // biome-ignore format: one line
    return group.columns.map((column, i) => {
      const leaf = leaves[i]!
      const where = `column '${inert(leaf.name, 60)}' of row group ${g + 1}`
      if (column.file_path) fail('external-file', `${where} says that its data are in another file ('${inert(column.file_path, 60)}', file_path), which is not opened`) // biome-ignore format: one line
      if (column.crypto_metadata !== undefined || column.encrypted_column_metadata !== undefined) fail('encrypted', `${where} is encrypted`) // biome-ignore format: one line
      const meta = column.meta_data ?? fail('bad-metadata', `${where} has no metadata`)
      if (meta.path_in_schema.join('\0') !== leaf.path.join('\0') || meta.type !== leaf.element.type) fail('mismatch', `${where} is '${inert(meta.path_in_schema.join('.'), 60)}' of type ${inert(String(meta.type), 20)} there, unlike the schema's ${leaf.element.type}`) // biome-ignore format: one line
      if (!codecs.includes(meta.codec)) fail('compression', `${where} has an unsupported compression codec (${inert(String(meta.codec), 20)}); expected ${codecs.join(', ')}`) // biome-ignore format: one line
      const values = count(meta.num_values, `the number of values of ${where}`)
      if (!leaf.isRepeated && values !== rows) fail('mismatch', `${where} has ${values} values, and the group ${rows} rows`) // biome-ignore format: one line
      const size = count(meta.total_compressed_size, `the size of ${where}`)
      const data = count(meta.data_page_offset, `the page offset of ${where}`)
      const dictionary = count(meta.dictionary_page_offset ?? 0, `the dictionary's page offset of ${where}`)
      const from = dictionary > 0 && dictionary < data ? dictionary : data
      if (rows > 0 && (from < 4 || data >= from + size || from + size > dataEnd)) fail('bad-offset', `${where} lies at offset ${from} with ${size} bytes, outside the data of the file, which end at ${dataEnd}`) // biome-ignore format: one line
      return { meta, rows, from, to: from + size }
    })
  })
  if (sum !== total) fail('mismatch', `it has ${total} rows, and its row groups ${sum}`)
  return { rows: total, leaves, groups }
}

/** The columns of the tree that the schema lists depth first. */
function leavesOf(schema: readonly SchemaElement[], fail: (code: string, what: string) => never): Leaf[] {
  const leaves: Leaf[] = []
  let next = 0
  const visit = (path: readonly string[], maxDefinition: number, isRepeated: boolean): void => {
    if (path.length > deepest) fail('deep-nesting', `the schema nests deeper than ${deepest} levels`)
    const element = schema[next++] ?? fail('truncated', 'the schema has fewer elements than it says (children)')
    const isRoot = next === 1
    if (typeof element.name !== 'string') fail('bad-name', 'a column of the schema has no name')
    // What no UTF-8 is was decoded to this character.
    if (element.name.includes('\ufffd')) fail('bad-utf8', `the name of a column is not UTF-8 ('${inert(element.name, 60)}')`) // biome-ignore format: one line
    const below = isRoot ? [] : [...path, element.name]
    const definition = maxDefinition + (isRoot || element.repetition_type === 'REQUIRED' ? 0 : 1)
    const repeated = isRepeated || element.repetition_type === 'REPEATED'
    if (!isRoot && element.repetition_type === undefined) fail('bad-metadata', `column '${inert(element.name, 60)}' has no repetition type`) // biome-ignore format: one line
    const children = element.num_children ?? 0
    if (!Number.isInteger(children) || children < 0 || children > schema.length - next) fail('bad-count', `'${inert(element.name, 60)}' of the schema has ${inert(String(children), 20)} children, and ${schema.length - next} elements follow`) // biome-ignore format: one line
    if (children === 0 && !isRoot) {
      if (element.type === undefined) fail('bad-dtype', `column '${inert(element.name, 60)}' has an unknown type`)
      leaves.push({ path: below, name: below.join('.'), element, maxDefinition: definition, isRepeated: repeated })
    }
    for (let i = 0; i < children; i++) visit(below, definition, repeated)
  }
  visit([], 0, false)
  if (next !== schema.length) fail('mismatch', `the schema has ${schema.length} elements, and its tree ${next}`)
  return leaves
}
