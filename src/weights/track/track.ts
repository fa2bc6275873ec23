/** `track`: one network over time. Measures every checkpoint, follows every tensor through all of them, and judges each. */
import type { ReadOptions } from '../../checkpoint/index.js'
import { UsageError, version } from '../../core/index.js'
import { createKernels } from '../../kernels/index.js'
import { isWeight } from '../flags/rules/rule.js'
import { collect, type Environment, nameOf, type Openable } from '../inspect.js'
import type { Measurer } from '../measurer.js'
import { settle } from '../options.js'
import { planJobs, readBytes } from '../plan.js'
import { nameMatcher, requireMatches } from '../select.js'
import type { Progress, ReportError, TensorFigures } from '../types.js'
import { Gathering, type Track, where } from './gather.js'
import { orderCheckpoints, type Place } from './order.js'
import { followPaths, makePath, mostLags, type Path } from './paths.js'
import type { Series } from './rules/series.js'
import { Shelf } from './shelf.js'
import type { TrackedTensor, TrackOptions, TrackReport, Verdict } from './types.js'
import { judge } from './verdict.js'

/** Part of the progress that measuring takes; the rest is for the paths. */
const measuring = 0.75

type Found = Openable & {
  readonly path: string
  readonly metadata: Parameters<typeof orderCheckpoints>[0][0]['metadata']
}

/** Follows one network through the checkpoints in `inputs`. A file that cannot be read stands in `errors`; only wrong usage and an aborted `signal` throw. */
export async function trackWith<Input>(
  environment: Environment<Input>,
  inputs: readonly Input[],
  options: TrackOptions,
  reading: ReadOptions = {},
): Promise<TrackReport> {
  const { run, globs } = settle(options, 'track')
  const wanted = options.order ?? 'auto'
  if (!['auto', 'step', 'name', 'given'].includes(wanted))
    throw new UsageError(`track: order is '${String(wanted)}'; expected auto, step, name or given.`)
  const errors: ReportError[] = []
  const found = await find(environment, inputs, options, errors)
  if (found.length < 2 && errors.length === 0)
    throw new UsageError(
      `track: ${found.length === 0 ? 'no checkpoint was given' : `there is only one checkpoint, '${found[0]!.path}'`}; expected two or more of one network. Try normball inspect for one.`,
    )
  const { order, items, warnings } = orderCheckpoints(found, wanted)
  const gathering = new Gathering()
  const kept: (Found & Place)[] = []
  const measurer = environment.measurer(options, run)
  const names = new Set<string>()
  try {
    for (const [index, item] of items.entries()) {
      const progress = { done: index / items.length, share: 1 / items.length }
      const figures = await collect(errors, item.name, options, () =>
        measureCheckpoint(measurer, item, options, { globs, names, ...progress }),
      )
      if (figures === null) continue
      gathering.add(kept.length, item.step, figures)
      kept.push(item)
    }
  } finally {
    const closed = measurer.close()
    if (!options.signal?.aborted) await closed
  }
  if (kept.length > 0) requireMatches(globs, [...names], kept[0]!.path)
  gathering.tellMissing(kept.length)
  const paths = await follow(kept, gathering, options, reading)
  const tensors = [...gathering.tracks.values()].map((track) => finish(track, paths.get(track.name) ?? null))
  finishTotals(gathering, [...paths.values()])
  return {
    normball: version,
    command: 'track',
    order,
    options: { spectra: run.spectra, tensors: [...globs] },
    checkpoints: kept.map(({ path, step, stepFrom }) => ({ path, step, stepFrom })),
    tensors,
    totals: gathering.totals,
    errors,
    skipped: gathering.skipped,
    warnings: [...warnings],
  }
}

/** Every checkpoint that the inputs stand for, with what its metadata say. */
async function find<Input>(
  environment: Environment<Input>,
  inputs: readonly Input[],
  options: TrackOptions,
  errors: ReportError[],
): Promise<Found[]> {
  const found: Found[] = []
  for (const input of inputs) {
    const openables = await collect(errors, nameOf(input), options, () => environment.list(input))
    for (const openable of openables ?? []) {
      options.onProgress?.({ ...nothing, phase: 'open', file: openable.name })
      await collect(errors, openable.name, options, async () => {
        const checkpoint = await openable.open(options.signal)
        const { path, metadata } = checkpoint
        await checkpoint.close()
        found.push({ name: openable.name, open: openable.open.bind(openable), path, metadata })
      })
    }
  }
  return found
}

const nothing: Progress = {
  phase: 'measure',
  file: '',
  tensor: null,
  bytesDone: 0,
  bytesTotal: 0,
  tensorsDone: 0,
  tensorsTotal: 0,
  share: 0,
}

interface Part {
  readonly globs: readonly string[]
  /** All names that were seen. */
  readonly names: Set<string>
  readonly done: number
  readonly share: number
}

async function measureCheckpoint(
  measurer: Measurer<'tensor'>,
  item: Found,
  options: TrackOptions,
  { globs, names, done, share }: Part,
): Promise<TensorFigures[]> {
  const checkpoint = await item.open(options.signal)
  try {
    const model = checkpoint.tensors.filter(({ group }) => group === 'model')
    for (const { name } of model) names.add(name)
    const here = globs.filter((glob) => model.some(({ name }) => nameMatcher([glob])(name)))
    if (globs.length > 0 && here.length === 0) return []
    const jobs = planJobs({ ...checkpoint, tensors: model }, here, options.spectra ?? 'auto', false)
    const bytesTotal = jobs.reduce((sum, job) => sum + readBytes(job.task.entry), 0)
    const costTotal = jobs.reduce((sum, job) => sum + job.cost, 0)
    let [cost, bytesDone, tensorsDone] = [0, 0, 0]
    const measured = await measurer.measure(jobs, checkpoint.sources, {
      signal: options.signal,
      onBytes(bytes) {
        bytesDone += bytes
      },
      onTensor(job) {
        cost += job.cost
        tensorsDone++
        const part = measuring * (done + (share * cost) / Math.max(1, costTotal))
        const counts = { bytesDone, bytesTotal, tensorsDone, tensorsTotal: jobs.length }
        options.onProgress?.({ ...nothing, file: item.path, tensor: job.task.entry.name, ...counts, share: part })
      },
    })
    return measured.map(({ figures }) => figures)
  } finally {
    await checkpoint.close()
  }
}

/** The paths of all floating tensors that are finite in two checkpoints or more. */
async function follow(
  files: readonly Openable[],
  { tracks }: Gathering,
  options: TrackOptions,
  reading: ReadOptions,
): Promise<Map<string, Path>> {
  const paths = new Map<string, Path>()
  for (const { name, points, isFloating } of tracks.values()) {
    const finite = points.filter(({ nonfinite }) => nonfinite === 0)
    if (!isFloating || finite.length < 2) continue
    const largest = finite.reduce((most, { linf }) => Math.max(most, linf), 0)
    paths.set(
      name,
      makePath(
        name,
        finite.map(({ checkpoint }) => checkpoint),
        largest,
      ),
    )
  }
  const shelf = new Shelf(files, options.signal)
  try {
    await followPaths(createKernels(), shelf, files.length, [...paths.values()], {
      ...reading,
      signal: options.signal,
      onTensor: (tensor, share) =>
        options.onProgress?.({ ...nothing, tensor, file: '', share: measuring + (1 - measuring) * share }),
    })
  } finally {
    await shelf.close()
  }
  return paths
}

/** The point's figures from its path, and the verdict. */
function finish(track: Track, path: Path | null): TrackedTensor {
  const { name, shape, kind, points } = track
  const members = path ? points.filter(({ nonfinite }) => nonfinite === 0) : []
  for (const [t, point] of members.entries()) {
    point.distance = Math.sqrt(path!.away[t]!) / path!.scale
    if (t === 0) continue
    const before = members[t - 1]!
    point.deltaL2 = Math.sqrt(path!.squares[t]!) / path!.scale
    point.update = before.l2 > 0 ? point.deltaL2 / before.l2 : null
    point.updatePerStep = point.update === null ? null : perStep(point.update, before, point)
    point.cosine = cosineOf(path!, t, 1)
  }
  return { name, shape: [...shape], kind, points, verdict: verdictOf(track, members, path) }
}

function perStep(value: number, before: { step: number | null }, now: { step: number | null }): number | null {
  if (before.step === null || now.step === null || now.step <= before.step) return null
  return value / (now.step - before.step)
}

function cosineOf({ squares, products }: Path, t: number, lag: number): number | null {
  if (t - lag < 1) return null
  const sizes = Math.sqrt(squares[t]!) * Math.sqrt(squares[t - lag]!)
  return sizes > 0 ? Math.max(-1, Math.min(1, products[lag - 1]![t]! / sizes)) : null
}

function verdictOf(track: Track, members: Track['points'], path: Path | null): Verdict {
  const { points, nan, kind, group, shape } = track
  const placed = (point: Track['points'][number] | undefined): number | null =>
    point === undefined ? null : (point.step ?? point.checkpoint)
  const faulty = points.findIndex(
    ({ nonfinite }, i) => nan[i]! > 0 || nonfinite - nan[i]! > points[0]!.nonfinite - nan[0]!,
  )
  if (faulty >= 0) {
    const one = points[faulty]!
    const said = faulty === 0 ? 'from the first checkpoint on' : `from ${where(one)} on`
    const why = `${one.nonfinite} elements are NaN or infinite ${said}. Go back to the checkpoint before.`
    return { code: 'nan', step: placed(one), why }
  }
  const count = shape.reduce((a, b) => a * b, 1)
  if (count > 0 && track.isFloating && points.at(-1)!.zeros === count) {
    const alive = points.findLastIndex(({ zeros }) => zeros < count)
    if (alive >= 0)
      return {
        code: 'dead',
        step: placed(points[alive + 1]),
        why: `all elements are zero from ${where(points[alive + 1]!)} on.`,
      }
    if (isWeight({ group, kind, shape: [...shape] } as TensorFigures))
      return { code: 'dead', step: null, why: 'all elements are zero in every checkpoint.' }
  }
  if (path === null || members.length < 2) return { code: 'unknown', step: null, why: whyUnknown(track) }
  const { code, place, why } = judge(seriesOf(members, path, count))
  return { code, step: place === null ? null : placed(members[place]), why }
}

function whyUnknown({ isFloating, dtype, points }: Track): string {
  if (!isFloating) return `it holds ${dtype} values, which are not judged.`
  if (points.length < 2) return 'one checkpoint alone has it.'
  return 'fewer than two checkpoints have it without NaN and infinite elements.'
}

function seriesOf(members: Track['points'], path: Path, count: number): Series {
  const steps = members.map(({ step }) => step)
  const rises = steps.every((step, t) => step !== null && (t === 0 || step > steps[t - 1]!))
  return {
    count,
    at: members.map(({ step }, t) => (rises ? step! : t)),
    norms: members.map(({ l2 }) => l2),
    deltas: members.map(({ deltaL2 }) => deltaL2 ?? 0),
    away: members.map(({ distance }) => distance ?? 0),
    cosines: Array.from({ length: mostLags }, (_, i) => members.map((_point, t) => cosineOf(path, t, i + 1))),
  }
}

/** Whole-model updates, from tensors that both checkpoints have. */
function finishTotals({ totals, tracks }: Gathering, paths: readonly Path[]): void {
  for (const [index, total] of totals.entries()) {
    let product = 0
    let pairs = 0
    const deltas: number[] = []
    const distances: number[] = []
    const before: number[] = []
    const matched: number[] = []
    for (const { name, members, squares, products, away, scale } of paths) {
      const t = members.indexOf(index)
      if (t < 0 || tracks.get(name)!.isShared) continue
      if (members[0] === 0) distances.push(Math.sqrt(away[t]!) / scale)
      if (t === 0 || members[t - 1] !== index - 1) continue
      deltas.push(Math.sqrt(squares[t]!) / scale)
      if (t === 1 || members[t - 2] !== index - 2) continue
      product += products[0]![t]! / scale / scale
      before.push(Math.sqrt(squares[t - 1]!) / scale)
      matched.push(Math.sqrt(squares[t]!) / scale)
      pairs++
    }
    if (distances.length > 0) total.distance = Math.hypot(...distances)
    if (deltas.length === 0) continue
    total.deltaL2 = Math.hypot(...deltas)
    const last = totals[index - 1]!
    total.update = last.l2 > 0 ? total.deltaL2 / last.l2 : null
    total.updatePerStep = total.update === null ? null : perStep(total.update, last, total)
    const sizes = Math.hypot(...before) * Math.hypot(...matched)
    const cosine = product / sizes
    total.cosine = pairs > 0 && Number.isFinite(cosine) ? Math.max(-1, Math.min(1, cosine)) : null
  }
}
