/** The thread of `shiftThread.ts`: one comparison, then the end. */
import { parentPort, workerData } from 'node:worker_threads'
import { postableError } from '../core/index.js'
import { runShiftJob, type ShiftJob } from './shiftJob.js'
import type { FromShifter } from './shiftThread.js'

const port = parentPort!
const send = (message: FromShifter): void => port.postMessage(message)

try {
  send({ kind: 'done', outcome: await runShiftJob(workerData as ShiftJob) })
} catch (error) {
  send({ kind: 'failed', error: postableError(error) })
}
port.close()
