/**
 * The norm of a convolution as an operator on periodic inputs, stride 1.
 *
 * Source: Sedghi, Gupta & Long 2019, "The singular values of convolutional layers": the Fourier transform makes the operator block diagonal, one
 * channel-by-channel matrix P(f) per frequency, so its norm is the largest of theirs. We need the largest only, so frequencies come by
 * descending Frobenius norm, an upper bound that ends the search, and each is left as soon as it cannot win.
 */
import { type Kernels, measures, type Pointer } from '../../../kernels/index.js'
import type { Lapack, Real } from '../../../lapack/index.js'
import type { ConvFigures } from '../../types.js'
import { type Arena, withArena } from '../memory.js'
import { scaleDown, scaleFor, scaleUp } from '../spectrum/panels.js'
import { type Frequencies, frequenciesOf, inputOf } from './frequencies.js'
import { ComplexLanczos } from './lanczos.js'
import type { ConvLayout } from './layout.js'

/** Matrices of several frequencies are made in one product of about this size. */
const batchBytes = 16 * 1024 * 1024
/** Multiplications, and coefficients, beyond which a kernel is refused: no kernel of a network comes near. */
const mostWork = 2e11
const mostCoefficients = 2 ** 24

/** Whether the sweep over all frequencies is feasible; told before anything is allocated. */
export function isFeasible({ rows, columns, spatial }: ConvLayout): boolean {
  const taps = spatial.reduce((a, b) => a * b, 1)
  const frequencies = inputOf(spatial).reduce((all, size, axis) => all * (spatial[axis] === 1 ? 1 : size), 1)
  return taps * frequencies <= mostCoefficients && rows * columns * taps * frequencies <= mostWork
}

/** The norm with its bound, from the kernel's elements in memory. */
export async function convFigures(
  lapack: Lapack,
  elements: { readonly pointer: Pointer; readonly type: Real },
  layout: ConvLayout,
  linf: number,
  seed: number,
): Promise<ConvFigures> {
  const { groups, groupsFrom, spatial, rows, columns } = layout
  const scale = scaleFor(linf)
  const found = await withArena(lapack.kernels, (arena) => {
    const K = channelsFirst(lapack.kernels, elements, layout, scale, arena)
    const frequencies = frequenciesOf(spatial)
    const search = new Search(lapack, frequencies, rows / groups, columns, seed, arena)
    for (let group = 0; group < groups; group++)
      search.add(K + group * (rows / groups) * columns * frequencies.taps * 8)
    return search.finish()
  })
  return {
    operatorNorm: scaleUp(found.norm, scale),
    error: scaleUp(found.error, scale),
    groups,
    groupsFrom,
    input: inputOf(spatial),
    boundary: 'periodic',
  }
}

/** The kernel in f64 as [rows, columns, taps], times 2^-scale. */
function channelsFirst(
  kernels: Kernels,
  { pointer, type }: { pointer: Pointer; type: Real },
  { rows, columns, spatial, spatialFirst }: ConvLayout,
  scale: number,
  arena: Arena,
): Pointer {
  const taps = spatial.reduce((a, b) => a * b, 1)
  const count = rows * columns * taps
  const K = arena.alloc(count * 8)
  measures(kernels).convert(type, pointer, count, K, 'f64')
  const values = kernels.f64(K, count)
  if (scale !== 0) scaleDown(values, scale)
  if (spatialFirst) {
    const stored = values.slice()
    for (let t = 0; t < taps; t++)
      for (let i = 0; i < columns; i++)
        for (let o = 0; o < rows; o++) values[(o * columns + i) * taps + t] = stored[(t * columns + i) * rows + o]!
  }
  return K
}

/** The largest norm over groups and frequencies. */
class Search {
  readonly #lapack: Lapack
  readonly #frequencies: Frequencies
  /** Of one group's matrix. */
  readonly #rows: number
  readonly #columns: number
  readonly #lanczos: ComplexLanczos
  /** Two rows of `taps` for each frequency. */
  readonly #table: Float64Array
  readonly #gram: Pointer
  readonly #coefficients: Pointer
  readonly #matrices: Pointer
  /** Frequencies whose matrices are made in one product. */
  readonly #batch: number
  #best = 0
  #residual = 0

  constructor(lapack: Lapack, frequencies: Frequencies, rows: number, columns: number, seed: number, arena: Arena) {
    const { taps, count } = frequencies
    this.#lapack = lapack
    this.#frequencies = frequencies
    this.#rows = rows
    this.#columns = columns
    this.#lanczos = new ComplexLanczos(lapack, rows, columns, seed, arena)
    this.#batch = Math.max(1, Math.min(count, Math.floor(batchBytes / (16 * rows * columns))))
    this.#gram = arena.alloc(taps * taps * 8)
    this.#coefficients = arena.alloc(this.#batch * 2 * taps * 8)
    this.#matrices = arena.alloc(this.#batch * 2 * rows * columns * 8)
    this.#table = new Float64Array(count * 2 * taps)
    for (let f = 0; f < count; f++) frequencies.coefficients(f, this.#row(f))
  }

  /** Takes the kernel of one group, [rows * columns, taps]. */
  add(K: Pointer): void {
    const bounds = this.#frobenius(K)
    const order = [...bounds.keys()].sort((a, b) => bounds[b]! - bounds[a]!)
    // A matrix of rank one has its Frobenius norm.
    if (this.#rows === 1 || this.#columns === 1) {
      this.#offer(bounds[order[0]!]!, 0)
      return
    }
    const bytes = 16 * this.#rows * this.#columns
    for (let at = 0; at < order.length; at += this.#batch) {
      const indices = order.slice(at, at + this.#batch)
      if (bounds[indices[0]!]! <= this.#best) return
      this.#makeMatrices(K, indices)
      for (const [i, index] of indices.entries()) {
        if (bounds[index]! <= this.#best) return
        const { value, residual, dropped } = this.#lanczos.top(this.#matrices + i * bytes, this.#best)
        if (!dropped) this.#offer(value, residual)
      }
    }
  }

  finish(): { norm: number; error: number } {
    const norm = Math.sqrt(this.#best)
    const rounding = 8 * 2 ** -52 * Math.sqrt(this.#rows + this.#columns + this.#frequencies.taps) * norm
    return { norm, error: norm === 0 ? 0 : this.#residual / norm + rounding }
  }

  #row(index: number): Float64Array {
    const length = 2 * this.#frequencies.taps
    return this.#table.subarray(index * length, (index + 1) * length)
  }

  #offer(value: number, residual: number): void {
    if (value <= this.#best) return
    this.#best = value
    this.#residual = residual
  }

  /** Squared Frobenius norms of all P(f): from the matrices where they are small, else e^H (K^T K) e with the coefficients e. */
  #frobenius(K: Pointer): Float64Array {
    const { taps, count } = this.#frequencies
    const size = this.#rows * this.#columns
    const squares = new Float64Array(count)
    if (4 * size <= taps) {
      for (let at = 0; at < count; at += this.#batch) {
        const indices = Array.from({ length: Math.min(this.#batch, count - at) }, (_, i) => at + i)
        this.#makeMatrices(K, indices)
        const values = this.#lapack.kernels.f64(this.#matrices, indices.length * 2 * size)
        for (let i = 0; i < values.length; i++) squares[at + Math.floor(i / (2 * size))]! += values[i]! ** 2
      }
      return squares
    }
    this.#lapack.syrk('f64', 'lower', true, taps, size, 1, K, taps, 0, this.#gram, taps)
    const G = this.#lapack.kernels.f64(this.#gram, taps * taps)
    for (let f = 0; f < count; f++) squares[f] = Math.max(0, quadratic(G, this.#row(f), taps))
    return squares
  }

  #makeMatrices(K: Pointer, indices: readonly number[]): void {
    const { taps } = this.#frequencies
    const size = this.#rows * this.#columns
    const count = 2 * indices.length
    const target = this.#lapack.kernels.f64(this.#coefficients, count * taps)
    for (const [i, index] of indices.entries()) target.set(this.#row(index), i * 2 * taps)
    const [e, S] = [this.#coefficients, this.#matrices]
    this.#lapack.gemm('f64', false, true, count, size, taps, 1, e, taps, K, taps, 0, S, size)
  }
}

/** e^H G e for symmetric G, of which the lower triangle is read, and e as a row of real and a row of imaginary parts. */
function quadratic(G: Float64Array, e: Float64Array, taps: number): number {
  let total = 0
  for (let s = 0; s < taps; s++) {
    const re = e[s]!
    const im = e[taps + s]!
    total += G[s * taps + s]! * (re * re + im * im)
    for (let t = 0; t < s; t++) total += 2 * G[s * taps + t]! * (re * e[t]! + im * e[taps + t]!)
  }
  return total
}
