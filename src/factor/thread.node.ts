/** A factorization in a worker thread, so that the program's own stays free for its progress and for Ctrl-C. */
import { Worker } from 'node:worker_threads'
import { type PostedError, reviveError } from '../core/index.js'
import type { FactorJob, FactorOutcome } from './job.node.js'
import type { PictureJob, PictureOutcome } from './jobs/picture.node.js'

export type AnyJob = FactorJob | PictureJob
type OutcomeOf<J extends AnyJob> = J extends PictureJob ? PictureOutcome : FactorOutcome

export type FromFactorer =
  | { readonly kind: 'phase'; readonly phase: string }
  | { readonly kind: 'done'; readonly outcome: FactorOutcome | PictureOutcome }
  | { readonly kind: 'failed'; readonly error: PostedError }

/** Works in a thread of its own; in this one where the program has no file for the thread (the sources have none). */
export async function factorInThread<J extends AnyJob>(
  job: J,
  onProgress: (phase: string) => void,
): Promise<OutcomeOf<J>> {
  try {
    return (await inThread(job, onProgress)) as OutcomeOf<J>
  } catch (error) {
    if (!lacksFile(error)) throw error
    return (await runAnyJob(job, onProgress)) as OutcomeOf<J>
  }
}

/** For the thread. */
export async function runAnyJob(
  job: AnyJob,
  onProgress: (phase: string) => void,
): Promise<FactorOutcome | PictureOutcome> {
  if ('picture' in job) return (await import('./jobs/picture.node.js')).runPictureJob(job, onProgress)
  return (await import('./job.node.js')).runFactorJob(job, onProgress)
}

function lacksFile(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_INVALID_URL'
}

function inThread(job: AnyJob, onProgress: (phase: string) => void): Promise<FactorOutcome | PictureOutcome> {
  const worker = new Worker(new URL('./factorer.node.js', import.meta.url), {
    workerData: job,
    name: 'normball factor',
  })
  const result = new Promise<FactorOutcome | PictureOutcome>((resolve, reject) => {
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
