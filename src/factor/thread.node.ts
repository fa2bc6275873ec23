/** A factorization in a worker thread, so that the program's own stays free for its progress and for Ctrl-C. */
import { Worker } from 'node:worker_threads'
import { type PostedError, reviveError } from '../core/index.js'
import type { FactorJob, FactorOutcome } from './job.node.js'

export type FromFactorer =
  | { readonly kind: 'phase'; readonly phase: string }
  | { readonly kind: 'done'; readonly outcome: FactorOutcome }
  | { readonly kind: 'failed'; readonly error: PostedError }

/** Works in a thread of its own; in this one where the program has no file for the thread (the sources have none). */
export async function factorInThread(job: FactorJob, onProgress: (phase: string) => void): Promise<FactorOutcome> {
  try {
    return await inThread(job, onProgress)
  } catch (error) {
    if (!lacksFile(error)) throw error
    const { runFactorJob } = await import('./job.node.js')
    return runFactorJob(job, onProgress)
  }
}

function lacksFile(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_INVALID_URL'
}

function inThread(job: FactorJob, onProgress: (phase: string) => void): Promise<FactorOutcome> {
  const worker = new Worker(new URL('./factorer.node.js', import.meta.url), {
    workerData: job,
    name: 'normball factor',
  })
  const result = new Promise<FactorOutcome>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('the factorizing thread ended without a result')))
    worker.on('message', (message: FromFactorer) => {
      if (message.kind === 'phase') onProgress(message.phase)
      else if (message.kind === 'done') resolve(message.outcome)
      else reject(reviveError(message.error))
    })
  })
  return result.finally(() => worker.terminate())
}
