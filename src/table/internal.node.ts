/** The same on Node. */
export { setAside } from './aside.node.js'
export * from './internal.js'
export { type OpenTableOptions, openTable, tableFormat } from './open.node.js'
