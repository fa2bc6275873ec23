/** The arithmetic of one thread on Node: kernels, and a LAPACK when something needs one. */
import { createKernels } from '../kernels/index.js'
import { selectLapack } from '../lapack/index.node.js'
import type { Engine } from './measurer.js'

export async function createEngine(backend: 'auto' | 'system' | 'portable', needsLapack: boolean): Promise<Engine> {
  const kernels = createKernels()
  return { kernels, lapack: needsLapack ? selectLapack(kernels, backend) : null }
}
