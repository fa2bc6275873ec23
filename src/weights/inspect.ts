/**
 * `inspect`: opens checkpoints and tables, measures every tensor, flags what is wrong. What differs between Node and a browser (how a path is opened, which
 * backend there is, worker threads) comes in as an `Environment`.
 */
import type { Checkpoint } from '../checkpoint/index.js'
import { InterruptedError, NormballError, throwIfAborted, version, withPlace } from '../core/index.js'
import type { BackendInfo } from '../lapack/index.js'
import { assembleReport } from './assemble.js'
import type { Measurer, RunOptions } from './measurer.js'
import { settle } from './options.js'
import { planJobs, readBytes } from './plan.js'
import type { Measurable } from './tables.js'
import type { FileReport, InspectOptions, InspectReport, ReportError } from './types.js'
import type { PlannedJob } from './work.js'

export interface Environment<Input, Opened = Checkpoint> {
  /** Every checkpoint that `input` stands for: usually one, several for a folder of unrelated files. Each opens when it is asked for. */
  list(input: Input, options?: InspectOptions): Promise<readonly Openable<Opened>[]>
  /** Who measures every file of a run; nothing is started before the first file. */
  measurer(options: InspectOptions, run: RunOptions): Measurer<'tensor'>
}

export interface Openable<Opened = Checkpoint> {
  readonly name: string
  open(signal: AbortSignal | undefined): Promise<Opened>
}

/**
 * Measures everything in `inputs`. A file that cannot be read stands in `errors`, the others are reported; only wrong usage and an aborted
 * `signal` throw.
 */
export async function inspectWith<Input>(
  environment: Environment<Input, Measurable>,
  inputs: readonly Input[],
  options: InspectOptions,
): Promise<InspectReport> {
  const { run, globs, thresholds } = settle(options)
  const { spectra, convNorms } = run
  const errors: ReportError[] = []
  const files: FileReport[] = []
  const measurer = environment.measurer(options, run)

  const measureFile = async ({ name, open }: Openable<Measurable>): Promise<void> => {
    options.onProgress?.({
      phase: 'open',
      file: name,
      tensor: null,
      bytesDone: 0,
      bytesTotal: 0,
      tensorsDone: 0,
      tensorsTotal: 0,
      share: 0,
    })
    const checkpoint = await open(options.signal)
    try {
      const jobs = planJobs(checkpoint, globs, spectra, convNorms)
      const measured = await measurer.measure(jobs, checkpoint.sources, progressOf(checkpoint, jobs, options))
      files.push(assembleReport(checkpoint, measured, thresholds))
    } finally {
      await checkpoint.close()
    }
  }

  let backend: BackendInfo | null = null
  try {
    for (const input of inputs) {
      throwIfAborted(options.signal)
      const openables = await collect(errors, nameOf(input), options, () => environment.list(input, options))
      for (const openable of openables ?? []) await collect(errors, openable.name, options, () => measureFile(openable))
    }
    backend = measurer.backend
  } finally {
    const closed = measurer.close()
    // Not even ending a thread interrupts the library's call that it is in, and who aborts does not want to wait for that.
    if (!options.signal?.aborted) await closed
  }
  return {
    normball: version,
    command: 'inspect',
    backend: backend ? { ...backend } : { name: 'none needed', kind: 'portable' },
    options: { spectra, convNorms, tensors: [...globs] },
    errors,
    files,
  }
}

/** For messages. Not `String(input)`, which would write out every number of an array. */
export function nameOf(input: unknown): string {
  return typeof input === 'string' ? input : input instanceof URL ? input.href : 'the input'
}

/** Runs `work`; a failure of the input is added to `errors`, anything else is thrown. */
export async function collect<T>(
  errors: ReportError[],
  file: string,
  { signal }: Pick<InspectOptions, 'signal'>,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    // Whatever else an abort makes fail (a request that is cut off), it is no failure of the input.
    throwIfAborted(signal)
    withPlace(error, { file })
    if (!(error instanceof NormballError) || error.exitCode === 2 || error instanceof InterruptedError) throw error
    // `withPlace` has filled the file in where the error did not know it.
    errors.push(error.toJSON())
    return null
  }
}

function progressOf(checkpoint: Measurable, jobs: readonly PlannedJob<'tensor'>[], options: InspectOptions) {
  const bytesTotal = jobs.reduce((sum, job) => sum + readBytes(job.task.entry), 0)
  // Reading is nearly all there is to do where no spectrum is asked for, and its bytes come more steadily than tensors do.
  const reads = options.spectra === 'none' && !options.convNorms
  const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 1)
  const costTotal = jobs.reduce((sum, job) => sum + job.cost, 0)
  let costDone = 0
  let bytesDone = 0
  let tensorsDone = 0
  let tensor: string | null = null
  const tell = (): void =>
    options.onProgress?.({
      phase: 'measure',
      file: checkpoint.path,
      tensor,
      bytesDone,
      bytesTotal,
      tensorsDone,
      tensorsTotal: jobs.length,
      share: reads ? share(bytesDone, bytesTotal) : share(costDone, costTotal),
    })
  return {
    signal: options.signal,
    onBytes(bytes: number) {
      bytesDone += bytes
      tell()
    },
    onTensor({ task, cost }: PlannedJob<'tensor'>) {
      tensor = task.entry.name
      costDone += cost
      tensorsDone++
      tell()
    },
  }
}
