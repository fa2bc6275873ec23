/** Everything that is compared of two tensors of one shape: entrywise in one reading of both, then the spectrum of their difference. */
import type { Source, TensorEntry } from '../../checkpoint/index.js'
import { edits, PairPass, type PairSums, type Pointer, pairFigures } from '../../kernels/index.js'
import type { Real } from '../../lapack/index.js'
import {
  type Arena,
  bytesOf,
  fitsKept,
  isOutOfMemory,
  type MeasureEngine,
  type MeasureOptions,
  matrixFigures,
  matrixFiguresOfPanels,
  methodFor,
  withArena,
} from '../measure/index.js'
import type { SpectraMode } from '../types.js'
import { subspaceAngles } from './angles.js'
import { panelsOfPair } from './panels.js'
import { realOf, streamPair } from './stream.js'
import type { Compared, CompareTask, SubspaceAngles } from './types.js'

type PairTask = Extract<CompareTask, { kind: 'pair' }>

/** The matrix view of a tensor of two or more axes. */
interface Shape {
  readonly rows: number
  readonly columns: number
}

/** Copies for what a spectrum needs: the difference in f64, and both tensors where their spaces are compared. */
interface Kept {
  readonly delta: Pointer
  readonly a: Pointer | null
  readonly b: Pointer | null
}

export async function comparePair(
  { a, b, spectrum, angles }: PairTask,
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
): Promise<Compared> {
  const skipped: Compared['skipped'][number][] = []
  const skip = (what: string, why: string): void => {
    // A power law of a difference says nothing.
    if (what !== 'alpha') skipped.push({ what: what === 'matrix' ? 'delta' : what, why })
  }
  const real = realOf(a, b)
  const rows = a.shape[0] ?? 1
  const shape = { rows, columns: rows === 0 ? 0 : a.count / rows }
  const result = await withArena(engine.kernels, async (arena) => {
    const kept = spectrum ? keep(shape, real, options.spectra, angles, arena) : null
    const sums = await stream([a, b], sources, engine, options, real, kept)
    const why = spectrum ? nonFinite(sums) : null
    if (why !== null) skip('delta', why)
    if (!spectrum || why !== null) return { sums, delta: null, angles: null }
    const job = { entry: a, facts, engine, options, skip }
    const { deltaLinf: linf, deltaL2: l2, finite, changed } = pairFigures(sums)
    const input = { storage: real, linf, l2, zeros: finite - changed }
    const lapack = engine.lapack!
    const figures =
      kept === null
        ? await matrixFiguresOfPanels(job, lapack, shape, input, (inner) =>
            panelsOfPair([a, b], shape, sources, engine, options, real, inner),
          )
        : await matrixFigures(
            job,
            lapack,
            { pointer: kept.delta, type: 'f64', ...shape, stride: shape.columns },
            input,
            skip,
          )
    const turned = await anglesOf(kept, { shape, real, k: angles }, sums, engine, options.seed, skip)
    return { sums, delta: withoutAlpha(figures), angles: turned }
  })
  return { ...result, formed: true, skipped }
}

const facts = { kind: 'unknown', outAxis: null, groups: null, gates: null, slices: [] } as const

export function withoutAlpha<T extends { alpha: unknown }>(figures: T | null): Omit<T, 'alpha'> | null {
  if (figures === null) return null
  const { alpha: _, ...rest } = figures
  return rest
}

function nonFinite({ nonfiniteA, nonfiniteB }: PairSums): string | null {
  if (nonfiniteA + nonfiniteB === 0) return null
  return `a holds ${nonfiniteA} and b ${nonfiniteB} elements that are NaN or infinite; a spectrum needs finite ones`
}

function keep(shape: Shape, real: Real, spectra: SpectraMode, angles: number, arena: Arena): Kept | null {
  const count = shape.rows * shape.columns
  const method = methodFor(spectra, Math.min(shape.rows, shape.columns))!
  if (!fitsKept(shape.rows, shape.columns, 8, method)) return null
  const alloc = (bytes: number): Pointer | null => {
    try {
      return arena.alloc(bytes)
    } catch (error) {
      if (isOutOfMemory(error)) return null
      throw error
    }
  }
  const delta = alloc(count * 8)
  if (delta === null) return null
  const [a, b] = angles > 0 ? [alloc(count * bytesOf(real)), alloc(count * bytesOf(real))] : [null, null]
  return { delta, a, b }
}

async function stream(
  pair: readonly [TensorEntry, TensorEntry],
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
  real: Real,
  kept: Kept | null,
): Promise<PairSums> {
  const { kernels } = engine
  const difference = edits(kernels)[`difference_${real}`]
  const bytes = bytesOf(real)
  const pass = new PairPass(kernels)
  const copy = (from: Pointer, to: Pointer | null, count: number, at: number): void => {
    if (to !== null) kernels.u8(to + at * bytes, count * bytes).set(kernels.u8(from, count * bytes))
  }
  try {
    await withArena(kernels, (arena) =>
      streamPair(pair, sources, engine, options, real, arena, (a, b, count, at) => {
        pass.update(a, b, count, real)
        if (kept === null) return
        difference(a, b, count, kept.delta + at * 8)
        copy(a, kept.a, count, at)
        copy(b, kept.b, count, at)
      }),
    )
    return pass.sums()
  } finally {
    pass.dispose()
  }
}

async function anglesOf(
  kept: Kept | null,
  { shape, real, k }: { shape: Shape; real: Real; k: number },
  sums: PairSums,
  engine: MeasureEngine,
  seed: number,
  skip: (what: string, why: string) => void,
): Promise<SubspaceAngles | null> {
  if (k === 0) return null
  const { linfA, linfB } = pairFigures(sums)
  if (linfA === 0 || linfB === 0) {
    skip('angles', `${linfA === 0 ? 'a' : 'b'} is zero, and has no leading vectors`)
    return null
  }
  const view = (pointer: Pointer) => ({ pointer, type: real, ...shape, stride: shape.columns })
  const noMemory = (): null => {
    skip('angles', 'there is no memory for both matrices')
    return null
  }
  if (kept === null || kept.a === null || kept.b === null) return noMemory()
  try {
    const [one, other] = [
      { view: view(kept.a), linf: linfA },
      { view: view(kept.b), linf: linfB },
    ]
    return await subspaceAngles(engine.lapack!, one, other, k, seed)
  } catch (error) {
    if (isOutOfMemory(error)) return noMemory()
    throw error
  }
}
