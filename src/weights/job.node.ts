/** The thread of `thread.node.ts`: one function of the library, then the end. */
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { announceUnfinished } from '../checkpoint/internal.node.js'
import { postableError } from '../core/index.js'
import * as library from './index.node.js'
import type { FromJob, JobStart } from './thread.node.js'
import type { Progress } from './types.js'

const { name, args, options } = workerData as JobStart
const port = parentPort!
const send = (message: FromJob): void => port.postMessage(message)

/** Milliseconds between two messages of progress. */
const patience = 50
let told = 0
function onProgress(progress: Progress): void {
  const now = performance.now()
  if (now - told < patience) return
  told = now
  send({ kind: 'progress', progress })
}

announceUnfinished({
  async begins(path) {
    send({ kind: 'writes', path })
    await once(port, 'message')
  },
  ends: (path) => send({ kind: 'wrote', path }),
})

const all = library as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
try {
  send({ kind: 'done', report: await all[name]!(...args, { ...options, onProgress }) })
} catch (error) {
  send({ kind: 'failed', error: postableError(error) })
}
