/** Who measures: the calling thread here, worker threads in `pool.node.ts`. */
import type { Source } from '../checkpoint/index.js'
import { throwIfAborted, turns } from '../core/index.js'
import type { Kernels } from '../kernels/index.js'
import type { BackendInfo, Lapack } from '../lapack/index.js'
import type { MeasureOptions } from './measure/index.js'
import { type PlannedJob, type ResultOf, type WorkName, works } from './work.js'

export interface Engine {
  readonly kernels: Kernels
  /** Null when nothing that was asked for needs it. */
  readonly lapack: Lapack | null
}

/** What is the same for every tensor of a run. */
export type RunOptions = Omit<MeasureOptions, 'signal' | 'onBytes'>

export interface MeasureEvents<W extends WorkName> {
  onBytes(bytes: number): void
  onTensor(job: PlannedJob<W>): void
  signal: AbortSignal | undefined
}

/** Does one kind of work. */
export interface Measurer<W extends WorkName> {
  /** Does all jobs over the same sources; the result has their order. The first failure ends it. */
  measure(jobs: readonly PlannedJob<W>[], sources: readonly Source[], events: MeasureEvents<W>): Promise<ResultOf<W>[]>
  /** Known after the first `measure`; null when nothing needed one. */
  readonly backend: BackendInfo | null
  /** Ends what it started. */
  close(): Promise<void>
}

/** Measures in the calling thread, with an engine that is made when there is something to measure. */
export function inlineMeasurer<W extends WorkName>(
  work: W,
  makeEngine: () => Promise<Engine>,
  options: RunOptions,
): Measurer<W> {
  const perform = works[work]
  let engine: Engine | null = null
  return {
    get backend() {
      return engine?.lapack?.info ?? null
    },
    async measure(jobs, sources, events) {
      const { signal, onBytes } = events
      engine ??= await makeEngine()
      const results: ResultOf<W>[] = []
      const due = turns()
      for (const job of jobs) {
        results.push(await perform(job.task, sources, engine, { ...options, signal, onBytes }))
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
