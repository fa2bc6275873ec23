/** The thread of `shiftThread.ts`: one comparison. */
import { doJob } from '../system/index.node.js'
import { runShiftJob } from './shiftJob.js'

await doJob(runShiftJob)
