/** Tables from files. */
export { type CsvInput, type CsvOptions, readCsv } from './csv.js'
export type { CategoryColumn, Column, NumberColumn, Table } from './types.js'
