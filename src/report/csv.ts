/** Tables for spreadsheets and data frames, RFC 4180. */
import type { InspectReport } from '../weights/index.js'
import { columns } from './columns.js'
import type { View, ViewTable } from './views/view.js'

/**
 * A cell. Text that a spreadsheet would run as a formula gets a leading apostrophe, as OWASP advises: names come from files that nobody vouches
 * for. Numbers keep full precision.
 */
function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const lineOf = (cells: readonly (string | number | null)[]): string => cells.map(cell).join(',')

/** One line per tensor. */
export function toCsv(report: InspectReport): string {
  const header = ['file', ...columns.map((column) => column.key), 'group', 'sharesWith', 'flags']
  const lines = report.files.flatMap((file) =>
    file.tensors.map((tensor) => [
      file.path,
      ...columns.map((column) => column.value(tensor)),
      tensor.group,
      tensor.sharesWith,
      tensor.flags.map((flag) => flag.code).join(' '),
    ]),
  )
  return `${[header, ...lines].map(lineOf).join('\r\n')}\r\n`
}

/** The view's first table, one line per row, headed by the columns' keys. */
export function viewToCsv(view: View): string {
  const table = view.sections.find((section): section is ViewTable => section.kind === 'table')
  if (!table) return ''
  const lines = [table.columns.map((column) => column.key), ...table.rows.map((row) => row.cells)]
  return `${lines.map(lineOf).join('\r\n')}\r\n`
}
