/** Everything that is measured of one tensor. */
import type { Source, TensorEntry } from '../../checkpoint/index.js'
import { elementCount, isFloating, plural, storageBytes, throwIfAborted, withPlace } from '../../core/index.js'
import type { Statistics } from '../../kernels/index.js'
import type { Real } from '../../lapack/index.js'
import type { MatrixFigures, TensorFigures } from '../types.js'
import { convFigures, convLayout, isFeasible } from './conv/index.js'
import { whyNotSliced } from './counter.js'
import { type LineLayout, lineFigures, lineLayout, mostLines } from './lines.js'
import { fitsKept, type Method, matrixFigures, matrixFiguresFromFile, methodFor } from './matrix.js'
import { type Arena, isOutOfMemory, withArena } from './memory.js'
import { sliceFigures } from './slices.js'
import { bytesOf, streamTensor } from './stream.js'
import type { Job, Measured, MeasureEngine, MeasureOptions, MeasureTask, SliceFacts, TensorFacts } from './types.js'

/**
 * Measures one tensor: one reading for the entrywise figures, more only for matrices too large to keep. Figures that cannot be computed are
 * null and stand in `skipped`. Throws FormatError when the stored bytes are not what the file promises.
 */
export async function measureTensor(
  entry: TensorEntry,
  facts: TensorFacts,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<Measured> {
  const skipped: Measured['skipped'] = []
  const { name, dtype, shape } = entry
  const skip = (what: string, why: string): void => void skipped.push({ name, dtype, shape, what, why })
  const job: Job = { entry, facts, engine, options, skip }
  throwIfAborted(options.signal)
  try {
    return await withArena(engine.kernels, async (arena) => {
      const measured = await measureAll(job, sources, arena)
      return { ...measured, skipped }
    })
  } catch (error) {
    throw withPlace(error, { tensor: name, file: fileOf(entry, sources) })
  }
}

/** The same of a task that may have been posted. */
export function measure(
  { entry, facts }: MeasureTask,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<Measured> {
  return measureTensor(entry, facts, sources, engine, options)
}

async function measureAll(job: Job, sources: readonly Source[], arena: Arena) {
  const { entry } = job
  const matrixWhyNot = whyNoMatrix(job)
  const conv = whichConv(job)
  const rows = entry.shape[0] ?? 1
  const columns = rows === 0 ? 0 : entry.count / rows
  const method = matrixWhyNot === null ? methodFor(job.options.spectra, Math.min(rows, columns)) : null
  const keep = method !== null || conv !== null ? tryKeep(job, rows, columns, method ?? 'exact', arena) : null
  const slices = slicesOf(job)
  const layout = layoutOf(job)
  const streamed = await withArena(job.engine.kernels, (inner) =>
    streamTensor(job, sources, { layout, slices, keep }, inner),
  )
  const { statistics } = streamed
  const lines = layout && streamed.lines ? lineFigures(layout, streamed.lines) : null
  const whyNotFinite = nonFinite(statistics)
  const input = { ...statistics, storage: entry.data.type }

  let matrix: MatrixFigures | null = null
  const noMatrix = matrixWhyNot ?? whyNotFinite
  if (noMatrix !== null) job.skip('matrix', noMatrix)
  else if (keep !== null)
    matrix = await matrixFigures(job, job.engine.lapack!, { ...keep, rows, columns, stride: columns }, input, job.skip)
  else matrix = await matrixFiguresFromFile(job, job.engine.lapack!, sources, { rows, columns }, input)

  let operator: TensorFigures['conv'] = null
  if (conv !== null) {
    if (whyNotFinite !== null) job.skip('conv', whyNotFinite)
    else if (keep === null) job.skip('conv', 'the kernel is too large for memory')
    else operator = await convFigures(job.engine.lapack!, keep, conv, statistics.linf, job.options.seed)
  }
  const figures: TensorFigures = {
    ...entrywise(job, statistics),
    rows: lines?.rows ?? null,
    columns: lines?.columns ?? null,
    matrix,
    conv: operator,
    slices: await sliceFigures(job, keep, slices, streamed.slices, noMatrix),
    sharesWith: entry.sharesWith,
    flags: [],
  }
  return { figures, fingerprint: streamed.fingerprint, saturated: streamed.saturated }
}

/** The file that holds the tensor's bytes: a shard, perhaps. */
export function fileOf({ data: { storage } }: TensorEntry, sources: readonly Source[]): string | undefined {
  return storage.kind === 'bytes' ? undefined : sources[storage.source]?.name
}

/** How the tensor is cut into rows and columns; null where it has none. */
function layoutOf({ entry, facts, skip }: Job): LineLayout | null {
  if (!isFloating(entry.data.type) || entry.shape.length < 2 || entry.count === 0) return null
  const layout = lineLayout(entry.shape, facts.outAxis, facts.kind)
  if (layout.rows + layout.columns <= mostLines) return layout
  skip('rows', `${layout.rows} rows and ${layout.columns} columns are more than the ${mostLines} whose norms are kept`)
  return null
}

/** Memory for a copy of the elements, or null when it does not fit. */
function tryKeep({ entry }: Job, rows: number, columns: number, method: Method, arena: Arena) {
  const type: Real = entry.data.type === 'f64' ? 'f64' : 'f32'
  if (!fitsKept(rows, columns, bytesOf(type), method)) return null
  try {
    return { pointer: arena.alloc(entry.count * bytesOf(type)), type }
  } catch (error) {
    if (isOutOfMemory(error)) return null
    throw error
  }
}

function whyNoMatrix({ entry, engine, options }: Job): string | null {
  const axes = entry.shape.length
  if (!isFloating(entry.data.type)) return `holds ${entry.dtype} values, not real floating-point numbers`
  if (axes < 2) return axes === 0 ? 'is a single number; a matrix needs two axes' : 'has one axis; a matrix needs two'
  if (entry.count === 0) return 'has no elements'
  if (options.spectra === 'none') return 'spectra were not asked for (--spectra none)'
  if (engine.lapack === null) return 'no linear algebra is loaded'
  return null
}

function nonFinite({ nan, posInf, negInf }: Statistics): string | null {
  if (nan + posInf + negInf === 0) return null
  const what = [nan > 0 ? `${nan} NaN` : '', posInf + negInf > 0 ? plural(posInf + negInf, 'infinite value') : '']
  return `holds ${what.filter(Boolean).join(' and ')}; a spectrum needs finite elements`
}

/** How the convolution is to be seen, or null when its operator norm is not asked for or makes no sense (told to `skip`). */
function whichConv(job: Job) {
  const { entry, facts, options, engine } = job
  if (!options.convNorms || entry.shape.length < 3 || entry.count === 0 || !isFloating(entry.data.type)) return null
  const layout = convLayout(entry.shape, facts, entry.name)
  let why = typeof layout === 'string' ? layout : null
  if (typeof layout !== 'string' && !isFeasible(layout))
    why = 'the kernel is too large for a sweep over its frequencies'
  if (engine.lapack === null) why ??= 'no linear algebra is loaded'
  if (why !== null) job.skip('conv', why)
  return why === null && typeof layout !== 'string' ? layout : null
}

function slicesOf(job: Job): readonly SliceFacts[] {
  const { facts, entry } = job
  if (facts.slices.length === 0 || entry.count === 0 || !isFloating(entry.data.type)) return []
  const why = whyNotSliced(facts.slices, entry.shape, entry.data.type)
  if (why !== null) job.skip('slices', why)
  return why === null ? facts.slices : []
}

type Entrywise = Omit<TensorFigures, 'rows' | 'columns' | 'matrix' | 'conv' | 'slices' | 'sharesWith' | 'flags'>

function entrywise({ entry, facts }: Job, statistics: Statistics): Entrywise {
  const { count, zeros, nan, posInf, negInf, subnormals, l1, l2, linf, mean, std, min, max } = statistics
  return {
    name: entry.name,
    dtype: entry.dtype,
    storage: entry.data.type,
    shape: [...entry.shape],
    count,
    kind: facts.kind,
    outAxis: facts.outAxis,
    group: entry.group,
    zeros,
    nan,
    posInf,
    negInf,
    subnormals,
    l0: count - zeros,
    l1,
    l2,
    linf,
    mean,
    std,
    min,
    max,
    bytes: storedBytes(entry),
    exponents: trimmed(statistics),
  }
}

/** A dequantized weight is stored as its parts. */
function storedBytes({ data: { storage, type }, count }: TensorEntry): number {
  if (storage.kind !== 'dequantized') return storageBytes(type, count)
  return storage.parts.reduce((sum, part) => sum + storageBytes(part.type, elementCount(part.shape)!), 0)
}

function trimmed({ exponents, exponentMin }: Statistics): TensorFigures['exponents'] {
  let first = 0
  let end = exponents.length
  while (first < end && exponents[first] === 0) first++
  while (end > first && exponents[end - 1] === 0) end--
  return { min: first === end ? 0 : exponentMin + first, counts: [...exponents.subarray(first, end)] }
}
