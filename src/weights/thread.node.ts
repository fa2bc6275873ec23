/** A whole job in a thread of its own, for programs that must stay alive while it computes: the command line's edits. */
import { jobInThread } from '../system/index.node.js'
import type * as library from './index.node.js'
import type { Progress } from './types.js'

/** Functions of the library that take plain values and options, and give a plain report. */
export type JobName = 'clip' | 'prune' | 'compress' | 'convert' | 'retain'

export interface JobStart {
  readonly name: JobName
  readonly args: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
}

type Report<N extends JobName> = Awaited<ReturnType<(typeof library)[N]>>

/** Runs `name(...args, options)`. */
export function runInThread<N extends JobName>(
  name: N,
  args: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
  onProgress: (progress: Progress) => void,
): Promise<Report<N>> {
  const job: JobStart = { name, args, options }
  return jobInThread({
    file: new URL('./job.node.js', import.meta.url),
    job,
    name: `normball ${name}`,
    onSaid: onProgress,
    here: () => callLibrary(job, onProgress) as Promise<Report<N>>,
  })
}

/** For the thread. */
export async function callLibrary(
  { name, args, options }: JobStart,
  onProgress: (progress: Progress) => void,
): Promise<unknown> {
  const all = (await import('./index.node.js')) as unknown as Record<string, (...args: unknown[]) => unknown>
  return all[name]!(...args, { ...options, onProgress })
}
