/** Edits on Node. */
export { nodeEnvironment } from './environment.node.js'
export * from './index.js'
