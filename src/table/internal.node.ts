/** The same on Node. */
export * from './internal.js'
export { openTable } from './open.node.js'
