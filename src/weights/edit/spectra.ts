/** Matrix figures before and after an edit, and of the change: of all tensors where that is cheap, or where it is asked for. */
import type { Skipped } from '../../checkpoint/index.js'
import { isFloating, storageInfo } from '../../core/index.js'
import type { Kernels, Pointer } from '../../kernels/index.js'
import { kernels, lapack } from '../../tensor/internal.js'
import { fitsKept, matrixFigures, methodFor, withArena } from '../measure/index.js'
import type { MatrixFigures, SpectraMode } from '../types.js'
import type { Candidate } from './choose.js'
import { realBytes } from './chunks.js'
import type { Passed } from './pass.js'
import type { EditOptions } from './types.js'

export interface Matrices {
  readonly before: MatrixFigures | null
  readonly after: MatrixFigures | null
  readonly delta: MatrixFigures | null
}

/** A tensor, and whether its numbers may change. */
export interface Measurable extends Candidate {
  readonly edited: boolean
}

const none: Matrices = { before: null, after: null, delta: null }

/** Seconds of work that `auto` spends on the whole model. */
const patience = 5

/** Seconds for one tensor: a Gram matrix and its eigenvalues, before, after, and of the difference; at a few GFLOP/s. */
function secondsOf({ entry, edited }: Measurable): number {
  const rows = entry.shape[0] ?? 1
  const small = Math.min(rows, rows === 0 ? 0 : entry.count / rows)
  return ((edited ? 3 : 1) * (entry.count * small + 4 * small ** 3)) / 10e9
}

export class Spectra {
  readonly skipped: Skipped[] = []
  readonly #mode: SpectraMode
  /** Why no tensor has spectra. */
  readonly #why: string | null

  constructor(
    readonly options: EditOptions,
    all: readonly Measurable[],
  ) {
    const mode = options.spectra ?? 'auto'
    const seconds = all.reduce((sum, one) => sum + (hasMatrix(one) ? secondsOf(one) : 0), 0)
    const tooLong = mode === 'auto' && seconds > patience
    this.#mode = tooLong ? 'none' : mode
    this.#why = tooLong
      ? `the spectra of this model before and after would take about ${Math.round(seconds)} s (--spectra exact or estimate asks for them)`
      : mode === 'none'
        ? 'spectra were not asked for (--spectra none)'
        : null
  }

  /** Runs `pass`, which keeps the elements where it is told to, and measures them. */
  async keeping(
    one: Measurable,
    pass: (keep: { before: Pointer; after: Pointer } | null) => Promise<Passed>,
  ): Promise<{ passed: Passed; matrices: Matrices }> {
    if (!hasMatrix(one)) return { passed: await pass(null), matrices: none }
    const why = this.#why ?? whyTooLarge(one, this.#mode)
    if (why !== null) {
      this.#skip(one, why)
      return { passed: await pass(null), matrices: none }
    }
    return withArena(kernels(), async (arena) => {
      const bytes = one.entry.count * realBytes(storageInfo(one.entry.data.type).compute)
      const keep = { before: arena.alloc(bytes), after: arena.alloc(bytes) }
      const passed = await pass(keep)
      return { passed, matrices: await this.#measure(one, passed, keep.before, keep.after) }
    })
  }

  /** Figures of elements in memory, as they were and as they are; the former are overwritten. */
  async of(one: Measurable, passed: Passed, before: Pointer, after: Pointer): Promise<Matrices> {
    if (!hasMatrix(one)) return none
    const why = this.#why ?? whyTooLarge(one, this.#mode)
    if (why === null) return this.#measure(one, passed, before, after)
    this.#skip(one, why)
    return none
  }

  async #measure(one: Measurable, passed: Passed, before: Pointer, after: Pointer): Promise<Matrices> {
    const { entry } = one
    const odd = passed.before.nan + passed.before.posInf + passed.before.negInf
    if (odd > 0) {
      this.#skip(one, `holds ${odd} elements that are not finite; a spectrum needs finite ones`)
      return none
    }
    const type = storageInfo(entry.data.type).compute
    const [rows, columns] = [entry.shape[0]!, entry.count / entry.shape[0]!]
    const skip = (what: string, why: string): void => {
      const { name, dtype, shape } = entry
      if (what === 'matrix') this.skipped.push({ name, dtype, shape, what, why })
    }
    const facts = { kind: one.kind, outAxis: one.outAxis, groups: one.groups, gates: null, slices: [] }
    const engine = { kernels: kernels(), lapack: lapack() }
    const job = { entry, facts, engine, options: { spectra: this.#mode, convNorms: false, seed: this.options.seed ?? 0 }, skip } // biome-ignore format: one line
    const figures = (pointer: Pointer, of: { l2: number; linf: number; zeros: number }) =>
      matrixFigures(job, engine.lapack, { pointer, type, rows, columns, stride: columns }, { ...of, storage: entry.data.type }, skip) // biome-ignore format: one line
    const first = await figures(before, passed.before)
    const changes = passed.delta
    if (changes === null || changes.changed === 0) return { before: first, after: first, delta: null }
    const last = await figures(after, passed.after)
    const zeros = subtract(kernels(), type, before, after, entry.count)
    return {
      before: first,
      after: last,
      delta: await figures(before, { l2: changes.deltaL2, linf: changes.deltaLinf, zeros }),
    }
  }

  #skip({ entry: { name, dtype, shape } }: Measurable, why: string): void {
    this.skipped.push({ name, dtype, shape, what: 'matrix', why })
  }
}

function hasMatrix({ entry }: Candidate): boolean {
  return entry.shape.length >= 2 && entry.count > 0 && isFloating(entry.data.type)
}

function whyTooLarge({ entry }: Candidate, mode: SpectraMode): string | null {
  const rows = entry.shape[0]!
  const bytes = realBytes(storageInfo(entry.data.type).compute)
  const method = methodFor(mode, Math.min(rows, entry.count / rows))
  // Two copies are kept.
  return method !== null && fitsKept(rows, (2 * entry.count) / rows, bytes, method)
    ? null
    : 'the matrix does not fit into memory twice'
}

/** before <- after - before; how many are zero. */
function subtract(memory: Kernels, type: 'f32' | 'f64', before: Pointer, after: Pointer, count: number): number {
  const a = type === 'f64' ? memory.f64(before, count) : memory.f32(before, count)
  const b = type === 'f64' ? memory.f64(after, count) : memory.f32(after, count)
  let zeros = 0
  for (let i = 0; i < count; i++) {
    const difference = b[i]! - a[i]!
    a[i] = difference
    if (difference === 0) zeros++
  }
  return zeros
}
