/** `diff` on Node. */
import { type Input, open } from '../checkpoint/index.node.js'
import type { StateDict } from '../tensor/index.js'
import { readAdapterConfig } from './adapterConfig.node.js'
import { type DiffEnvironment, type DiffOptions, type DiffReport, diffWith } from './diff/index.js'
import { nodeMeasurer } from './measurer.node.js'

const environment: DiffEnvironment<Input | StateDict> = {
  async open(input, signal) {
    if (!(input instanceof Map)) return open(input, signal ? { signal } : {})
    // What computes is loaded when it is first asked for.
    return (await import('./edit/stateDict.js')).checkpointOf(input)
  },
  adapterConfig: readAdapterConfig,
  measurer: (options, run, needsLapack) => nodeMeasurer('pair', options, run, needsLapack),
}

/**
 * How far b is from a, tensor by tensor, across formats: what `normball diff` does, and the same object that `--json` prints. Differences are
 * b - a, in float64, over the positions where both are finite.
 *
 * Names are paired as they are, by `map`, by common renamings (`module.` and other prefixes, gamma and beta, GGUF's words), and with
 * `match: 'shape'` by shape and content; `pairing` says which. A LoRA adapter as b is compared by its factors: B A is never formed.
 *
 * @param a, b paths (file, folder, sharded index), URLs, `File`s, bytes, `Source`s or state dicts
 * @throws UsageError for impossible options, FormatError and SystemError for an input that cannot be read, InterruptedError when `signal` aborts
 * @example
 * import { diff } from 'normball/weights'
 * const report = await diff('before.safetensors', 'after.safetensors')
 * console.log(report.totals.relative, report.tensors[0].name)
 */
export async function diff(a: Input | StateDict, b: Input | StateDict, options: DiffOptions = {}): Promise<DiffReport> {
  return diffWith(environment, a, b, options)
}
