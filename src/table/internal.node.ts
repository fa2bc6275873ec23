/** The same on Node. */
export { setAside } from './aside.node.js'
export * from './internal.js'
export { openTable } from './open.node.js'
