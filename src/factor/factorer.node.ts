/** The thread of `thread.node.ts`: one factorization, then the end. */
import { parentPort, workerData } from 'node:worker_threads'
import { postableError } from '../core/index.js'
import { type AnyJob, type FromFactorer, runAnyJob } from './thread.node.js'

const port = parentPort!
const send = (message: FromFactorer): void => port.postMessage(message)

try {
  const outcome = await runAnyJob(workerData as AnyJob, (phase) => send({ kind: 'phase', phase }))
  send({ kind: 'done', outcome })
} catch (error) {
  send({ kind: 'failed', error: postableError(error) })
}
port.close()
