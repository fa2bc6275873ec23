/**
 * The largest singular values of a large matrix by block Lanczos on A^T A (on A A^T for a wide one) with full reorthogonalization, from
 * random signs.
 *
 * Source: Golub & Underwood 1977; Musco & Musco 2015 for block Krylov from a random start. With V the basis built so far and
 * A^T A V = V T + Q B E^T, a Ritz pair (theta, V y) has the residual |B y_last|, and there are eigenvalues within the norm of the residuals of
 * the first t pairs (Kahan): |sigma_i^2 - theta_i| <= |R|_F, hence |sigma_i - sqrt(theta_i)| <= |R|_F / sqrt(theta_i). That these are the largest
 * ones and none between was missed holds for a random start with overwhelming probability, not with certainty.
 */
import { NumericalError } from '../../../core/index.js'
import type { Pointer } from '../../../kernels/index.js'
import type { Lapack } from '../../../lapack/index.js'
import type { Arena } from '../memory.js'
import { randomSigns } from '../random.js'
import { orthonormalize } from './orthonormal.js'
import type { Panels } from './panels.js'
import { epsilon, type Spectrum } from './spectrum.js'

export interface KrylovOptions {
  readonly seed: number
  /** How many values are wanted. */
  readonly wanted: number
  /** Vectors per step. */
  readonly block: number
  /** Largest basis. */
  readonly most: number
  /** Relative to sigma_1: stops when the bound is below. */
  readonly tolerance: number
  /** How many singular vectors of the smaller side are wanted beside the values; none by default. */
  readonly vectors?: number
}

export interface KrylovSpectrum extends Spectrum {
  /** Singular vectors of the smaller side, one a row: as many as asked for, at most as many as values. */
  readonly vectors: Float64Array
}

export const krylovDefaults = { wanted: 32, block: 16, most: 512, tolerance: 1e-7 } as const

/** The first `wanted` values with their bound, in the panels' scale. */
export async function krylovSpectrum(
  lapack: Lapack,
  panels: Panels,
  options: KrylovOptions,
  arena: Arena,
): Promise<KrylovSpectrum> {
  const { kernels } = lapack
  // Vectors live on the smaller side.
  const n = Math.min(panels.rows, panels.columns)
  const block = Math.min(options.block, n)
  const most = Math.min(options.most, n)
  // Row-major: one basis vector a row, and room for the block that follows the last.
  const V = arena.alloc((most + 2 * block) * n * 8)
  const T = arena.alloc((most + block) ** 2 * 8)
  const products = arena.alloc(block * Math.max(panels.rows, panels.columns) * 8)
  const coupling = arena.alloc((most + block) * block * 8)
  const tStride = most + block
  kernels.f64(T, tStride * tStride).fill(0)
  const signs = randomSigns(options.seed)
  signs(kernels.f64(V, block * n))
  orthonormalize(kernels.f64(V, block * n), block, n)

  let size = block
  let width = block
  for (;;) {
    const first = size - width
    const current = V + first * n * 8
    const W = V + size * n * 8
    await applyGram(lapack, panels, current, width, W, products)
    // T[:, block] = V W^T, then W -= T^T V; twice, since once leaves rounding of the size of T.
    for (let pass = 0; pass < 2; pass++) {
      lapack.gemm('f64', false, true, size, width, n, 1, V, n, W, n, 0, coupling, width)
      lapack.gemm('f64', true, false, width, n, size, -1, coupling, width, V, n, 1, W, n)
      addCoupling(kernels.f64(T, tStride * tStride), tStride, kernels.f64(coupling, size * width), size, width, first)
    }
    const { R, count } = nextBlock(lapack, V, size, width, n, signs, 64 * epsilon * largest(T), coupling)
    const done = count === 0 || size + count > most
    if (done || (size >= 2 * options.wanted && (size / block) % 4 === 0)) {
      const sizes = {
        n,
        size,
        width,
        stride: tStride,
        wanted: Math.min(options.wanted, n),
        vectors: options.vectors ?? 0,
      }
      const found = ritz(lapack, T, V, sizes, R, arena)
      if (done || found.error <= options.tolerance * found.values[0]!) return found
    }
    // The next block's part of T is computed with its own product.
    size += count
    width = count
  }

  /** Of the size of the largest eigenvalues; what is left below its rounding is noise. */
  function largest(pointer: Pointer): number {
    const values = kernels.f64(pointer, tStride * tStride)
    let most = 0
    for (let i = 0; i < size; i++) most = Math.max(most, Math.abs(values[i * tStride + i]!))
    return most
  }
}

/**
 * Turns the rest W of the last product, behind the basis, into the next block, and gives its coupling R [rank, width] to the last one. Where the
 * rest has fewer directions than the block (an invariant subspace is found, such as one of equal values), fresh random ones fill it.
 */
function nextBlock(
  lapack: Lapack,
  V: Pointer,
  size: number,
  width: number,
  n: number,
  signs: (target: Float64Array) => void,
  noise: number,
  coupling: Pointer,
): { R: Float64Array; count: number } {
  const { kernels } = lapack
  const W = V + size * n * 8
  const { rank, R } = orthonormalize(kernels.f64(W, width * n), width, n, noise)
  const count = Math.min(width, n - size)
  if (count > rank) signs(kernels.f64(W + rank * n * 8, (count - rank) * n))
  // Normalizing enlarged what rounding had left of the basis: it is removed once more.
  for (let pass = 0; pass < 2; pass++) {
    lapack.gemm('f64', false, true, size, count, n, 1, V, n, W, n, 0, coupling, count)
    lapack.gemm('f64', true, false, count, n, size, -1, coupling, count, V, n, 1, W, n)
  }
  const kept = orthonormalize(kernels.f64(W, count * n), count, n, 1e-8)
  return { R: R.slice(), count: kept.rank }
}

/** W [width, n] = X A^T A for a tall A, X A A^T for a wide one, panel by panel. */
async function applyGram(
  lapack: Lapack,
  panels: Panels,
  X: Pointer,
  width: number,
  W: Pointer,
  products: Pointer,
): Promise<void> {
  const { rows: m, columns: n } = panels
  if (m >= n) {
    await panels.each((values, first, rows) => {
      lapack.gemm('f64', false, true, width, rows, n, 1, X, n, values, n, 0, products, rows)
      lapack.gemm('f64', false, false, width, n, rows, 1, products, rows, values, n, first === 0 ? 0 : 1, W, n)
    })
    return
  }
  await panels.each((values, first, rows) => {
    lapack.gemm('f64', false, false, width, n, rows, 1, X + first * 8, m, values, n, first === 0 ? 0 : 1, products, n)
  })
  await panels.each((values, first, rows) => {
    lapack.gemm('f64', false, true, width, rows, n, 1, products, n, values, n, 0, W + first * 8, m)
  })
}

/** Adds V W^T [size, width] to the columns of T that belong to the current block, symmetrically. */
function addCoupling(
  T: Float64Array,
  stride: number,
  H: Float64Array,
  size: number,
  width: number,
  first: number,
): void {
  for (let i = 0; i < size; i++)
    for (let j = 0; j < width; j++) {
      const value = H[i * width + j]!
      T[i * stride + first + j]! += value
      if (i < first) T[(first + j) * stride + i]! += value
    }
}

interface RitzSizes {
  readonly n: number
  /** Of the basis, and of its last block. */
  readonly size: number
  readonly width: number
  /** Of T. */
  readonly stride: number
  readonly wanted: number
  readonly vectors: number
}

/** Ritz values of T, the bound from the residuals, and Ritz vectors in the basis V; `R` [rank, width] is the next block's coupling. */
function ritz(
  lapack: Lapack,
  T: Pointer,
  V: Pointer,
  { n, size, width, stride, wanted, vectors: most }: RitzSizes,
  R: Float64Array,
  arena: Arena,
): KrylovSpectrum {
  const { kernels } = lapack
  const copy = arena.alloc(size * size * 8)
  const w = arena.alloc(size * 8)
  const from = kernels.f64(T, stride * stride)
  const to = kernels.f64(copy, size * size)
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) to[i * size + j] = (from[i * stride + j]! + from[j * stride + i]!) / 2
  const info = lapack.syevd('f64', true, 'lower', size, copy, size, w)
  if (info !== 0) throw new NumericalError('not-converged', 'the Ritz values of the spectrum estimate did not converge')
  const eigenvalues = kernels.f64(w, size)
  const Y = kernels.f64(copy, size * size)
  const rank = R.length / width
  const values = new Float64Array(Math.min(wanted, size))
  let squares = 0
  let error = 0
  for (let t = 0; t < values.length; t++) {
    const column = size - 1 - t
    const theta = Math.max(0, eigenvalues[column]!)
    values[t] = Math.sqrt(theta)
    for (let i = 0; i < rank; i++) {
      let r = 0
      for (let j = 0; j < width; j++) r += R[i * width + j]! * Y[(size - width + j) * size + column]!
      squares += r * r
    }
  }
  const top = values[0] ?? 0
  const residual = Math.sqrt(squares) + 16 * epsilon * top * top
  // The root's error: from the residual over the value, or its square root where the value is nearly zero.
  for (const value of values)
    error = Math.max(error, Math.min(value > 0 ? residual / value : Number.POSITIVE_INFINITY, Math.sqrt(residual)))
  const vectors = combined(kernels.f64(V, size * n), Y, n, size, Math.min(most, values.length))
  arena.free(copy)
  arena.free(w)
  return { method: 'estimate', values, complete: false, error, vectors }
}

/** The last `count` columns of Y [size, size] in the basis V [size, n], last first, one a row. */
function combined(V: Float64Array, Y: Float64Array, n: number, size: number, count: number): Float64Array {
  const rows = new Float64Array(count * n)
  for (let t = 0; t < count; t++) {
    const row = rows.subarray(t * n, (t + 1) * n)
    for (let i = 0; i < size; i++) {
      const y = Y[i * size + size - 1 - t]!
      for (let k = 0; k < n; k++) row[k] = row[k]! + y * V[i * n + k]!
    }
  }
  return rows
}
