/** Tables among the inputs on Node: paths, and `File`s as in a browser. */
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Input, listInputs } from '../checkpoint/index.node.js'
import type { Openable } from './inspect.js'
import { type Measurable, type ReadAsTable, withTables } from './tables.js'

/** The checkpoints and tables that `input` stands for. The tables of a folder are not looked for. */
export async function listWithTables(input: Input): Promise<readonly Openable<Measurable>[]> {
  const listed = await listInputs(input)
  return listed.map((one) => withTables(one, readerOf(input, one.name), () => sizeOf(input, one.name)))
}

function readerOf(input: Input, name: string): ReadAsTable {
  if (input instanceof Blob) return async () => (await import('../table/internal.js')).readTable(input)
  return isPath(input, name) ? async () => (await import('../table/internal.node.js')).openTable(name) : null
}

/** Whether the input is this one file: a folder lists others. */
function isPath(input: Input, name: string): boolean {
  if (typeof input === 'string') return input === name
  return input instanceof URL && input.protocol === 'file:' && fileURLToPath(input) === name
}

const sizeOf = (input: Input, name: string): number => (input instanceof Blob ? input.size : statSync(name).size)
