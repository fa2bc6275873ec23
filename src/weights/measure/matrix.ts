/** The matrix figures of a tensor or a slice: which method, whether it fits into memory, and the reason when there are none. */
import type { Source } from '../../checkpoint/index.js'
import { type StorageType, showBytes } from '../../core/index.js'
import type { Lapack } from '../../lapack/index.js'
import type { MatrixFigures, SpectraMode } from '../types.js'
import { type Arena, isOutOfMemory, withArena } from './memory.js'
import { derivedFigures } from './spectrum/derived.js'
import { exactSpectrum } from './spectrum/exact.js'
import { gramOfTall } from './spectrum/gram.js'
import { krylovDefaults, krylovSpectrum } from './spectrum/krylov.js'
import { type MatrixView, type Panels, panelsFromFile, panelsOf, scaleFor, scaleUp } from './spectrum/panels.js'
import type { Spectrum } from './spectrum/spectrum.js'
import type { Job } from './types.js'

/** `auto` is exact up to this smaller side. */
export const autoLimit = 2048
/** `exact` goes up to this smaller side. */
export const exactLimit = 16384
/** Below this smaller side a Krylov space would be the whole space: an estimate would cost more than all values. */
const estimateFrom = 64
/** A copy of the elements up to this size is kept for the spectrum; larger ones are read again. */
export const keptBytes = 2 ** 31
/** What the kernels' 32-bit memory can give to one matrix, its Gram matrix included. */
const memoryBytes = 3.9 * 2 ** 30

export type Method = 'exact' | 'estimate'

/** What will be done for a matrix whose smaller side is `k`. */
export function methodFor(mode: SpectraMode, k: number): Method | null {
  if (mode === 'none') return null
  if (mode === 'estimate') return k <= estimateFrom ? 'exact' : 'estimate'
  return k <= (mode === 'auto' ? autoLimit : exactLimit) ? 'exact' : 'estimate'
}

export interface MatrixInput {
  readonly storage: StorageType
  readonly linf: number
  readonly l2: number
  readonly zeros: number
}

type Skip = (what: string, why: string) => void

/** Figures of a matrix in kernel memory. */
export async function matrixFigures(
  job: Job,
  lapack: Lapack,
  view: MatrixView,
  input: MatrixInput,
  skip: Skip,
): Promise<MatrixFigures | null> {
  const { spectra, rankTolerance } = job.options
  const wideStorage = input.storage === 'f64'
  const method = methodFor(spectra, Math.min(view.rows, view.columns))!
  const spectrum = await orTooLarge(view, skip, () =>
    method === 'exact'
      ? exactSpectrum(lapack, { ...input, view, wideStorage, rankTolerance })
      : withArena(lapack.kernels, (arena) => {
          const scale = wideStorage ? scaleFor(input.linf) : 0
          return estimate(job, lapack, panelsOf(lapack.kernels, view, scale, arena))
        }),
  )
  return figuresOf(job, view, input, spectrum, skip)
}

/** Figures of a matrix too large to keep, from several readings of the file. */
export function matrixFiguresFromFile(
  job: Job,
  lapack: Lapack,
  sources: readonly Source[],
  shape: { rows: number; columns: number },
  input: MatrixInput,
): Promise<MatrixFigures | null> {
  const panels = (arena: Arena): Panels => panelsFromFile(job, sources, shape.rows, shape.columns, arena)
  return matrixFiguresOfPanels(job, lapack, shape, input, panels)
}

/** The same of any matrix that can be visited by rows, several times. */
export async function matrixFiguresOfPanels(
  job: Job,
  lapack: Lapack,
  shape: { rows: number; columns: number },
  input: MatrixInput,
  panelsIn: (arena: Arena) => Panels,
): Promise<MatrixFigures | null> {
  const { rows, columns } = shape
  const exact = methodFor(job.options.spectra, Math.min(rows, columns)) === 'exact'
  if (exact && rows < columns) {
    job.skip('matrix', tooLarge(rows, columns))
    return null
  }
  const spectrum = await orTooLarge(shape, job.skip, () =>
    withArena(lapack.kernels, (arena) => {
      const panels = panelsIn(arena)
      return exact ? gramOfTall(lapack, panels, arena) : estimate(job, lapack, panels)
    }),
  )
  return figuresOf(job, shape, input, spectrum, job.skip)
}

async function estimate(job: Job, lapack: Lapack, panels: Panels): Promise<Spectrum> {
  // The basis takes up to 512 vectors of the smaller side; for a very large one fewer.
  const most = Math.max(
    96,
    Math.min(krylovDefaults.most, Math.floor(2 ** 29 / (8 * Math.min(panels.rows, panels.columns)))),
  )
  const options = { ...krylovDefaults, most, seed: job.options.seed }
  const found = await withArena(lapack.kernels, (arena) => krylovSpectrum(lapack, panels, options, arena))
  const { scale } = panels
  if (scale === 0) return found
  return { ...found, values: found.values.map((value) => scaleUp(value, scale)), error: scaleUp(found.error, scale) }
}

function figuresOf(
  job: Job,
  { rows, columns }: { rows: number; columns: number },
  input: MatrixInput,
  spectrum: Spectrum | null,
  skip: Skip,
): MatrixFigures | null {
  if (spectrum === null) return null
  const { rankTolerance } = job.options
  return derivedFigures(
    { shape: [rows, columns], spectrum, frobenius: input.l2, rankTolerance, storage: input.storage },
    skip,
  )
}

/** Whether the elements, kept as `bytes` each, and what the method needs beside them fit into the kernels' memory. */
export function fitsKept(rows: number, columns: number, bytes: 4 | 8, method: Method): boolean {
  const kept = rows * columns * bytes
  const k = Math.min(rows, columns)
  const beside = method === 'exact' ? k * k * 8 : 2 ** 29
  return kept <= keptBytes && kept + beside + 2 ** 26 <= memoryBytes
}

function tooLarge(rows: number, columns: number): string {
  const need = showBytes(rows * columns * 4 + Math.min(rows, columns) ** 2 * 8)
  return `the spectrum of a ${rows} x ${columns} matrix needs about ${need} of working memory, beyond the 4 GiB there are; try --spectra estimate`
}

async function orTooLarge<T>(
  { rows, columns }: { rows: number; columns: number },
  skip: Skip,
  work: () => Promise<T>,
): Promise<T | null> {
  try {
    return await work()
  } catch (error) {
    if (!isOutOfMemory(error)) throw error
    skip('matrix', tooLarge(rows, columns))
    return null
  }
}
