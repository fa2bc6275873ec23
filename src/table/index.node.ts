/** `normball/table` on Node: the same, with the system's linear algebra. */
import '../tensor/index.node.js'

export * from './index.js'
