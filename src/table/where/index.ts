/** Conditions on the rows of a table. */
export { rowsWhere } from './evaluate.js'
export { parseWhere } from './parse.js'
