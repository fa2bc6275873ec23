/** Turns pairs into jobs: sources of both sides in one list, very large tensors in parts, and what each job will cost. */
import type { Source, TensorData, TensorEntry } from '../../checkpoint/index.js'
import { isFloating, rowMajorStrides, storageBytes, storageInfo } from '../../core/index.js'
import type { CompareTask } from '../compare/index.js'
import type { SpectraMode } from '../types.js'
import type { PlannedJob } from '../work.js'

/** One comparison of the report: its jobs' results are merged. */
export interface Planned {
  readonly tasks: readonly CompareTask[]
  /** Why there is no spectrum, where that is known beforehand. */
  readonly whyNoSpectrum: string | null
}

/** Elements of one part: some 25 milliseconds, and a whole number of units of every storage type. */
const partElements = 16 * 2 ** 20

/** b's entry where its sources stand behind a's. */
export function behind(entry: TensorEntry, sources: readonly Source[]): TensorEntry {
  return { ...entry, data: shifted(entry.data, sources.length) }
}

function shifted(data: TensorData, by: number): TensorData {
  const { storage } = data
  if (storage.kind === 'bytes') return data
  if (storage.kind !== 'dequantized') return { ...data, storage: { ...storage, source: storage.source + by } }
  const parts = storage.parts.map((part) => shifted(part, by))
  return { ...data, storage: { ...storage, source: storage.source + by, parts } }
}

/** The transpose of a matrix as a view of its bytes; null where its storage cannot be read in another order. */
export function transposeOf(entry: TensorEntry): TensorEntry | null {
  const { data, shape } = entry
  if (shape.length !== 2 || data.storage.kind === 'dequantized' || storageInfo(data.type).unit !== 1) return null
  const strides = (data.strides ?? rowMajorStrides(shape)).toReversed()
  const turned = shape.toReversed()
  return { ...entry, shape: turned, data: { ...data, shape: turned, strides } }
}

/** One pair, in parts where it is very large and no spectrum needs it whole. `b`'s sources stand behind `a`'s already. */
export function planPair(a: TensorEntry, b: TensorEntry, spectra: SpectraMode, angles: number): Planned {
  const why = whyNoSpectrum(a, b, spectra)
  const spectrum = why === null
  if (spectrum || a.count <= partElements || !canCut(a) || !canCut(b))
    return { tasks: [{ kind: 'pair', a, b, spectrum, angles }], whyNoSpectrum: why }
  const tasks: CompareTask[] = []
  for (let from = 0; from < a.count; from += partElements) {
    const count = Math.min(partElements, a.count - from)
    tasks.push({ kind: 'pair', a: cut(a, from, count), b: cut(b, from, count), spectrum, angles })
  }
  return { tasks, whyNoSpectrum: why }
}

function whyNoSpectrum(a: TensorEntry, b: TensorEntry, spectra: SpectraMode): string | null {
  for (const { data, dtype } of [a, b])
    if (!isFloating(data.type)) return `holds ${dtype} values, not real floating-point numbers`
  const axes = a.shape.length
  if (axes < 2) return axes === 0 ? 'is a single number; a matrix needs two axes' : 'has one axis; a matrix needs two'
  if (a.count === 0) return 'has no elements'
  return spectra === 'none' ? 'spectra were not asked for (--spectra none)' : null
}

/** Members of zip archives have one checksum, and views no order of their own. */
function canCut({ data }: TensorEntry): boolean {
  return data.strides === null && (data.storage.kind === 'range' || data.storage.kind === 'bytes')
}

function cut(entry: TensorEntry, from: number, count: number): TensorEntry {
  const { unit, unitBytes } = storageInfo(entry.data.type)
  const shape = [count]
  const offset = entry.data.offset + (from / unit) * unitBytes
  return { ...entry, shape, count, data: { ...entry.data, shape, offset } }
}

export function jobsOf(planned: readonly Planned[], spectra: SpectraMode): PlannedJob<'pair'>[] {
  return planned.flatMap(({ tasks }) => tasks).map((task) => ({ task, cost: costOf(task, spectra) }))
}

/** The tensor a task is about: for progress. */
export function subjectOf(task: CompareTask): TensorEntry {
  return task.kind === 'pair' ? task.a : task.kind === 'added' ? task.base : task.a.up
}

/** Bytes that a task reads; about those of the elements, where a zip's members are compressed. */
export function bytesOfTask(task: CompareTask): number {
  const entries =
    task.kind === 'pair'
      ? [task.a, task.b]
      : task.kind === 'added'
        ? [task.base, task.added.down, task.added.up]
        : [task.a, task.b].flatMap(({ down, up }) => [down, up])
  return entries.reduce((sum, { data, count }) => sum + (storageBytes(data.type, count) || 0), 0)
}

function costOf(task: CompareTask, spectra: SpectraMode): number {
  const { count, shape } = subjectOf(task)
  const streaming = 20_000 + count * 2
  if (task.kind !== 'pair' || !task.spectrum) return streaming
  const small = Math.min(shape[0]!, count / shape[0]!)
  const exact = spectra === 'exact' || (spectra === 'auto' && small <= 2048)
  // As for inspect, and two sets of leading vectors.
  const spectrum = exact ? (count * small + 4 * small ** 3) / 10 : count * 40
  return streaming + spectrum + (task.angles > 0 ? count * 60 : 0)
}
