/** A training run in a thread of its own. */
import { jobInThread } from '../system/index.node.js'
import type { TrainOutcome } from './config/outcome.js'
import type { TrainEvents, TrainJob, TrainStarted } from './job.node.js'
import type { LogRecord } from './types.js'

/** What a run says: how it started, then records, several at a time, since a small network makes thousands of steps a second. */
export type TrainerSaid =
  | { readonly kind: 'started'; readonly started: TrainStarted }
  | { readonly kind: 'records'; readonly records: readonly LogRecord[] }

export function trainInThread(job: TrainJob, events: TrainEvents): Promise<TrainOutcome> {
  const { signal, onStart, onRecord } = events
  return jobInThread({
    file: new URL('./trainer.node.js', import.meta.url),
    job,
    name: 'normball train',
    signal,
    onSaid(said: TrainerSaid) {
      if (said.kind === 'started') onStart(said.started)
      else said.records.forEach(onRecord)
    },
    here: async () => (await import('./job.node.js')).runTrainJob(job, events),
  })
}
