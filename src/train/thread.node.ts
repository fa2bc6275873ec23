/** A training run in a worker thread, so that the program's own stays free for its view and for Ctrl-C. */
import { Worker } from 'node:worker_threads'
import { forgetUnfinished, noteUnfinished } from '../checkpoint/internal.node.js'
import { type PostedError, reviveError } from '../core/index.js'
import type { TrainOutcome } from './config/outcome.js'
import type { TrainEvents, TrainJob, TrainStarted } from './job.node.js'
import type { LogRecord } from './types.js'

export type FromTrainer =
  | { readonly kind: 'started'; readonly started: TrainStarted }
  /** Several at a time: a small network makes thousands of steps a second. */
  | { readonly kind: 'records'; readonly records: readonly LogRecord[] }
  | { readonly kind: 'done'; readonly outcome: TrainOutcome }
  | { readonly kind: 'failed'; readonly error: PostedError }
  /** A file is about to be written; it waits for the answer. */
  | { readonly kind: 'writes'; readonly path: string }
  | { readonly kind: 'wrote'; readonly path: string }

export type ToTrainer = 'stop' | 'noted'

/** Trains in a thread of its own; in this one where the program has no file for the thread (the sources have none). */
export async function trainInThread(job: TrainJob, events: TrainEvents): Promise<TrainOutcome> {
  try {
    return await inThread(job, events)
  } catch (error) {
    if (!lacksFile(error)) throw error
    const { runTrainJob } = await import('./job.node.js')
    return runTrainJob(job, events)
  }
}

function lacksFile(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_INVALID_URL'
}

function inThread(job: TrainJob, { signal, onStart, onRecord }: TrainEvents): Promise<TrainOutcome> {
  const worker = new Worker(new URL('./trainer.node.js', import.meta.url), { workerData: job, name: 'normball train' })
  const written = new Set<string>()
  const stop = (): void => worker.postMessage('stop' satisfies ToTrainer)
  signal.addEventListener('abort', stop)
  const result = new Promise<TrainOutcome>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('the training thread ended without a result')))
    worker.on('message', (message: FromTrainer) => {
      switch (message.kind) {
        case 'started':
          return onStart(message.started)
        case 'records':
          return message.records.forEach(onRecord)
        case 'done':
          return resolve(message.outcome)
        case 'failed':
          return reject(reviveError(message.error))
        case 'writes':
          noteUnfinished(message.path)
          written.add(message.path)
          return worker.postMessage('noted' satisfies ToTrainer)
        case 'wrote':
          return forgetUnfinished(message.path)
      }
    })
  })
  if (signal.aborted) stop()
  return result.finally(async () => {
    signal.removeEventListener('abort', stop)
    await worker.terminate()
    for (const path of written) forgetUnfinished(path)
  })
}
