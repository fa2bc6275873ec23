/** `diff` in a browser. */
import { type Input, open } from '../checkpoint/index.js'
import { createKernels } from '../kernels/index.js'
import { selectLapack } from '../lapack/index.js'
import type { StateDict } from '../tensor/index.js'
import { type DiffEnvironment, type DiffOptions, type DiffReport, diffWith } from './diff/index.js'
import { inlineMeasurer } from './measurer.js'

const environment: DiffEnvironment<Input | StateDict> = {
  async open(input, signal) {
    if (!(input instanceof Map)) return open(input, signal ? { signal } : {})
    // What computes is loaded when it is first asked for.
    return (await import('./edit/stateDict.js')).checkpointOf(input)
  },
  adapterConfig: async () => null,
  measurer: ({ backend = 'auto' }, run, needsLapack) =>
    inlineMeasurer(
      'pair',
      async () => {
        const kernels = createKernels()
        return { kernels, lapack: needsLapack ? selectLapack(kernels, backend) : null }
      },
      run,
    ),
}

/** How far b is from a, tensor by tensor; see the Node version for the details that are the same. An adapter's alpha must be given. */
export async function diff(a: Input | StateDict, b: Input | StateDict, options: DiffOptions = {}): Promise<DiffReport> {
  return diffWith(environment, a, b, options)
}
