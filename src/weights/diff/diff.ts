/**
 * `diff`: opens two checkpoints, pairs their tensors and measures what changed. What differs between Node and a browser comes in as an
 * `DiffEnvironment`.
 */
import type { Checkpoint, TensorEntry } from '../../checkpoint/index.js'
import { throwIfAborted, UsageError, version, withPlace } from '../../core/index.js'
import { createKernels } from '../../kernels/index.js'
import type { BackendInfo } from '../../lapack/index.js'
import { inferKind } from '../kinds.js'
import type { MeasureEvents, Measurer, RunOptions } from '../measurer.js'
import { nameMatcher, requireMatches } from '../select.js'
import type { PlannedJob } from '../work.js'
import { type Adapter, adapterOf, isAdapter } from './adapter.js'
import { inRowOrder } from './gguf.js'
import { type LoraPlan, planOnBase, planTwoAdapters } from './lora.js'
import { pairByContent } from './match.js'
import { type SettledDiff, settleDiff } from './options.js'
import { pairByNames, shapeChange } from './pairing.js'
import { behind, bytesOfTask, jobsOf, type Planned, planPair, subjectOf } from './plan.js'
import { assemble, type Comparison } from './report.js'
import type { AdapterFigures, DiffInput, DiffOptions, DiffReport, ShapeChange } from './types.js'

export interface DiffEnvironment<Input> {
  /** One checkpoint. */
  open(input: Input, signal: AbortSignal | undefined): Promise<Checkpoint>
  /** What stands in the adapter_config.json beside `input`; null where there is none. */
  adapterConfig(input: Input): Promise<unknown>
  measurer(options: DiffOptions, run: RunOptions, needsLapack: boolean): Measurer<'pair'>
}

/** What will be compared. b's entries have their sources behind a's. */
interface Plan {
  comparisons: Comparison[]
  onlyA: string[]
  onlyB: string[]
  shapeChanged: ShapeChange[]
  warnings: string[]
  adapter: AdapterFigures | null
}

export async function diffWith<Input>(
  environment: DiffEnvironment<Input>,
  a: Input,
  b: Input,
  options: DiffOptions,
): Promise<DiffReport> {
  const settled = settleDiff(options)
  throwIfAborted(options.signal)
  const opened: Checkpoint[] = []
  try {
    for (const input of [a, b]) opened.push(await openOne(environment, input, options))
    const [A, B] = opened as [Checkpoint, Checkpoint]
    const entriesB = B.tensors.map((entry) => behind(entry, A.sources))
    const config = (input: Input): Promise<unknown> => environment.adapterConfig(input)
    const plan = selected(
      await planOf(A, B, entriesB, settled, options, [() => config(a), () => config(b)]),
      settled,
      A,
    )
    const needsLapack = settled.run.spectra !== 'none' || plan.adapter !== null
    const measurer = environment.measurer(options, settled.run, needsLapack)
    try {
      return await compareAll(plan, A, B, settled, options, measurer)
    } finally {
      const closed = measurer.close()
      // Not even ending a thread interrupts the library's call that it is in, and who aborts does not want to wait for that.
      if (!options.signal?.aborted) await closed
    }
  } finally {
    for (const one of opened) await one.close()
  }
}

async function openOne<Input>(
  environment: DiffEnvironment<Input>,
  input: Input,
  { onProgress, signal }: DiffOptions,
): Promise<Checkpoint> {
  const file = typeof input === 'string' ? input : undefined
  const nothing = { tensor: null, bytesDone: 0, bytesTotal: 0, tensorsDone: 0, tensorsTotal: 0, share: 0 }
  onProgress?.({ phase: 'open', file: file ?? 'the input', ...nothing })
  try {
    return await environment.open(input, signal)
  } catch (error) {
    throw withPlace(error, { file })
  }
}

async function planOf(
  A: Checkpoint,
  B: Checkpoint,
  entriesB: readonly TensorEntry[],
  settled: SettledDiff,
  options: DiffOptions,
  configs: readonly [() => Promise<unknown>, () => Promise<unknown>],
): Promise<Plan> {
  const engine = { kernels: createKernels(), lapack: null }
  const sources = [...A.sources, ...B.sources]
  const reading = { sources, engine, options: { ...settled.run, signal: options.signal } }
  const wantsLora = options.lora ?? (isAdapter(entriesB) && settled.map === undefined)
  if (wantsLora) {
    if (!isAdapter(entriesB)) throw noAdapter(B.path)
    const adapter = async (one: Checkpoint, entries: readonly TensorEntry[], at: 0 | 1): Promise<Adapter> =>
      adapterOf(one, entries, await configs[at](), settled.loraAlpha, reading)
    const b = await adapter(B, entriesB, 1)
    const both = isAdapter(A.tensors)
    const plan = both ? planTwoAdapters(await adapter(A, A.tensors, 0), b) : planOnBase(A.tensors, b)
    return { ...plan, adapter: adapterFigures(plan, b, both) }
  }
  const byNames = pairByNames(A.tensors, entriesB, settled.map)
  const inOrder = await inRowOrder(byNames.pairs, A, B, sources, engine, reading.options)
  const named = { ...byNames, pairs: inOrder.pairs, warnings: [...byNames.warnings, ...inOrder.warnings] }
  const paired = settled.match === 'shape' ? await pairByContent(named, sources, engine, reading.options) : named
  return {
    comparisons: paired.pairs.map((pair) => ({ kind: 'pair', ...pair })),
    onlyA: paired.restA.map(({ name }) => name),
    onlyB: paired.restB.map(({ name }) => name),
    shapeChanged: paired.shapeChanged.map(shapeChange),
    warnings: paired.warnings,
    adapter: null,
  }
}

function noAdapter(file: string): UsageError {
  return new UsageError(
    'diff: --lora, but b holds no adapter; expected pairs of tensors named lora_A and lora_B (or lora_down and lora_up).',
    { file },
  )
}

function adapterFigures({ comparisons }: LoraPlan, { scale, layers }: Adapter, both: boolean): AdapterFigures {
  const ranks = [...new Set(layers.map(({ rank }) => rank))].sort((x, y) => x - y)
  return {
    against: both ? 'adapter' : 'base',
    layers: comparisons.filter(({ kind }) => kind === 'factors').length,
    ranks,
    scale,
  }
}

/** What the globs leave. A pair stays when either of its names matches. */
function selected(plan: Plan, { globs }: SettledDiff, A: Checkpoint): Plan {
  if (globs.length === 0) return plan
  const { comparisons, onlyA, onlyB, shapeChanged } = plan
  const both = ({ name, nameB }: { name: string; nameB: string }): string[] => [name, nameB]
  const names = [
    ...comparisons.flatMap(({ pairing }) => both(pairing)),
    ...onlyA,
    ...onlyB,
    ...shapeChanged.flatMap(both),
  ]
  requireMatches(globs, [...new Set(names)], A.path)
  const matches = nameMatcher(globs)
  return {
    ...plan,
    comparisons: comparisons.filter(({ pairing }) => both(pairing).some(matches)),
    onlyA: onlyA.filter(matches),
    onlyB: onlyB.filter(matches),
    shapeChanged: shapeChanged.filter((one) => both(one).some(matches)),
  }
}

async function compareAll(
  plan: Plan,
  A: Checkpoint,
  B: Checkpoint,
  settled: SettledDiff,
  options: DiffOptions,
  measurer: Measurer<'pair'>,
): Promise<DiffReport> {
  const { run, angles, match, sort, globs, failOver } = settled
  const comparisons = plan.comparisons.filter(isReal)
  const planned = comparisons.map((one): Planned => {
    return one.kind === 'pair'
      ? planPair(one.a, one.b, run.spectra, angles)
      : { tasks: [one.task], whyNoSpectrum: null }
  })
  const jobs = jobsOf(planned, run.spectra)
  const results = await measurer.measure(jobs, [...A.sources, ...B.sources], progressOf(A.path, jobs, options))
  let next = 0
  const all = comparisons.map((comparison, at) => {
    const own = planned[at]!
    const from = next
    next += own.tasks.length
    return { comparison, planned: own, results: results.slice(from, next) }
  })
  const entries = new Map(A.tensors.map((entry) => [entry.name, entry]))
  const found = assemble(all, (entry) => inferKind(entry, entries).kind, sort)
  const backend: BackendInfo | null = measurer.backend
  const complex = plan.comparisons.filter((one) => !isReal(one))
  return {
    normball: version,
    command: 'diff',
    a: A.path,
    b: B.path,
    inputs: { a: inputOf(A), b: inputOf(B) },
    backend: backend ? { ...backend } : { name: 'none needed', kind: 'portable' },
    options: { spectra: run.spectra, angles, tensors: [...globs], match, sort },
    onlyA: plan.onlyA,
    onlyB: plan.onlyB,
    shapeChanged: plan.shapeChanged,
    ...found,
    adapter: plan.adapter,
    check: failOver === undefined ? null : checkOf(found, failOver),
    skipped: [
      ...A.skipped,
      ...B.skipped,
      ...complex.map(({ pairing: { name } }) => {
        const { dtype, shape } = entries.get(name)!
        return { name, dtype, shape, what: 'tensor', why: 'holds complex numbers, which are not compared' }
      }),
      ...found.skipped,
    ],
    warnings: [...plan.warnings, ...found.warnings, ...notesOf('a', A), ...notesOf('b', B)],
  }
}

function isReal(one: Comparison): boolean {
  if (one.kind !== 'pair') return true
  return [one.a, one.b].every(({ data }) => data.type !== 'c64' && data.type !== 'c128')
}

function inputOf({ path, format, bytes, tensors }: Checkpoint): DiffInput {
  return { path, format, bytes, tensors: tensors.length }
}

function notesOf(side: string, { warnings }: Checkpoint): string[] {
  return warnings.map((text) => `${side}: ${text}`)
}

/** Fails when the largest relative change of a floating tensor of the model is above the limit; NaN is above everything. */
function checkOf({ tensors }: Pick<DiffReport, 'tensors'>, failOver: number): DiffReport['check'] {
  let worst: { name: string; relative: number } | null = null
  for (const { name, relative, share } of tensors)
    if (share !== null && (worst === null || relative > worst.relative)) worst = { name, relative }
  const relative = worst?.relative ?? 0
  return { failOver, worst: worst?.name ?? null, relative, failed: relative > failOver }
}

function progressOf(file: string, jobs: readonly PlannedJob<'pair'>[], options: DiffOptions): MeasureEvents<'pair'> {
  const bytesTotal = jobs.reduce((sum, job) => sum + bytesOfTask(job.task), 0)
  const costTotal = jobs.reduce((sum, job) => sum + job.cost, 0)
  let [bytesDone, tensorsDone, costDone] = [0, 0, 0]
  let tensor: string | null = null
  const tell = (): void => {
    const share = costTotal > 0 ? Math.min(1, costDone / costTotal) : 1
    const phase = 'measure'
    options.onProgress?.({ phase, file, tensor, bytesDone, bytesTotal, tensorsDone, tensorsTotal: jobs.length, share })
  }
  return {
    signal: options.signal,
    onBytes(bytes) {
      bytesDone += bytes
      tell()
    },
    onTensor({ task, cost }) {
      tensor = subjectOf(task).name
      costDone += cost
      tensorsDone++
      tell()
    },
  }
}
