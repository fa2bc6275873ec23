/** `normball/weights` on Node: paths may be files, folders and sharded indexes, and work runs in worker threads. */
import { type Input, listInputs } from '../checkpoint/index.node.js'
import { type Environment, inspectWith } from './inspect.js'
import { nodeMeasurer } from './measurer.node.js'
import type { InspectOptions, InspectReport } from './types.js'

export type { Input } from '../checkpoint/index.node.js'
export {
  FormatError,
  InterruptedError,
  NormballError,
  NumericalError,
  type Place,
  SystemError,
  UsageError,
  version,
} from '../core/index.js'
export { flagTable } from './flags/index.js'
export type {
  ConvFigures,
  FileReport,
  Flag,
  InspectOptions,
  InspectReport,
  LineFigures,
  MatrixFigures,
  ModuleTotals,
  PowerLaw,
  Progress,
  ReportError,
  Severity,
  SliceFigures,
  SpectraMode,
  TensorFigures,
  Totals,
} from './types.js'

const environment: Environment<Input> = {
  list: listInputs,
  measurer: (options, run) => nodeMeasurer('tensor', options, run, run.spectra !== 'none' || run.convNorms),
}

/**
 * Measures every tensor of one or several checkpoints: what `normball inspect` does, and the same object that `--json` prints.
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
