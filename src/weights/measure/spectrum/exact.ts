/** All singular values of a matrix in memory: chooses between the Gram matrix and the SVD. */
import type { Lapack } from '../../../lapack/index.js'
import { type Arena, isOutOfMemory, withArena } from '../memory.js'
import { compact } from './compact.js'
import { gramOfTall, gramOfWide, needsSvd } from './gram.js'
import { type MatrixView, panelsOf, scaleFor, scaleUp } from './panels.js'
import { padded, type Spectrum } from './spectrum.js'
import { svdSpectrum } from './svd.js'

export interface ExactInput {
  readonly view: MatrixView
  readonly linf: number
  readonly zeros: number
  /** Whether the file stores f64, whose small values a Gram matrix would lose. */
  readonly wideStorage: boolean
  /** A rank tolerance that the caller asked for, relative to sigma_1. */
  readonly rankTolerance: number | undefined
}

/** All min(m, n) values; zero rows and columns give exact zeros. */
export async function exactSpectrum(lapack: Lapack, input: ExactInput): Promise<Spectrum> {
  const { view, zeros } = input
  const k = Math.min(view.rows, view.columns)
  return await withArena(lapack.kernels, async (arena) => {
    // A zero row or column takes that many zeros.
    const alive = zeros >= k ? compact(lapack.kernels, view, arena) : view
    if (alive.rows === 0) return { method: 'gram', values: new Float64Array(k), complete: true, error: 0 } as const
    const scale = input.wideStorage ? scaleFor(input.linf) : 0
    const found = await chooseMethod(lapack, { ...input, view: alive }, scale, arena)
    const values = scale === 0 ? found.values : found.values.map((value) => scaleUp(value, scale))
    return { ...found, values: padded(values, k), error: scaleUp(found.error, scale) }
  })
}

async function chooseMethod(lapack: Lapack, input: ExactInput, scale: number, arena: Arena): Promise<Spectrum> {
  const { view, wideStorage, rankTolerance } = input
  const fine = rankTolerance !== undefined && rankTolerance < 1e-9
  if (wideStorage || fine) return svdSpectrum(lapack, view, scale, arena)
  const gram =
    view.rows >= view.columns
      ? await withArena(lapack.kernels, (inner) => gramOfTall(lapack, panelsOf(lapack.kernels, view, 0, inner), inner))
      : gramOfWide(lapack.kernels, lapack, view, arena)
  if (!needsSvd(gram)) return gram
  try {
    return svdSpectrum(lapack, view, scale, arena)
  } catch (error) {
    // The copy in f64 does not fit: what the Gram matrix tells stays, with its larger error.
    if (isOutOfMemory(error)) return gram
    throw error
  }
}
