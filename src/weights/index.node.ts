/** `normball/weights` on Node: paths may be files, folders and sharded indexes, and work runs in worker threads. */
import { availableParallelism } from 'node:os'
import { type Checkpoint, type Input, listInputs } from '../checkpoint/index.node.js'
import { fastCrc32 } from './crc32.node.js'
import { createEngine } from './engine.node.js'
import { type Environment, inspectWith } from './inspect.js'
import { inlineMeasurer, type RunOptions } from './measurer.js'
import type { Job } from './plan.js'
import { canPost, startPool } from './pool.node.js'
import type { InspectOptions, InspectReport } from './types.js'

export * from './index.shared.js'

/** Work below this many nanoseconds is done before a worker thread would have started. */
const worthThreads = 60e6

async function makeMeasurer(
  jobs: readonly Job[],
  sources: Checkpoint['sources'],
  options: InspectOptions,
  run: RunOptions,
) {
  const needsLapack = run.spectra !== 'none' || run.convNorms
  const backend = options.backend ?? 'auto'
  const cost = jobs.reduce((sum, job) => sum + job.cost, 0)
  const wanted = options.workers ?? (cost < worthThreads ? 0 : availableParallelism())
  const count = canPost(sources) ? Math.min(wanted, Math.max(1, jobs.length)) : 0
  if (count > 0) return startPool(count, { backend, needsLapack, run })
  const engine = await createEngine(backend, needsLapack)
  engine.lapack?.setThreads(1)
  return { ...inlineMeasurer(engine, { ...run, ...(fastCrc32 && { crc32: fastCrc32 }) }), close: async () => {} }
}

const environment: Environment<Input> = { list: listInputs, measurer: makeMeasurer }

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
