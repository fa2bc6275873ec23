/**
 * One job in a worker thread of its own, so that the program's own thread stays free for progress and for Ctrl-C. The thread ends with the job; what it
 * writes is known here, so that an interrupt removes it.
 */
import { Worker } from 'node:worker_threads'
import { type PostedError, reviveError } from '../core/index.js'
import { forgetUnfinished, noteUnfinished } from './atomic.node.js'

/** What the thread says; `S` is what its job has to say before it is done. */
export type FromThread<S, O> =
  | { readonly kind: 'said'; readonly said: S }
  | { readonly kind: 'done'; readonly outcome: O }
  | { readonly kind: 'failed'; readonly error: PostedError }
  /** A file is about to be written; it waits for the answer. */
  | { readonly kind: 'writes'; readonly path: string }
  | { readonly kind: 'wrote'; readonly path: string }

export type ToThread = 'stop' | 'noted'

export interface ThreadJob<J, S, O> {
  /** The thread's file, which calls `doJob`. */
  readonly file: URL
  /** Plain data: it is posted. */
  readonly job: J
  /** For debuggers, and for the error of a thread that died. */
  readonly name: string
  onSaid?(said: S): void
  /** Aborts the signal that the job in the thread has. */
  readonly signal?: AbortSignal
  /** The same in this thread, where the program has no file for the other: the sources have none, nor what was bundled into one file. */
  here(): Promise<O>
}

/** The outcome of the job. Throws what the job throws. */
export async function jobInThread<J, S, O>(thread: ThreadJob<J, S, O>): Promise<O> {
  try {
    return await inThread(thread)
  } catch (error) {
    if (!lacksThreadFile(error)) throw error
    return thread.here()
  }
}

/** Whether starting a worker failed for want of its file. */
export function lacksThreadFile(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_INVALID_URL'
}

function inThread<J, S, O>({ file, job, name, onSaid, signal }: ThreadJob<J, S, O>): Promise<O> {
  const worker = new Worker(file, { workerData: job, name })
  const answer = (message: ToThread): void => worker.postMessage(message)
  const stop = (): void => answer('stop')
  const written = new Set<string>()
  signal?.addEventListener('abort', stop)
  const outcome = new Promise<O>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error(`the thread of ${name} ended without a result`)))
    worker.on('message', (message: FromThread<S, O>) => {
      switch (message.kind) {
        case 'said':
          return onSaid?.(message.said)
        case 'done':
          return resolve(message.outcome)
        case 'failed':
          return reject(reviveError(message.error))
        case 'writes':
          noteUnfinished(message.path)
          written.add(message.path)
          return answer('noted')
        case 'wrote':
          return forgetUnfinished(message.path)
      }
    })
  })
  if (signal?.aborted) stop()
  return outcome.finally(async () => {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
    for (const path of written) forgetUnfinished(path)
  })
}
