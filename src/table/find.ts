/** Columns by name, and the sentence where one is not there. */
import { closest, inert, plural, UsageError } from '../core/index.js'
import type { Column, Table } from './types.js'

/** The column of that name. `op` is named in the error, which lists what the table has and guesses what was meant. */
export function findColumn(table: Table, name: string, op: string): Column {
  const column = table.columns.find((one) => one.name === name)
  if (column !== undefined) return column
  const names = table.columns.map((one) => one.name)
  const near = closest(name, names)[0]
  throw new UsageError(
    `${op}: '${inert(table.name)}' has no column '${inert(name)}'; it has ${plural(names.length, 'column')}: ${listNames(names)}.${near === undefined ? '' : ` Did you mean '${inert(near)}'?`}`,
  )
}

/** `'a', 'b', ...`: the first eight. */
export function listNames(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map((one) => `'${inert(one, 60)}'`)
  return `${shown.join(', ')}${names.length > most ? ', ...' : ''}`
}

/** What stands in a row of a column as text: numbers as JavaScript writes them, booleans true and false, times in ISO 8601; null where it is missing. */
export function cellText(column: Column, row: number): string | null {
  if (column.absent?.[row] === 1) return null
  switch (column.type) {
    case 'categorical':
      return column.categories[column.codes[row]!] ?? null
    case 'boolean':
      return column.values[row] === 1 ? 'true' : 'false'
    case 'text':
      return column.values[row]!
    case 'time': {
      const date = new Date(column.values[row]!)
      return Number.isNaN(date.getTime()) ? null : date.toISOString()
    }
    case 'numeric':
      return String(column.values[row])
  }
}
