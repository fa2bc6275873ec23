/** Who measures: the calling thread here, worker threads in `pool.node.ts`. */
import type { Source } from '../checkpoint/index.js'
import { throwIfAborted } from '../core/index.js'
import type { Kernels } from '../kernels/index.js'
import type { BackendInfo, Lapack } from '../lapack/index.js'
import { type Measured, type MeasureOptions, measureTensor } from './measure/index.js'
import type { Job } from './plan.js'
import { turns } from './turn.js'

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
  /** Known after the first `measure`; null when nothing needed one. */
  readonly backend: BackendInfo | null
  /** Ends what it started. */
  close(): Promise<void>
}

/** Measures in the calling thread, with an engine that is made when there is something to measure. */
export function inlineMeasurer(makeEngine: () => Promise<Engine>, options: RunOptions): Measurer {
  let engine: Engine | null = null
  return {
    get backend() {
      return engine?.lapack?.info ?? null
    },
    async measure(jobs, sources, events) {
      const { signal, onBytes } = events
      engine ??= await makeEngine()
      const results: Measured[] = []
      const due = turns()
      for (const job of jobs) {
        results.push(await measureTensor(job.entry, job.facts, sources, engine, { ...options, signal, onBytes }))
        events.onTensor(job)
        const wait = due()
        if (wait) await wait
        throwIfAborted(signal)
      }
      return results
    },
    async close() {
      engine = null
    },
  }
}
