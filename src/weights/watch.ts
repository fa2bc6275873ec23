/** `track`, `check` and `lipschitz` in a browser. */
import { type Input, type Listed, listInputs } from '../checkpoint/index.js'
import { createKernels } from '../kernels/index.js'
import { selectLapack } from '../lapack/index.js'
import type { StateDict } from '../tensor/index.js'
import type { Chain, LipschitzOptions, LipschitzReport } from './chain/types.js'
import { type CheckEnvironment, checkWith } from './check/check.js'
import type { CheckOptions, CheckReport } from './check/types.js'
import { diff } from './diffFiles.js'
import { lipschitzWith } from './lipschitz.js'
import { inlineMeasurer } from './measurer.js'
import { trackWith } from './track/track.js'
import type { TrackOptions, TrackReport } from './track/types.js'

/** A checkpoint, or tensors in memory. */
type Watched = Input | StateDict

/** What computes is loaded when it is first asked for. */
export async function listDict(dict: StateDict): Promise<readonly Listed[]> {
  return [{ name: 'state dict', open: async () => (await import('./edit/stateDict.js')).checkpointOf(dict) }]
}

const environment: CheckEnvironment<Watched> = {
  list: (input) => (input instanceof Map ? listDict(input) : listInputs(input)),
  measurer(options, run) {
    const makeEngine = async () => {
      const kernels = createKernels()
      const needsLapack = run.spectra !== 'none' || run.convNorms
      return { kernels, lapack: needsLapack ? selectLapack(kernels, options.backend ?? 'auto') : null }
    }
    return inlineMeasurer('tensor', makeEngine, run)
  },
  diff,
}

/** One network over time, from several checkpoints; see the Node version for the details that are the same. */
export async function track(inputs: Watched | readonly Watched[], options: TrackOptions = {}): Promise<TrackReport> {
  return trackWith(environment, Array.isArray(inputs) ? inputs : [inputs as Watched], options)
}

/** Holds rules against a checkpoint; see the Node version for the details that are the same. */
export async function check(input: Watched, options: CheckOptions<Watched> = {}): Promise<CheckReport> {
  return checkWith(environment, input, options)
}

/** A bound on the Lipschitz constant of a declared chain of layers; see the Node version for the details that are the same. */
export async function lipschitz(
  input: Watched,
  chain?: Chain | null,
  options: LipschitzOptions = {},
): Promise<LipschitzReport> {
  return lipschitzWith(environment, input, chain, options)
}
