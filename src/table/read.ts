/** A table from a file of any format. */
import { UsageError } from '../core/index.js'
import { readCsv } from './csv.js'
import type { ReadTableOptions, TableInput } from './options.js'
import type { Table } from './types.js'

/**
 * Reads a table. The format is told by the content, then by the name.
 *
 * Throws FormatError for what is no table or a damaged one, UsageError for options that do not fit.
 *
 * @example
 * const table = await readTable({ text: 'a,b\n1,x\n2,y\n' })
 * console.log(table.rows, table.columns.map(({ name, type }) => `${name}: ${type}`))
 */
export async function readTable(input: TableInput, options: ReadTableOptions = {}): Promise<Table> {
  const { format = 'csv', header, delimiter, missing, types, name } = options
  if (format !== 'csv') throw new UsageError(`readTable: '${format}' is not read yet; expected csv.`)
  for (const type of Object.values(types ?? {}))
    if (type !== 'numeric' && type !== 'categorical') throw new UsageError(`readTable: the type '${type}' is not read yet.`) // biome-ignore format: one line
  return readCsv(input, {
    ...(header === undefined ? {} : { header }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(missing === undefined ? {} : { missing }),
    ...(types === undefined ? {} : { types: types as Record<string, 'numeric' | 'categorical'> }),
    ...(name === undefined ? {} : { name }),
  })
}
