/** A worker thread of a search: trains what it is given, one run after the other, with one thread of linear algebra. */
import { parentPort, workerData } from 'node:worker_threads'
import { type PostedError, postableError } from '../../core/index.js'
import { type BackendChoice, setBackend } from '../../tensor/index.node.js'
import { lapack } from '../../tensor/internal.js'
import { evaluate, type RunJob } from './evaluate.node.js'
import type { RunResult } from './types.js'

/** What a thread begins with. */
export interface SearcherStart {
  readonly backend: BackendChoice | undefined
}

/** What a thread says. */
export type FromSearcher =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly key: string; readonly result: RunResult }
  | { readonly kind: 'failed'; readonly error: PostedError }

const port = parentPort!
const say = (message: FromSearcher): void => port.postMessage(message)

const { backend } = workerData as SearcherStart
if (backend !== undefined) setBackend(backend)
// Threads share the cores; and sums come out the same however many there are.
lapack().setThreads(1)
port.on('message', (job: RunJob) => {
  evaluate(job).then(
    (result) => say({ kind: 'done', key: job.key, result }),
    (error: unknown) => say({ kind: 'failed', error: postableError(error) }),
  )
})
say({ kind: 'ready' })
