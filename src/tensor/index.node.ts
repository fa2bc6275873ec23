/** `normball` on Node: products and factorizations may go to the machine's library, and the garbage collector can be asked. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { selectLapack } from '../lapack/index.node.js'
import { collector } from './collect.node.js'
import { provideHost } from './runtime.js'

const storage = new AsyncLocalStorage<object>()

provideHost({
  selectLapack,
  collect: collector(),
  context: { run: (value, fn) => storage.run(value, fn), get: () => storage.getStore() },
})

export * from './index.js'
