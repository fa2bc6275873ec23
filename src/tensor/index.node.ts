/** `normball` on Node: products and factorizations may go to the machine's library, and the garbage collector can be asked. */
import { selectLapack } from '../lapack/index.node.js'
import { collector } from './collect.node.js'
import { provideHost } from './runtime.js'

provideHost({ selectLapack, collect: collector() })

export * from './index.js'
