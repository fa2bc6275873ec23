/** One line per tensor, RFC 4180: for spreadsheets and data frames. */
import type { InspectReport } from '../weights/index.js'
import { columns } from './columns.js'

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
  return `${[header, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`
}
