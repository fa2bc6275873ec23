/**
 * A whole job in a worker thread, for programs that must stay alive while it computes: the command line's edits. The thread ends with the job;
 * what it writes is known here, so that an interrupt removes it.
 */
import { Worker } from 'node:worker_threads'
import { forgetUnfinished, noteUnfinished } from '../checkpoint/internal.node.js'
import { type PostedError, reviveError } from '../core/index.js'
import type * as library from './index.node.js'
import type { Progress } from './types.js'

/** Functions of the library that take plain values and options, and give a plain report. */
export type JobName = 'clip' | 'prune' | 'compress' | 'convert' | 'retain'

export interface JobStart {
  readonly name: JobName
  readonly args: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
}

export type FromJob =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly report: unknown }
  | { readonly kind: 'failed'; readonly error: PostedError }
  /** A file is about to be written; it waits for the answer. */
  | { readonly kind: 'writes'; readonly path: string }
  | { readonly kind: 'wrote'; readonly path: string }

type Report<N extends JobName> = Awaited<ReturnType<(typeof library)[N]>>

/** Runs `name(...args, options)` in a thread of its own; in this one where the program has no file for the thread. */
export async function runInThread<N extends JobName>(
  name: N,
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  onProgress: (progress: Progress) => void,
): Promise<Report<N>> {
  try {
    return await inThread<N>({ name, args, options }, onProgress)
  } catch (error) {
    if (!lacksFile(error)) throw error
    const all = (await import('./index.node.js')) as unknown as Record<string, (...args: unknown[]) => unknown>
    return (await all[name]!(...args, { ...options, onProgress })) as Report<N>
  }
}

/** Programs that were bundled into one file lack the thread's, as the sources do. */
function lacksFile(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' || code === 'ERR_INVALID_URL'
}

function inThread<N extends JobName>(start: JobStart, onProgress: (progress: Progress) => void): Promise<Report<N>> {
  const worker = new Worker(new URL('./job.node.js', import.meta.url), { workerData: start, name: 'normball' })
  const written = new Set<string>()
  const result = new Promise<Report<N>>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('the worker thread ended without a result')))
    worker.on('message', (message: FromJob) => {
      if (message.kind === 'progress') onProgress(message.progress)
      else if (message.kind === 'done') resolve(message.report as Report<N>)
      else if (message.kind === 'failed') reject(reviveError(message.error))
      else if (message.kind === 'writes') {
        noteUnfinished(message.path)
        written.add(message.path)
        worker.postMessage('noted')
      } else forgetUnfinished(message.path)
    })
  })
  return result.finally(async () => {
    await worker.terminate()
    for (const path of written) forgetUnfinished(path)
  })
}
