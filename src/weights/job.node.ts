/** The thread of `thread.node.ts`: one function of the library. */
import { doJob } from '../system/index.node.js'
import { callLibrary, type JobStart } from './thread.node.js'
import type { Progress } from './types.js'

/** Milliseconds between two messages of progress. */
const patience = 50

await doJob((job: JobStart, say: (progress: Progress) => void) => {
  let told = 0
  return callLibrary(job, (progress) => {
    const now = performance.now()
    if (now - told < patience) return
    told = now
    say(progress)
  })
})
