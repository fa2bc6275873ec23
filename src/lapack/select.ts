/** The choice of an implementation where there is no system to ask: in browsers. `select.node.ts` is its counterpart. */
import { SystemError } from '../core/index.js'
import type { Kernels } from '../kernels/index.js'
import type { Lapack } from './lapack.js'
import { createPortable } from './portable/index.js'

export type BackendChoice = 'auto' | 'system' | 'portable'

/** The portable implementation; `system` is refused. */
export function selectLapack(kernels: Kernels, choice: BackendChoice = 'auto'): Lapack {
  if (choice === 'system') throw new SystemError('blas', 'backend: a browser has no system BLAS; use auto or portable')
  return createPortable(kernels)
}
