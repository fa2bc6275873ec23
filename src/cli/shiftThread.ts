/** A comparison in a thread of its own. */
import { jobInThread } from '../system/index.node.js'
import type { ShiftJob, ShiftOutcome } from './shiftJob.js'

/** With `--workers 0` in this thread. */
export async function shiftInThread(job: ShiftJob): Promise<ShiftOutcome> {
  const here = async (): Promise<ShiftOutcome> => (await import('./shiftJob.js')).runShiftJob(job)
  if (job.options.workers === 0) return here()
  return jobInThread({ file: new URL('./shifter.node.js', import.meta.url), job, name: 'normball shift', here })
}
