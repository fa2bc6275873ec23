/** `normball/weights` in a browser: `File`s, bytes and URLs, measured in the calling thread on the portable backend. */
import { type Input, listInputs } from '../checkpoint/index.js'
import { createKernels } from '../kernels/index.js'
import { selectLapack } from '../lapack/index.js'
import { type Environment, inspectWith } from './inspect.js'
import { inlineMeasurer } from './measurer.js'
import type { InspectOptions, InspectReport } from './types.js'

export * from './index.shared.js'

const environment: Environment<Input> = {
  list: listInputs,
  async measurer(_jobs, _sources, options, run) {
    const kernels = await createKernels()
    const needsLapack = run.spectra !== 'none' || run.convNorms
    const lapack = needsLapack ? await selectLapack(kernels, options.backend ?? 'auto') : null
    return { ...inlineMeasurer({ kernels, lapack }, run), close: async () => {} }
  },
}

/** Measures every tensor of one or several checkpoints; see the Node version for the details that are the same. */
export async function inspect(inputs: Input | readonly Input[], options: InspectOptions = {}): Promise<InspectReport> {
  return inspectWith(environment, Array.isArray(inputs) ? inputs : [inputs as Input], options)
}
