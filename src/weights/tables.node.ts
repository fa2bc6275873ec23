/** Tables among the inputs on Node: paths, and `File`s as in a browser. */
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Input, listInputs } from '../checkpoint/index.node.js'
import { UsageError } from '../core/index.js'
import type { OpenTableOptions } from '../table/internal.node.js'
import type { Openable } from './inspect.js'
import { type Measurable, type ReadAsTable, readBlob, withTables } from './tables.js'

/** The checkpoints and tables that `input` stands for; with `sql` it is one table. The tables of a folder are not looked for. */
export async function listWithTables(
  input: Input,
  options: OpenTableOptions,
): Promise<readonly Openable<Measurable>[]> {
  const { sql } = options
  const listed = await listInputs(input)
  return listed.map((one) => {
    const read = readerOf(input, one.name, options)
    if (sql !== undefined && (read === null || input instanceof Blob)) throw new UsageError('inspect: sql is for tables that are given by their path.') // biome-ignore format: one line
    return withTables(one, read, () => sizeOf(input, one.name), sql !== undefined)
  })
}

function readerOf(input: Input, name: string, options: OpenTableOptions): ReadAsTable {
  if (input instanceof Blob) return readBlob(input)
  if (!isPath(input, name)) return null
  return async () => {
    const { openTable, tableFormat } = await import('../table/internal.node.js')
    return { table: await openTable(name, options), format: await tableFormat(name) }
  }
}

/** Whether the input is this one file: a folder lists others. */
function isPath(input: Input, name: string): boolean {
  if (typeof input === 'string') return input === name
  return input instanceof URL && input.protocol === 'file:' && fileURLToPath(input) === name
}

const sizeOf = (input: Input, name: string): number => (input instanceof Blob ? input.size : statSync(name).size)
