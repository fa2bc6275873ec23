/** Who measures: the calling thread here, worker threads in `pool.node.ts`. */
import type { Source } from '../checkpoint/index.js'
import type { Kernels } from '../kernels/index.js'
import type { BackendInfo, Lapack } from '../lapack/index.js'
import { type Measured, type MeasureOptions, measureTensor } from './measure/index.js'
import type { Job } from './plan.js'

export interface Engine {
  readonly kernels: Kernels
  /** Null when nothing that was asked for needs it. */
  readonly lapack: Lapack | null
}

/** What is the same for every tensor of a run. */
export type RunOptions = Omit<MeasureOptions, 'signal' | 'onBytes'>

export interface MeasureEvents {
  onBytes(bytes: number): void
  onTensor(job: Job): void
  signal: AbortSignal | undefined
}

export interface Measurer {
  /** Measures all jobs of one checkpoint; the result has their order. The first failure ends it. */
  measure(jobs: readonly Job[], sources: readonly Source[], events: MeasureEvents): Promise<Measured[]>
  readonly backend: BackendInfo | null
}

/** Measures in the calling thread. */
export function inlineMeasurer(engine: Engine, options: RunOptions): Measurer {
  return {
    backend: engine.lapack?.info ?? null,
    async measure(jobs, sources, events) {
      const results: Measured[] = []
      for (const job of jobs) {
        const { entry, facts } = job
        results.push(
          await measureTensor(entry, facts, sources, engine, {
            ...options,
            signal: events.signal,
            onBytes: events.onBytes,
          }),
        )
        events.onTensor(job)
      }
      return results
    },
  }
}
