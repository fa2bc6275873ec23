/** Cells of a table (2 GiB of numbers); more would not fit into memory. */
export const mostCells = 2 ** 28
/** Rows by which a stream's columns and types are told. */
export const lookRows = 10_000
