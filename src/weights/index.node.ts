/** `normball/weights` on Node: paths may be files, folders and sharded indexes, and work runs in worker threads. */
import { availableParallelism } from 'node:os'
import { type Input, listInputs } from '../checkpoint/index.node.js'
import { fastCrc32 } from '../checkpoint/internal.node.js'
import { createEngine } from './engine.node.js'
import { type Environment, inspectWith } from './inspect.js'
import { inlineMeasurer, type Measurer, type RunOptions } from './measurer.js'
import { canPost, type Pool, startPool } from './pool.node.js'
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

/** Work below this many nanoseconds is done before a worker thread would have started. */
const worthThreads = 60e6

/** Programs that were bundled into one file lack the worker's; then everything is measured in their thread. */
function lacksWorkerFile(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_INVALID_URL'
}

/** Measures each file where it is fastest: in this thread, or in worker threads that are kept for the files that follow. */
function nodeMeasurer(options: InspectOptions, run: RunOptions): Measurer {
  const needsLapack = run.spectra !== 'none' || run.convNorms
  const backend = options.backend ?? 'auto'
  const inline = inlineMeasurer(
    async () => {
      const engine = await createEngine(backend, needsLapack)
      engine.lapack?.setThreads(1)
      return engine
    },
    { ...run, ...(fastCrc32 && { crc32: fastCrc32 }) },
  )
  let pool: Pool | null = null
  let alone = false
  return {
    get backend() {
      return pool?.backend ?? inline.backend
    },
    async measure(jobs, sources, events) {
      const cost = jobs.reduce((sum, job) => sum + job.cost, 0)
      const wanted = options.workers ?? (cost < worthThreads ? 0 : availableParallelism())
      const count = canPost(sources) && !alone ? Math.min(wanted, jobs.length) : 0
      if (count === 0) return inline.measure(jobs, sources, events)
      if (pool && pool.count < count) await pool.close()
      if (!pool || pool.count < count) {
        try {
          pool = await startPool(count, { backend, needsLapack, run })
        } catch (error) {
          if (options.workers !== undefined || !lacksWorkerFile(error)) throw error
          alone = true
          return inline.measure(jobs, sources, events)
        }
      }
      return pool.measure(jobs, sources, events)
    },
    async close() {
      await inline.close()
      await pool?.close()
    },
  }
}

const environment: Environment<Input> = { list: listInputs, measurer: nodeMeasurer }

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
