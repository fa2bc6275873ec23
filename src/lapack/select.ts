/** The choice of an implementation where there is no system to ask: in browsers. `select.node.ts` is its counterpart. */
import { SystemError } from '../core/index.js'
import type { Kernels } from '../kernels/index.js'
import type { Lapack } from './lapack.js'

export type BackendChoice = 'auto' | 'system' | 'portable'

/** The portable implementation; `system` is refused. */
export async function selectLapack(kernels: Kernels, choice: BackendChoice = 'auto'): Promise<Lapack> {
  if (choice === 'system') throw new SystemError('blas', 'backend: a browser has no system BLAS; use auto or portable')
  const { createPortable } = await import('./portable/index.js')
  return createPortable(kernels)
}
