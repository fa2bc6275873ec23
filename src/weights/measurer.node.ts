/** Who measures on Node. */
import { availableParallelism } from 'node:os'
import { fastCrc32 } from '../checkpoint/internal.node.js'
import { lacksThreadFile } from '../system/index.node.js'
import { createEngine } from './engine.node.js'
import { inlineMeasurer, type Measurer, type RunOptions } from './measurer.js'
import { canPost, type Pool, startPool } from './pool.node.js'
import type { InspectOptions } from './types.js'
import type { WorkName } from './work.js'

/** Work below this many nanoseconds is done before a worker thread would have started. */
const worthThreads = 60e6

/** Does each run of jobs where it is fastest: in this thread, or in worker threads that are kept for the files that follow. */
export function nodeMeasurer<W extends WorkName>(
  work: W,
  options: Pick<InspectOptions, 'workers' | 'backend'>,
  run: RunOptions,
  needsLapack: boolean,
): Measurer<W> {
  const backend = options.backend ?? 'auto'
  const inline = inlineMeasurer(
    work,
    async () => {
      const engine = await createEngine(backend, needsLapack)
      engine.lapack?.setThreads(1)
      return engine
    },
    { ...run, ...(fastCrc32 && { crc32: fastCrc32 }) },
  )
  let pool: Pool<W> | null = null
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
          pool = await startPool(count, { work, backend, needsLapack, run })
        } catch (error) {
          if (options.workers !== undefined || !lacksThreadFile(error)) throw error
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
