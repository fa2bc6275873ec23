/** The thread of `thread.node.ts`: one training run. */
import { doJob } from '../system/index.node.js'
import type { TrainOutcome } from './config/outcome.js'
import { runTrainJob, type TrainJob } from './job.node.js'
import type { TrainerSaid } from './thread.node.js'
import type { LogRecord } from './types.js'

/** Milliseconds between two messages with steps. */
const patience = 50

await doJob<TrainJob, TrainerSaid, TrainOutcome>(async (job, say, signal) => {
  let told = 0
  let records: LogRecord[] = []
  const flush = (): void => {
    if (records.length > 0) say({ kind: 'records', records })
    records = []
    told = performance.now()
  }
  try {
    return await runTrainJob(job, {
      signal,
      onStart: (started) => say({ kind: 'started', started }),
      onRecord(record) {
        records.push(record)
        if (record.type !== 'step' || performance.now() - told > patience) flush()
      },
    })
  } finally {
    flush()
  }
})
