/** Tables for spreadsheets and data frames, RFC 4180. */
import type { InspectReport } from '../weights/index.js'
import { columns } from './columns.js'
import type { CellValue, Section, View, ViewTable } from './views/view.js'

/**
 * A cell. Text that a spreadsheet would run as a formula gets a leading apostrophe, as OWASP advises: names come from files that nobody vouches
 * for. Numbers keep full precision.
 */
function cell(value: CellValue): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const lineOf = (cells: readonly CellValue[]): string => cells.map(cell).join(',')

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

/**
 * The view's main table, or its first, one line per row, headed by the columns' keys, and by `flags` where rows have tags. Of a view in parts, that
 * of each, with the part's title in front. Empty for a view without tables.
 */
export function viewToCsv(view: View): string {
  const parts = view.sections.filter((section) => section.kind === 'part')
  const own = mainTable(view.sections)
  if (own) return textOf(rowsOf(own, null))
  const tables = parts.flatMap(({ title, sections }) => {
    const table = mainTable(sections)
    return table ? [{ title, table }] : []
  })
  const [first] = tables
  if (!first) return ''
  const keys = headOf(first.table)
  const same = tables.filter(({ table }) => String(headOf(table)) === String(keys))
  return textOf([['part', ...keys], ...same.flatMap(({ title, table }) => rowsOf(table, title).slice(1))])
}

const textOf = (lines: readonly (readonly CellValue[])[]): string => `${lines.map(lineOf).join('\r\n')}\r\n`

function mainTable(sections: readonly Section[]): ViewTable | undefined {
  const tables = sections.filter((section) => section.kind === 'table')
  return tables.find(({ main }) => main) ?? tables[0]
}

const hasTags = (table: ViewTable): boolean => table.rows.some((row) => row.tags)

function headOf(table: ViewTable): string[] {
  return [...table.columns.map((column) => column.key), ...(hasTags(table) ? ['flags'] : [])]
}

function rowsOf(table: ViewTable, part: string | null): CellValue[][] {
  const isTagged = hasTags(table)
  const rows = table.rows.map(({ cells, tags = [] }) => [
    ...(part === null ? [] : [part]),
    ...table.columns.map((_, i) => cells[i] ?? null),
    ...(isTagged ? [tags.map((tag) => tag.text).join(' ')] : []),
  ])
  return [headOf(table), ...rows]
}
