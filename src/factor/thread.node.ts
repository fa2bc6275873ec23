/** A factorization in a thread of its own. */
import { jobInThread } from '../system/index.node.js'
import type { FactorJob, FactorOutcome } from './job.node.js'
import type { PictureJob, PictureOutcome } from './jobs/picture.node.js'

export type AnyJob = FactorJob | PictureJob
type OutcomeOf<J extends AnyJob> = J extends PictureJob ? PictureOutcome : FactorOutcome

export function factorInThread<J extends AnyJob>(job: J, onProgress: (phase: string) => void): Promise<OutcomeOf<J>> {
  return jobInThread({
    file: new URL('./factorer.node.js', import.meta.url),
    job,
    name: 'normball factor',
    onSaid: onProgress,
    here: () => runAnyJob(job, onProgress) as Promise<OutcomeOf<J>>,
  })
}

/** For the thread. */
export async function runAnyJob(
  job: AnyJob,
  onProgress: (phase: string) => void,
): Promise<FactorOutcome | PictureOutcome> {
  if ('picture' in job) return (await import('./jobs/picture.node.js')).runPictureJob(job, onProgress)
  return (await import('./job.node.js')).runFactorJob(job, onProgress)
}
