/** What `normball train` does in its thread: a run from a configuration file, with everything it leaves in a folder. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { save } from '../checkpoint/index.node.js'
import { inert, SystemError, UsageError } from '../core/index.js'
import { refusal, writeFileAtomically } from '../system/index.node.js'
import { type BackendChoice, noGrad, setBackend } from '../tensor/index.node.js'
import { tidy } from '../tensor/internal.js'
import { readConfig } from './config/config.node.js'
import type { TrainOutcome } from './config/outcome.js'
import { type LocatedConfig, requireTrainConfig } from './config/parse.js'
import { picturesOf, type Tiles } from './config/pictures.js'
import { runLocated } from './config/run.node.js'
import type { TrainConfig } from './config/types.js'
import { checkpointFolder } from './loop/folder.node.js'
import { runLog } from './loop/runLog.node.js'
import { writePreparation } from './tableModel.node.js'
import type { LogRecord } from './types.js'

/** Plain data: it is posted to the thread. */
export interface TrainJob {
  /** Path of the configuration. */
  readonly config: string
  /** `optimizer.lr=0.01`. */
  readonly settings: readonly string[]
  /** Folder of what the run leaves; the configuration's where absent, else `runs/NAME`; null for none. */
  readonly output?: string | null | undefined
  /** Goes on from the latest checkpoint in the output, in another folder, or from a file. */
  readonly resume: boolean | string
  readonly backend?: BackendChoice | undefined
}

/** Told before the first step. */
export interface TrainStarted {
  readonly output: string | null
  readonly config: TrainConfig
}

export interface TrainEvents {
  readonly signal: AbortSignal
  onStart(started: TrainStarted): void
  onRecord(record: LogRecord): void
}

/** Reads the configuration, trains, and writes log, checkpoints, configuration and the network. */
export async function runTrainJob(job: TrainJob, events: TrainEvents): Promise<TrainOutcome> {
  if (job.backend !== undefined) setBackend(job.backend)
  const located = await requireTrainConfig(await readConfig(job.config), job.settings)
  const { config } = located
  const output = outputOf(job, located)
  const store = output === null ? undefined : checkpointFolder(output, config.checkpoints ?? {})
  const log = output === null ? null : runLog(join(output, 'log.ndjson'))
  if (output !== null) {
    makeFolder(output)
    writeFileAtomically(join(output, 'config.json'), `${JSON.stringify(config, null, 2)}\n`)
  }
  events.onStart({ output, config })
  let pictures: readonly Tiles[] = []
  let normalization: TrainOutcome['normalization'] = null
  try {
    const report = await runLocated(located, {
      folder: dirname(job.config),
      signal: events.signal,
      checkpoints: store,
      resume: job.resume !== false,
      onRecord: log === null ? [events.onRecord] : [log, events.onRecord],
      async onModel(model, data) {
        const { input, target } = await (data.validation ?? data.train).batch(Int32Array.of(0))
        target.dispose()
        model.eval()
        normalization = data.normalization ?? null
        if (input.dtype !== 'i32') pictures = noGrad(() => tidy(() => picturesOf(model, input)))
        input.dispose()
        if (output !== null && data.encoding !== undefined) writePreparation(output, data.encoding, data.layer ?? null)
        if (output !== null) await save(join(output, 'model.safetensors'), model.stateDict(), { metadata: { format: 'pt' } }) // biome-ignore format: one line
      },
    })
    return { config, output, report, normalization, pictures }
  } finally {
    log?.flush()
  }
}

/** Where the run is written. @throws UsageError where that would go over another run, or there is nothing to resume */
function outputOf(job: TrainJob, { config }: LocatedConfig): string | null {
  const { resume } = job
  if (typeof resume === 'string') return runOf(resume)
  const asked = job.output === undefined ? config.output && resolve(dirname(job.config), config.output) : job.output
  if (asked === null) {
    if (resume) throw new UsageError('--resume: the run has no folder. Try --folder DIR.')
    return null
  }
  if (asked !== undefined) {
    if (resume && !hasRun(asked)) throw nothingIn(asked)
    if (!resume && hasRun(asked))
      throw new UsageError(
        `'${inert(asked)}' holds a run already. Try --resume to go on with it, or another --folder.`,
        {},
        'output-exists',
      )
    return asked
  }
  const name = join('runs', basename(job.config, extname(job.config)))
  if (!resume) return free(name)
  const last = latestOf(name)
  if (last === null) throw nothingIn(name)
  return last
}

const nothingIn = (folder: string): UsageError =>
  new UsageError(`--resume: there is no checkpoint in '${inert(folder)}'.`, {}, 'nothing-to-resume')

const hasRun = (folder: string): boolean => existsSync(join(folder, 'log.ndjson')) || steps(folder) > 0

function steps(folder: string): number {
  try {
    return readdirSync(join(folder, 'checkpoints')).filter((name) => name.endsWith('.safetensors')).length
  } catch {
    return 0
  }
}

/** The folder of a run that `--resume` names: itself, or the one that a checkpoint is in. */
function runOf(path: string): string {
  if (!existsSync(path)) throw new SystemError('not-found', `no such file or folder: '${inert(path)}'.`, { file: path })
  for (const folder of [path, dirname(path), dirname(dirname(path))]) if (steps(folder) > 0) return folder
  throw nothingIn(path)
}

/** `name`, or `name-2`, `name-3`, ...: the first that is not there. */
function free(name: string): string {
  for (let n = 1; ; n++) if (!existsSync(numbered(name, n))) return numbered(name, n)
}

function latestOf(name: string): string | null {
  let last: string | null = null
  for (let n = 1; existsSync(numbered(name, n)); n++) if (steps(numbered(name, n)) > 0) last = numbered(name, n)
  return last
}

const numbered = (name: string, n: number): string => (n === 1 ? name : `${name}-${n}`)

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new SystemError('cannot-write', `cannot make the folder '${inert(folder)}': ${refusal(error)}.`, {
      file: folder,
      cause: error,
    })
  }
}
