/** The thread of `thread.node.ts`: one training run, then the end. */
import { parentPort, workerData } from 'node:worker_threads'
import { announceUnfinished } from '../checkpoint/internal.node.js'
import { postableError } from '../core/index.js'
import { runTrainJob, type TrainJob } from './job.node.js'
import type { FromTrainer, ToTrainer } from './thread.node.js'
import type { LogRecord } from './types.js'

const port = parentPort!
const send = (message: FromTrainer): void => port.postMessage(message)

const interrupt = new AbortController()
/** Who waits for the answer that a file is noted. */
const waiting: (() => void)[] = []
port.on('message', (message: ToTrainer) => {
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

/** Milliseconds between two messages with steps. */
const patience = 50
let told = 0
let records: LogRecord[] = []
function flush(): void {
  if (records.length > 0) send({ kind: 'records', records })
  records = []
  told = performance.now()
}

try {
  const outcome = await runTrainJob(workerData as TrainJob, {
    signal: interrupt.signal,
    onStart: (started) => send({ kind: 'started', started }),
    onRecord(record) {
      records.push(record)
      if (record.type !== 'step' || performance.now() - told > patience) flush()
    },
  })
  flush()
  send({ kind: 'done', outcome })
} catch (error) {
  flush()
  send({ kind: 'failed', error: postableError(error) })
}
port.close()
