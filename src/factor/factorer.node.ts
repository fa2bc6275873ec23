/** The thread of `thread.node.ts`: one factorization. */
import { doJob } from '../system/index.node.js'
import { runAnyJob } from './thread.node.js'

await doJob(runAnyJob)
