/** The other end of `thread.node.ts`: the one job of a worker thread. */
import { parentPort, workerData } from 'node:worker_threads'
import { postableError } from '../core/index.js'
import { announceUnfinished } from './atomic.node.js'
import type { FromThread, ToThread } from './thread.node.js'

/** Does the job that the thread was started for, posts its outcome or its error, and lets the thread end. */
export async function doJob<J, S, O>(
  work: (job: J, say: (said: S) => void, signal: AbortSignal) => Promise<O>,
): Promise<void> {
  const port = parentPort!
  const send = (message: FromThread<S, O>): void => port.postMessage(message)
  const interrupt = new AbortController()
  /** Who waits for the answer that a file is noted. */
  const waiting: (() => void)[] = []
  port.on('message', (message: ToThread) => {
    if (message === 'stop') interrupt.abort()
    else waiting.shift()?.()
  })
  announceUnfinished({
    begins(path) {
      send({ kind: 'writes', path })
      return new Promise((resolve) => waiting.push(resolve))
    },
    ends: (path) => send({ kind: 'wrote', path }),
  })
  try {
    const say = (said: S): void => send({ kind: 'said', said })
    send({ kind: 'done', outcome: await work(workerData as J, say, interrupt.signal) })
  } catch (error) {
    send({ kind: 'failed', error: postableError(error) })
  }
  port.close()
}
