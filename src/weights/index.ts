/** `normball/weights` in a browser: `File`s, bytes and URLs, measured in the calling thread on the portable backend. */
import { type Input, listInputs } from '../checkpoint/index.js'
import { createKernels } from '../kernels/index.js'
import { selectLapack } from '../lapack/index.js'
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
import { type Engine, inlineMeasurer } from './measurer.js'
import { type Measurable, readBlob, withTables } from './tables.js'
import type { InspectOptions, InspectReport } from './types.js'

export type { Input } from '../checkpoint/index.js'
export * from './common.js'
export { diff } from './diffFiles.js'
export { check, lipschitz, track } from './watch.js'

/** A checkpoint, or tensors in memory. */
export type EditInput = Input | StateDict

const environment: Environment<Input, Measurable> = {
  list: async (input) =>
    (await listInputs(input)).map((one) =>
      withTables(one, input instanceof Blob ? readBlob(input) : null, () => (input instanceof Blob ? input.size : 0)),
    ),
  measurer(options, run) {
    const makeEngine = async (): Promise<Engine> => {
      const kernels = createKernels()
      const needsLapack = run.spectra !== 'none' || run.convNorms
      return { kernels, lapack: needsLapack ? selectLapack(kernels, options.backend ?? 'auto') : null }
    }
    return inlineMeasurer('tensor', makeEngine, run)
  },
}

/** Measures every tensor of one or several checkpoints; see the Node version for the details that are the same. */
export async function inspect(inputs: Input | readonly Input[], options: InspectOptions = {}): Promise<InspectReport> {
  return inspectWith(environment, Array.isArray(inputs) ? inputs : [inputs as Input], options)
}

/**
 * Brings weights onto a norm ball: what `normball clip` does, and the same object that `--json` prints.
 *
 * @param input a checkpoint in any format, or a StateDict
 * @param output a StateDict that is filled, or null: nothing is written
 * @throws UsageError for impossible options, FormatError for elements that are not finite (unless `allowNonfinite`), SystemError; nothing is
 *   written then
 * @example
 * import { clip } from 'normball/weights'
 * const report = await clip('model.safetensors', 'clipped.safetensors', { max: 0.5 })
 * console.log(report.totals.changed, 'elements changed')
 */
export async function clip(input: EditInput, output: EditOutput, options: ClipOptions = {}): Promise<EditReport> {
  const { clipEdit, browserEnvironment, runEdit } = await import('./edit/index.js')
  return runEdit(browserEnvironment, clipEdit(options), input, output, options)
}

/** Sets weights to zero; see the Node version for the details that are the same. The output is a StateDict that is filled, or null. */
export async function prune(input: EditInput, output: EditOutput, options: PruneOptions = {}): Promise<EditReport> {
  const { browserEnvironment, pruneEdit, runEdit } = await import('./edit/index.js')
  return runEdit(browserEnvironment, pruneEdit(options), input, output, options)
}

/**
 * Low rank: what `normball compress` does, and the same object that `--json` prints. A layer becomes two in sequence (`fc.0.weight`, `fc.1.weight`, as an
 * `nn.Sequential` in the place of `fc` loads them), or with `dense` the nearest weight of that rank; a layer that gains nothing is left alone. `details`
 * of each tensor say rank, errors and the line of PyTorch that builds the layers; `record.spread` what became of a budget, beside the bound that
 * no choice of ranks can beat. Source: Eckart & Young 1936; see docs/editing.md.
 *
 * @param input a checkpoint in any format, or a StateDict
 * @param output a StateDict that is filled, or null: nothing is written
 * @throws UsageError for impossible options and budgets, FormatError for elements that are not finite (unless `allowNonfinite`), SystemError;
 *   nothing is written then
 * @example
 * import { compress } from 'normball/weights'
 * const report = await compress(file, small, { budget: 0.5 })
 * for (const { name, details } of report.tensors) console.log(name, details.rank, details.pytorch)
 */
export async function compress(
  input: EditInput,
  output: EditOutput,
  options: CompressOptions = {},
): Promise<EditReport> {
  const { browserEnvironment, runCompress } = await import('./edit/index.js')
  return runCompress(browserEnvironment, input, output, options)
}

/**
 * Another format or other float widths: what `normball convert` does, and the same object that `--json` prints, with what rounding cost each tensor
 * (`relativeError`, `delta`). Rounds to nearest, ties to even. Whole numbers and truth values stay.
 *
 * @param input a checkpoint in any format, or a StateDict
 * @param output a StateDict that is filled, or null: nothing is written
 * @throws UsageError for impossible options, NumericalError (`overflow`) for numbers beyond the type unless `saturate` or `allowNonfinite`,
 *   FormatError for elements that are not finite, SystemError; nothing is written then
 * @example
 * import { convert } from 'normball/weights'
 * const report = await convert(file, half, { dtype: 'f16' })
 * console.log(report.totals.relativeError)
 */
export async function convert(input: EditInput, output: EditOutput, options: ConvertOptions = {}): Promise<EditReport> {
  const { browserEnvironment, runConvert } = await import('./edit/index.js')
  return runConvert(browserEnvironment, input, output, options)
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
  const { browserEnvironment, retainEdit, runEdit } = await import('./edit/index.js')
  return runEdit(browserEnvironment, retainEdit(options), input, output, options)
}
