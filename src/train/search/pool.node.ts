/** Who trains a search's runs: worker threads, or the calling thread. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { InterruptedError, reviveError, throwIfAborted } from '../../core/index.js'
import { type BackendChoice, setBackend } from '../../tensor/index.js'
import { lapack } from '../../tensor/internal.js'
import { evaluate, type RunJob } from './evaluate.node.js'
import type { FromSearcher, SearcherStart } from './searcher.node.js'
import type { RunResult } from './types.js'

export interface Runners {
  /** Runs all; `onDone` hears of each as it ends, in any order. Throws InterruptedError when the signal ends it. */
  run(jobs: readonly RunJob[], onDone: (job: RunJob, result: RunResult) => void): Promise<void>
  close(): Promise<void>
}

export interface RunnerOptions {
  readonly workers: number | undefined
  readonly backend: BackendChoice | undefined
  readonly signal: AbortSignal | undefined
}

/** `workers` threads (as many as there are cores by default), or with 0 the calling thread, which the signal ends after the step it is at. */
export function startRunners({ workers = availableParallelism(), backend, signal }: RunnerOptions): Runners {
  return workers === 0 ? here(backend, signal) : threads(workers, backend, signal)
}

function here(backend: BackendChoice | undefined, signal: AbortSignal | undefined): Runners {
  if (backend !== undefined) setBackend(backend)
  // As in threads, so that sums come out the same.
  lapack().setThreads(1)
  return {
    async run(jobs, onDone) {
      for (const job of jobs) {
        throwIfAborted(signal)
        onDone(job, await evaluate(job, signal))
      }
    },
    close: () => Promise.resolve(),
  }
}

function threads(count: number, backend: BackendChoice | undefined, signal: AbortSignal | undefined): Runners {
  const idle: Worker[] = []
  const all: Worker[] = []
  const close = async (): Promise<void> => {
    await Promise.all(all.splice(0).map((worker) => worker.terminate()))
    idle.length = 0
  }
  return {
    close,
    async run(jobs, onDone) {
      throwIfAborted(signal)
      while (all.length < Math.min(count, jobs.length)) {
        const worker = await startThread(backend)
        all.push(worker)
        idle.push(worker)
      }
      const queue = [...jobs]
      await new Promise<void>((resolve, reject) => {
        let left = jobs.length
        const onAbort = (): void => reject(new InterruptedError())
        signal?.addEventListener('abort', onAbort, { once: true })
        if (left === 0) resolve()
        const feed = (worker: Worker): void => {
          const job = queue.shift()
          if (job === undefined) {
            idle.push(worker)
            return
          }
          const onError = (error: unknown): void => reject(error)
          worker.once('error', onError)
          worker.once('message', (message: FromSearcher) => {
            worker.off('error', onError)
            if (message.kind !== 'done') return reject(message.kind === 'failed' ? reviveError(message.error) : new Error('a thread began twice')) // biome-ignore format: one line
            try {
              onDone(job, message.result)
            } catch (error) {
              return reject(error)
            }
            if (--left === 0) resolve()
            feed(worker)
          })
          worker.postMessage(job)
        }
        for (const worker of idle.splice(0)) feed(worker)
      })
    },
  }
}

function startThread(backend: BackendChoice | undefined): Promise<Worker> {
  // A thread inherits the process's flags, and would refuse to start with this one of `node --input-type=module -e`.
  const refused = process.execArgv.some((word) => word.startsWith('--input-type'))
  const worker = new Worker(new URL('./searcher.node.js', import.meta.url), {
    workerData: { backend } satisfies SearcherStart,
    ...(refused ? { execArgv: [] } : {}),
  })
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', () => {
      worker.off('error', reject)
      // Between runs a thread that dies must not take the process with it.
      worker.on('error', () => {})
      resolve(worker)
    })
  })
}
