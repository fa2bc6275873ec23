/** `track`, `check` and `lipschitz` on Node. */
import { type Input, type Listed, listInputs } from '../checkpoint/index.node.js'
import { fastCrc32 } from '../checkpoint/internal.node.js'
import type { StateDict } from '../tensor/index.js'
import type { Chain, LipschitzOptions, LipschitzReport } from './chain/types.js'
import { type CheckEnvironment, checkWith } from './check/check.js'
import type { CheckOptions, CheckReport } from './check/types.js'
import { diff } from './diffFiles.node.js'
import { lipschitzWith } from './lipschitz.js'
import { nodeMeasurer } from './measurer.node.js'
import { listSeries } from './track/list.node.js'
import { trackWith } from './track/track.js'
import type { TrackOptions, TrackReport } from './track/types.js'
import { listDict } from './watch.js'

/** A checkpoint, or tensors in memory. */
type Watched = Input | StateDict

const reading = { crc32: fastCrc32 }
const listOf =
  (list: (input: Input) => Promise<readonly Listed[]>) =>
  (input: Watched): Promise<readonly Listed[]> =>
    input instanceof Map ? listDict(input) : list(input)

const environment: CheckEnvironment<Watched> = {
  list: listOf(listInputs),
  measurer: (options, run) => nodeMeasurer('tensor', options, run, run.spectra !== 'none' || run.convNorms),
  diff,
}

/**
 * One network over time: what `normball track` does, and the same object that `--json` prints. Every norm of every tensor in every checkpoint, the size and
 * direction of its updates, its distance from the start, and a verdict on each: settled, moving, growing, collapsing, oscillating, a sudden jump, dead, NaN.
 *
 * @param inputs checkpoints, or folders of them: paths, URLs, `File`s, bytes, state dicts. Ordered by step where each tells one (its metadata, else its name),
 *   else by name; see `order`
 * @throws UsageError for impossible options, fewer than two checkpoints, globs that match nothing; InterruptedError when `signal` aborts. A
 *   checkpoint that cannot be read does not throw: it stands in `errors`.
 * @example
 * import { track } from 'normball/weights'
 * const report = await track(['step100.safetensors', 'step200.safetensors', 'step300.safetensors'])
 * for (const { name, verdict } of report.tensors) console.log(name, verdict.code, verdict.why)
 */
export async function track(inputs: Watched | readonly Watched[], options: TrackOptions = {}): Promise<TrackReport> {
  const list = Array.isArray(inputs) ? inputs : [inputs as Watched]
  return trackWith({ ...environment, list: listOf(listSeries) }, list, options, reading)
}

/**
 * Holds rules against a checkpoint: what `normball check` does, and the same object that `--json` prints. Rules set limits on figures, on the change against a
 * baseline, on totals, on a Lipschitz bound; forbid flags; require tensors. docs/check.md tells how they are written.
 *
 * @param input one checkpoint: a path, URL, `File`, bytes, `Source` or state dict
 * @param options `rules` as an object or as the text of a rules file; the default rules when absent
 * @throws UsageError for wrong rules (code `bad-rules`, with line and column), a missing baseline, a folder of several checkpoints; InterruptedError when
 *   `signal` aborts. An input that cannot be read does not throw: it stands in `errors`, and `passed` is false.
 * @example
 * import { check } from 'normball/weights'
 * const { passed, rules } = await check('model.safetensors', { rules: { rules: [{ name: 'small', limits: { linf: { max: 10 } } }] } })
 * console.log(passed ? 'passed' : 'failed')
 * for (const { name, failures } of rules) for (const { message } of failures) console.log(name, message)
 */
export async function check(input: Watched, options: CheckOptions<Watched> = {}): Promise<CheckReport> {
  return checkWith(environment, input, options, reading)
}

/**
 * An upper bound on the Lipschitz constant of a declared chain of layers: the product of their operator norms, 1 + L for a residual branch. Convolutions by
 * their norm over all frequencies (zero or circular padding, any size), batch normalization by max |gamma| / sqrt(running_var + eps), activations and pooling by known
 * constants. `bound` is null and `why` says the reason where the chain is not given or a link has no bound (attention, recurrence, layer normalization).
 *
 * @param chain the layers in order: `{ tensor }`, `{ activation }`, `{ normalization }`, `{ pooling, kernel }`, `{ residual: [...] }`, `{ constant }`
 * @throws UsageError for a chain that names what the file does not have; FormatError, SystemError where the file cannot be read
 * @example
 * import { lipschitz } from 'normball/weights'
 * const { bound } = await lipschitz('model.safetensors', [{ tensor: 'conv1.weight' }, { activation: 'relu' }, { tensor: 'conv2.weight' }])
 * console.log(bound)
 */
export async function lipschitz(
  input: Watched,
  chain?: Chain | null,
  options: LipschitzOptions = {},
): Promise<LipschitzReport> {
  return lipschitzWith(environment, input, chain, options, reading)
}
