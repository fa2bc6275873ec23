/** Transposition of square matrices in place, by tiles that fit the first cache. */
import type { Kernels, Pointer } from '../kernels/index.js'
import type { Real } from './lapack.js'

const tile = 32

export function transposeSquare(kernels: Kernels, type: Real, a: Pointer, lda: number, n: number): void {
  if (n < 2) return
  const length = (n - 1) * lda + n
  if (type === 'f64') transpose64(kernels.f64(a, length), lda, n)
  else transpose32(kernels.f32(a, length), lda, n)
}

// Two functions of one text: each sees one kind of array and so compiles to plain loads and stores.
function transpose64(a: Float64Array, lda: number, n: number): void {
  for (let i0 = 0; i0 < n; i0 += tile)
    for (let j0 = 0; j0 <= i0; j0 += tile)
      for (let i = i0; i < Math.min(i0 + tile, n); i++)
        for (let j = j0; j < Math.min(j0 + tile, i); j++) {
          const below = a[i * lda + j]!
          a[i * lda + j] = a[j * lda + i]!
          a[j * lda + i] = below
        }
}

function transpose32(a: Float32Array, lda: number, n: number): void {
  for (let i0 = 0; i0 < n; i0 += tile)
    for (let j0 = 0; j0 <= i0; j0 += tile)
      for (let i = i0; i < Math.min(i0 + tile, n); i++)
        for (let j = j0; j < Math.min(j0 + tile, i); j++) {
          const below = a[i * lda + j]!
          a[i * lda + j] = a[j * lda + i]!
          a[j * lda + i] = below
        }
}

/** Copies the lower triangle, transposed, over the upper one. */
export function mirrorLower(kernels: Kernels, type: Real, a: Pointer, lda: number, n: number): void {
  if (n < 2) return
  const length = (n - 1) * lda + n
  if (type === 'f64') mirror64(kernels.f64(a, length), lda, n)
  else mirror32(kernels.f32(a, length), lda, n)
}

function mirror64(a: Float64Array, lda: number, n: number): void {
  for (let i0 = 0; i0 < n; i0 += tile)
    for (let j0 = 0; j0 <= i0; j0 += tile)
      for (let i = i0; i < Math.min(i0 + tile, n); i++)
        for (let j = j0; j < Math.min(j0 + tile, i); j++) a[j * lda + i] = a[i * lda + j]!
}

function mirror32(a: Float32Array, lda: number, n: number): void {
  for (let i0 = 0; i0 < n; i0 += tile)
    for (let j0 = 0; j0 <= i0; j0 += tile)
      for (let i = i0; i < Math.min(i0 + tile, n); i++)
        for (let j = j0; j < Math.min(j0 + tile, i); j++) a[j * lda + i] = a[i * lda + j]!
}
