/** `normball/table`: tables from files, chosen from, and made ready for computing. */
export { type TableBatchesOptions, tableBatches } from './batches.js'
export { type CsvInput, type CsvOptions, readCsv } from './csv/index.js'
export type { ReadTableOptions, TableFormat, TableInput } from './options.js'
export { Preprocess } from './preprocess.js'
export type {
  ColumnPreparation,
  MissingPolicy,
  Prepared,
  PreparedColumn,
  PreprocessEffect,
  PreprocessJson,
  PreprocessOptions,
  Scaling,
} from './preprocessTypes.js'
export { readTable } from './read.js'
export { type SelectOptions, selectTable, takeRows } from './select.js'
export type {
  BooleanColumn,
  CategoricalColumn,
  Column,
  ColumnType,
  NumericColumn,
  Table,
  TextColumn,
  TimeColumn,
} from './types.js'
