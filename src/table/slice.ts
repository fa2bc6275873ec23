/** Rows of a table, one after the other. */
import { absentOf } from './grow.js'
import type { Column, Table } from './types.js'

/** Rows `from` to `to` (not with it); numbers are shared with the table. */
export function sliceTable(table: Table, from: number, to: number): Table {
  const columns = table.columns.map((column): Column => {
    const kept = absentOf(column.absent?.subarray(from, to) ?? null)
    if (column.type === 'categorical') return { ...column, ...kept, codes: column.codes.subarray(from, to) }
    if (column.type === 'text') return { ...column, ...kept, values: column.values.slice(from, to) }
    if (column.type === 'boolean') return { ...column, ...kept, values: column.values.subarray(from, to) }
    return { ...column, ...kept, values: column.values.subarray(from, to) }
  })
  return { ...table, rows: to - from, columns, lineOf: (row) => table.lineOf(from + row) }
}
