/**
 * Worker threads that measure or compare: each has its own kernels and its own file handles, takes the costliest job that is left, and has one
 * more waiting so that it never idles.
 */
import { Worker } from 'node:worker_threads'
import type { Source, SourceLocator } from '../checkpoint/index.js'
import { InterruptedError, type PostedError, reviveError, throwIfAborted } from '../core/index.js'
import type { BackendInfo } from '../lapack/index.js'
import type { MeasureEvents, Measurer, RunOptions } from './measurer.js'
import type { PlannedJob, ResultOf, TaskOf, WorkName } from './work.js'

/** What the main thread sends. */
export type ToWorker =
  | { readonly kind: 'files'; readonly run: number; readonly locators: readonly SourceLocator[] }
  | { readonly kind: 'jobs'; readonly run: number; readonly jobs: readonly PostedJob[] }

/** A task of the work that the worker was started for. */
export interface PostedJob {
  readonly index: number
  readonly task: TaskOf<WorkName>
}

/** What a worker sends, several at a time. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly backend: BackendInfo | null }
  | { readonly kind: 'bytes'; readonly run: number; readonly bytes: number }
  | {
      readonly kind: 'done'
      readonly run: number
      readonly index: number
      readonly result: ResultOf<WorkName>
    }
  | { readonly kind: 'idle'; readonly run: number }
  | { readonly kind: 'failed'; readonly run: number; readonly error: PostedError }

export interface WorkerStart {
  readonly work: WorkName
  readonly backend: 'auto' | 'system' | 'portable'
  readonly needsLapack: boolean
  readonly run: RunOptions
}

/** How many cheap jobs go in one message: enough that messages cost little beside the work. */
const batchCost = 2e6
const batchMost = 64
/** A larger batch holds at most this share of what is left for each worker, so that all end together. */
const batchShare = 1 / 16

export function canPost(sources: readonly Source[]): boolean {
  return sources.every((source) => source.locator !== null)
}

export interface Pool<W extends WorkName> extends Measurer<W> {
  /** Workers. */
  readonly count: number
}

/** Starts `count` workers. They end with `close`. */
export async function startPool<W extends WorkName>(
  count: number,
  start: WorkerStart & { readonly work: W },
): Promise<Pool<W>> {
  // A thread inherits the process's flags, and would refuse to start with this one of `node --input-type=module -e`.
  const refused = process.execArgv.some((word) => word.startsWith('--input-type'))
  const settings = { workerData: start, name: 'normball', ...(refused && { execArgv: [] }) }
  const workers = Array.from(
    { length: count },
    () => new Worker(new URL('./worker.node.js', import.meta.url), settings),
  )
  const closeAll = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  let backend: BackendInfo | null = null
  try {
    const ready = await Promise.all(workers.map(readyOf))
    backend = ready[0] ?? null
  } catch (error) {
    await closeAll()
    throw error
  }
  // A run has listeners of its own; between runs a dying worker must not take the process with it.
  for (const worker of workers) worker.on('error', () => {})
  let runs = 0
  return {
    count,
    backend,
    close: closeAll,
    async measure(jobs, sources, events) {
      throwIfAborted(events.signal)
      return runJobs(workers, ++runs, jobs, sources, events)
    },
  }
}

function readyOf(worker: Worker): Promise<BackendInfo | null> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', ([message]: [FromWorker]) => {
      worker.off('error', reject)
      if (message.kind === 'ready') resolve(message.backend)
      else if (message.kind === 'failed') reject(reviveError(message.error))
      else reject(new Error(`a worker's first message was '${message.kind}'`))
    })
  })
}

function runJobs<W extends WorkName>(
  workers: readonly Worker[],
  run: number,
  jobs: readonly PlannedJob<W>[],
  sources: readonly Source[],
  events: MeasureEvents<W>,
): Promise<ResultOf<W>[]> {
  const queue = jobs.map((job, index) => ({ ...job, index })).sort((a, b) => b.cost - a.cost)
  const results = new Array<ResultOf<W>>(jobs.length)
  const locators = sources.map((source) => source.locator!)
  let left = queue.reduce((sum, job) => sum + job.cost, 0)
  let next = 0
  let missing = jobs.length

  const takeBatch = (): typeof queue => {
    const batch: typeof queue = []
    const most = Math.max(batchCost, (left / workers.length) * batchShare)
    let cost = 0
    while (
      next < queue.length &&
      batch.length < batchMost &&
      (batch.length === 0 || cost + queue[next]!.cost <= most)
    ) {
      const job = queue[next++]!
      cost += job.cost
      batch.push(job)
    }
    left -= cost
    return batch
  }
  const feed = (worker: Worker): void => {
    const batch = takeBatch()
    if (batch.length === 0) return
    const plain = batch.map(({ index, task }) => ({ index, task }))
    worker.postMessage({ kind: 'jobs', run, jobs: plain } satisfies ToWorker)
  }

  return new Promise<ResultOf<W>[]>((resolve, reject) => {
    const listeners: (() => void)[] = []
    const finish = (settle: () => void): void => {
      for (const remove of listeners) remove()
      settle()
    }
    const fail = (error: unknown): void => finish(() => reject(error))
    if (jobs.length === 0) return resolve([])
    const onAbort = (): void => fail(new InterruptedError())
    events.signal?.addEventListener('abort', onAbort, { once: true })
    listeners.push(() => events.signal?.removeEventListener('abort', onAbort))

    for (const worker of workers) {
      const take = (message: FromWorker): void => {
        if (message.kind === 'ready' || message.run !== run) return
        if (message.kind === 'bytes') events.onBytes(message.bytes)
        else if (message.kind === 'idle') feed(worker)
        else if (message.kind === 'failed') fail(reviveError(message.error))
        else {
          results[message.index] = message.result as ResultOf<W>
          events.onTensor(jobs[message.index]!)
          if (--missing === 0) finish(() => resolve(results))
        }
      }
      const onMessage = (message: FromWorker): void => {
        try {
          take(message)
        } catch (error) {
          // The caller's progress function threw.
          fail(error)
        }
      }
      const onMessages = (messages: readonly FromWorker[]): void => messages.forEach(onMessage)
      worker.on('message', onMessages)
      worker.on('error', fail)
      listeners.push(() => worker.off('message', onMessages).off('error', fail))
      worker.postMessage({ kind: 'files', run, locators } satisfies ToWorker)
      feed(worker)
      feed(worker)
    }
  })
}
