/** `normball/weights` on Node: paths may be files, folders and sharded indexes, and work runs in worker threads. */
import { type Input, load } from '../checkpoint/index.node.js'
import type { StateDict } from '../tensor/index.js'
import type {
  ClipOptions,
  CompressOptions,
  ConvertOptions,
  EditOutput,
  EditReport,
  PruneOptions,
  RetainOptions,
} from './edit/index.js'
import { type Environment, inspectWith } from './inspect.js'
import { nodeMeasurer } from './measurer.node.js'
import type { Measurable } from './tables.js'
import { listWithTables } from './tables.node.js'
import type { InspectOptions, InspectReport } from './types.js'

export type { Input } from '../checkpoint/index.node.js'
export * from './common.js'
export { diff } from './diffFiles.node.js'
export { check, lipschitz, track } from './watch.node.js'

/** A checkpoint, or tensors in memory. */
export type EditInput = Input | StateDict

const environment: Environment<Input, Measurable> = {
  list: (input, { sql, workers, seed } = {}) =>
    listWithTables(input, {
      ...(sql === undefined ? {} : { sql }),
      ...(workers === undefined ? {} : { workers }),
      ...(seed === undefined ? {} : { seed }),
    }),
  measurer: (options, run) => nodeMeasurer('tensor', options, run, run.spectra !== 'none' || run.convNorms),
}

/**
 * Measures every tensor of one or several checkpoints, or every column of numbers of a table (CSV, NDJSON, Parquet): what `normball inspect` does,
 * and the same object that `--json` prints.
 *
 * @param inputs paths (file, folder, sharded index), URLs, `File`s, bytes or `Source`s
 * @throws UsageError for impossible options and globs that match nothing; InterruptedError when `signal` aborts. An input that cannot be read
 *   does not throw: it stands in `errors`.
 * @example
 * import { inspect } from 'normball/weights'
 * const report = await inspect('model.safetensors', { spectra: 'none' })
 * console.log(report.files[0].totals.l2)
 */
export async function inspect(inputs: Input | readonly Input[], options: InspectOptions = {}): Promise<InspectReport> {
  return inspectWith(environment, Array.isArray(inputs) ? inputs : [inputs as Input], options)
}

/**
 * Brings weights onto a norm ball: what `normball clip` does, and the same object that `--json` prints.
 *
 * @param input a checkpoint in any format, or a StateDict
 * @param output a path (safetensors or npz), a StateDict that is filled, or null: nothing is written
 * @throws UsageError for impossible options, FormatError for elements that are not finite (unless `allowNonfinite`), SystemError; nothing is
 *   written then
 * @example
 * import { clip } from 'normball/weights'
 * const report = await clip('model.safetensors', 'clipped.safetensors', { max: 0.5 })
 * console.log(report.totals.changed, 'elements changed')
 */
export async function clip(input: EditInput, output: EditOutput, options: ClipOptions = {}): Promise<EditReport> {
  const { clipEdit, nodeEnvironment, runEdit } = await import('./edit/index.node.js')
  return runEdit(nodeEnvironment, clipEdit(options), input, output, options)
}

/**
 * Sets weights to zero: what `normball prune` does, and the same object that `--json` prints. Counts are PyTorch's (`torch.nn.utils.prune`):
 * round(amount * n), half to even; of equal magnitudes the lower index stays. Elements that are not finite, where they are allowed, count as
 * zeros and stay. Selection streams: tensors larger than memory are read two to five times and never sorted.
 *
 * `fraction` alone zeroes |w| < t max|w|, as `retain` does; with `rule: 'article'` it is the textbook loop, |w| >= t max|W|. With `along` whole
 * groups go: outputs, inputs, 2-D kernels, heads of attention (rows of query, key and value and columns of the output, chosen together in each
 * block); a bias of a pruned output stays. With `pattern: 'N:M'` a last group of fewer than M inputs keeps N of them at most.
 *
 * @param input a checkpoint in any format, or a StateDict
 * @param output a path (safetensors or npz), a StateDict that is filled, or null: nothing is written
 * @throws UsageError for options that contradict each other, FormatError for elements that are not finite (unless `allowNonfinite`), SystemError;
 *   nothing is written then
 * @example
 * import { prune } from 'normball/weights'
 * const report = await prune('model.safetensors', 'pruned.safetensors', { amount: 0.5, global: true })
 * console.log(report.totals.sparsityAfter, report.tensors.map(({ details }) => details.threshold))
 */
export async function prune(input: EditInput, output: EditOutput, options: PruneOptions = {}): Promise<EditReport> {
  const { nodeEnvironment, pruneEdit, runEdit } = await import('./edit/index.node.js')
  return runEdit(nodeEnvironment, pruneEdit(options), input, output, options)
}

/**
 * Low rank: what `normball compress` does, and the same object that `--json` prints. A layer becomes two in sequence (`fc.0.weight`, `fc.1.weight`, as an
 * `nn.Sequential` in the place of `fc` loads them), or with `dense` the nearest weight of that rank; a layer that gains nothing is left alone. `details`
 * of each tensor say rank, errors and the line of PyTorch that builds the layers; `record.spread` what became of a budget, beside the bound that
 * no choice of ranks can beat. Source: Eckart & Young 1936; see docs/editing.md.
 *
 * @param input a checkpoint in any format, or a StateDict
 * @param output a path (safetensors or npz), a StateDict that is filled, or null: nothing is written
 * @throws UsageError for impossible options and budgets, FormatError for elements that are not finite (unless `allowNonfinite`), SystemError;
 *   nothing is written then
 * @example
 * import { compress } from 'normball/weights'
 * const report = await compress('model.safetensors', 'small.safetensors', { budget: 0.8 })
 * for (const { name, details } of report.tensors) console.log(name, details.rank, details.pytorch)
 */
export async function compress(
  input: EditInput,
  output: EditOutput,
  options: Omit<CompressOptions, 'activations'> & {
    /** Samples or second moments by tensor name: tensors in memory, or a file that holds them (npz, safetensors). */
    activations?: CompressOptions['activations'] | string
  } = {},
): Promise<EditReport> {
  const { nodeEnvironment, runCompress } = await import('./edit/index.node.js')
  const { activations, ...rest } = options
  if (typeof activations !== 'string') return runCompress(nodeEnvironment, input, output, { ...rest, activations })
  const loaded = await load(activations, rest.signal ? { signal: rest.signal } : {})
  try {
    return await runCompress(nodeEnvironment, input, output, { ...rest, activations: loaded })
  } finally {
    loaded.dispose()
  }
}

/**
 * Another format or other float widths: what `normball convert` does, and the same object that `--json` prints, with what rounding cost each tensor
 * (`relativeError`, `delta`). Rounds to nearest, ties to even. Whole numbers and truth values stay.
 *
 * @param input a checkpoint in any format, or a StateDict
 * @param output a path (safetensors or npz), a StateDict that is filled, or null: nothing is written
 * @throws UsageError for impossible options, NumericalError (`overflow`) for numbers beyond the type unless `saturate` or `allowNonfinite`,
 *   FormatError for elements that are not finite, SystemError; nothing is written then
 * @example
 * import { convert } from 'normball/weights'
 * const report = await convert('model.pt', 'model-f16.safetensors', { dtype: 'f16' })
 * console.log(report.totals.relativeError)
 */
export async function convert(input: EditInput, output: EditOutput, options: ConvertOptions = {}): Promise<EditReport> {
  const { nodeEnvironment, runConvert } = await import('./edit/index.node.js')
  return runConvert(nodeEnvironment, input, output, options)
}

/**
 * Keeps what is large and zeroes the rest: what `normball retain` does. Inputs, outputs and errors are those of `clip`.
 *
 * @example
 * import { retain } from 'normball/weights'
 * const report = await retain('model.safetensors', 'sparse.safetensors', { fraction: 0.1 })
 * console.log(report.totals.sparsityAfter, 'of all weights are zero')
 */
export async function retain(input: EditInput, output: EditOutput, options: RetainOptions): Promise<EditReport> {
  const { nodeEnvironment, retainEdit, runEdit } = await import('./edit/index.node.js')
  return runEdit(nodeEnvironment, retainEdit(options), input, output, options)
}
