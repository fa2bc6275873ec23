/** `normball/linalg` on Node: products and factorizations may go to the machine's library. */
import '../tensor/index.node.js'

export * from './index.js'
