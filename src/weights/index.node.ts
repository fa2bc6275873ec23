/** `normball/weights` on Node: paths may be files, folders and sharded indexes, and work runs in worker threads. */
import { type Input, listInputs } from '../checkpoint/index.node.js'
import { fastCrc32 } from '../checkpoint/internal.node.js'
import type { StateDict } from '../tensor/index.js'
import type { ClipOptions, EditOutput, EditReport } from './edit/index.js'
import { type Environment, inspectWith } from './inspect.js'
import { nodeMeasurer } from './measurer.node.js'
import { listSeries } from './track/list.node.js'
import { trackWith } from './track/track.js'
import type { TrackOptions, TrackReport } from './track/types.js'
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
export type {
  ClipOptions,
  EditedTensor,
  EditFigures,
  EditOptions,
  EditOutput,
  EditReport,
  EditTotals,
} from './edit/index.js'
export type { DeltaFigures, SubspaceAngles } from './compare/index.js'
export {
  type AdapterFigures,
  type ChangeFigures,
  type DiffInput,
  type DiffModule,
  type DiffOptions,
  type DiffReport,
  type DiffTensor,
  type DiffTotals,
  diffSortKeys,
  type Pairing,
  requireDiffSortKey,
  type ShapeChange,
} from './diff/index.js'
export { diff } from './diffFiles.node.js'
export { flagTable } from './flags/index.js'
export {
  type TrackedCheckpoint,
  type TrackedTensor,
  type TrackOptions,
  type TrackPoint,
  type TrackReport,
  type TrackTotals,
  type Verdict,
  type VerdictCode,
  verdictCodes,
} from './track/types.js'
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

/** A checkpoint, or tensors in memory. */
export type EditInput = Input | StateDict

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

/**
 * One network over time: what `normball track` does, and the same object that `--json` prints. Every norm of every tensor in every checkpoint, the size and
 * direction of its updates, its distance from the start, and a verdict on each: settled, moving, growing, collapsing, oscillating, a sudden jump, dead, NaN.
 *
 * @param inputs checkpoints, or folders of them: paths, URLs, `File`s, bytes. Ordered by step where each tells one (its metadata, else its name),
 *   else by name; see `order`
 * @throws UsageError for impossible options, fewer than two checkpoints, globs that match nothing; InterruptedError when `signal` aborts. A
 *   checkpoint that cannot be read does not throw: it stands in `errors`.
 * @example
 * import { track } from 'normball/weights'
 * const report = await track(['step100.safetensors', 'step200.safetensors', 'step300.safetensors', 'step400.safetensors'])
 * for (const { name, verdict } of report.tensors) if (verdict.code !== 'settled') console.log(name, verdict.code, verdict.why)
 */
export async function track(inputs: Input | readonly Input[], options: TrackOptions = {}): Promise<TrackReport> {
  const list = Array.isArray(inputs) ? inputs : [inputs as Input]
  return trackWith({ ...environment, list: listSeries }, list, options, { crc32: fastCrc32 })
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
