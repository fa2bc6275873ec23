/** `normball/table` on Node: the same, with files by their paths and the system's linear algebra. */
import '../tensor/index.node.js'

export * from './index.js'
export { type OpenTableOptions, openTable, openTableBatches } from './open.node.js'
