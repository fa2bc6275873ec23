/** A comparison in a worker thread, so that the program's own stays free for Ctrl-C. */
import { Worker } from 'node:worker_threads'
import { type PostedError, reviveError } from '../core/index.js'
import type { ShiftJob, ShiftOutcome } from './shiftJob.js'

export type FromShifter =
  | { readonly kind: 'done'; readonly outcome: ShiftOutcome }
  | { readonly kind: 'failed'; readonly error: PostedError }

/** Works in a thread of its own; in this one where the program has no file for the thread (the sources have none), or with `--workers 0`. */
export async function shiftInThread(job: ShiftJob): Promise<ShiftOutcome> {
  const here = async (): Promise<ShiftOutcome> => (await import('./shiftJob.js')).runShiftJob(job)
  if (job.options.workers === 0) return here()
  try {
    return await inThread(job)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | null)?.code
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error
    return here()
  }
}

function inThread(job: ShiftJob): Promise<ShiftOutcome> {
  const worker = new Worker(new URL('./shifter.node.js', import.meta.url), { workerData: job, name: 'normball shift' })
  const result = new Promise<ShiftOutcome>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('the comparing thread ended without a result')))
    worker.on('message', (message: FromShifter) => {
      if (message.kind === 'done') resolve(message.outcome)
      else reject(reviveError(message.error))
    })
  })
  return result.finally(() => worker.terminate())
}
