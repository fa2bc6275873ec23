/** Tiles of the portable products: every tail of six rows and two vectors, in place and packed, at every alignment, exact in whole numbers. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import type { Lapack, Real, Triangle } from '../../src/lapack/index.js'
import { createPortable } from '../../src/lapack/portable/index.js'
import { isLong } from '../shared.js'
import { bytesOf, view } from './place.js'
import { Random } from './random.js'

let lapack: Lapack
beforeAll(async () => {
  lapack = createPortable(createKernels())
})

const guard = -12345.5

interface Held {
  readonly pointer: number
  readonly stride: number
}

/** A matrix of whole numbers in -3 .. 3: sums of some thousand products are exact in f32, whatever their order. */
const whole = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.integer(-3, 3))

/** Rows `padding` apart, `shift` elements after an address of 64 bytes; the rest of the memory holds the guard. */
function hold(
  type: Real,
  data: readonly number[],
  rows: number,
  columns: number,
  padding: number,
  shift: number,
): Held {
  const stride = columns + padding
  const length = shift + rows * stride + 8
  const base = lapack.kernels.alloc(length * bytesOf[type])
  const memory = view(lapack.kernels, type, base, length).fill(guard)
  for (let i = 0; i < rows; i++) memory.set(data.slice(i * columns, (i + 1) * columns), shift + i * stride)
  return { pointer: base + shift * bytesOf[type], stride }
}

const release = (held: Held, type: Real, shift: number): void =>
  lapack.kernels.free(held.pointer - shift * bytesOf[type])

interface Product {
  type: Real
  transA: boolean
  transB: boolean
  m: number
  n: number
  k: number
  padding: number
  shift: number
  /** Null: the whole of C, by gemm; else syrk of A. */
  triangle: Triangle | null
}

/** What differs from the plain sum, as text; C starts with ones and beta is 1. */
function wrong(one: Product, random: Random): string[] {
  const { type, transA, transB, m, n, k, padding, shift, triangle } = one
  const a = whole(random, m * k)
  const b = triangle === null ? whole(random, k * n) : []
  const at = (i: number, p: number): number => (transA ? a[p * m + i]! : a[i * k + p]!)
  const times = (p: number, j: number): number =>
    triangle !== null ? at(j, p) : transB ? b[j * k + p]! : b[p * n + j]!
  const A = hold(type, a, transA ? k : m, transA ? m : k, padding, shift)
  const B = hold(type, b, transB ? n : k, transB ? k : n, padding, shift)
  const C = hold(type, new Array<number>(m * n).fill(1), m, n, padding, shift)
  if (triangle === null)
    lapack.gemm(type, transA, transB, m, n, k, -2, A.pointer, A.stride, B.pointer, B.stride, 1, C.pointer, C.stride)
  else lapack.syrk(type, triangle, transA, n, k, -2, A.pointer, A.stride, 1, C.pointer, C.stride)
  const bad: string[] = []
  const result = view(lapack.kernels, type, C.pointer, m * C.stride + 8)
  for (let i = 0; i < m; i++)
    for (let j = 0; j < C.stride; j++) {
      let expected = j < n ? 1 : guard
      const isMine = triangle === null || (triangle === 'lower' ? j <= i : j >= i)
      if (j < n && isMine) for (let p = 0; p < k; p++) expected -= 2 * at(i, p) * times(p, j)
      if (result[i * C.stride + j] !== expected)
        bad.push(`[${i}, ${j}] is ${result[i * C.stride + j]}, not ${expected}`)
    }
  for (let i = m * C.stride; i < result.length; i++) if (result[i] !== guard) bad.push(`behind the end: ${result[i]}`)
  for (const held of [A, B, C]) release(held, type, shift)
  return bad
}

const flags = [false, true]

describe.each(['f32', 'f64'] as const)('tiles of %s', (type) => {
  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('every tail of a small product, in place: transA %s, transB %s', (transA, transB) => {
    const random = new Random(31)
    const bad: string[] = []
    for (let m = 1; m <= 13; m++)
      for (let n = 1; n <= 17; n++)
        for (const k of [1, 2, 7]) {
          const one = { type, transA, transB, m, n, k, padding: (m + n) % 4, shift: (m + k) % 4, triangle: null }
          bad.push(...wrong(one, random).map((text) => `${JSON.stringify(one)} ${text}`))
        }
    expect(bad.slice(0, 5)).toEqual([])
  })

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('every tail of a packed product, more than one block deep: transA %s, transB %s', (transA, transB) => {
    const random = new Random(32)
    const bad: string[] = []
    // One operand alone is over the bound of what is read in place.
    const k = type === 'f32' ? 5200 : 2600
    for (const m of [1, 2, 3, 4, 5, 6, 7, 13])
      for (const n of isLong ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 32, 33] : [1, 3, 4, 8, 35]) {
        const one = { type, transA, transB, m, n, k, padding: (m + n) % 3, shift: n % 4, triangle: null }
        bad.push(...wrong(one, random).map((text) => `${JSON.stringify(one)} ${text}`))
      }
    expect(bad.slice(0, 5)).toEqual([])
  })

  it('more rows and columns than a packed block holds', () => {
    const random = new Random(33)
    for (const transA of flags)
      for (const [m, n, k] of [
        [200, 3, 30],
        [3, 1030, 20],
        [197, 130, 9],
      ] as const)
        for (const transB of flags)
          expect(wrong({ type, transA, transB, m, n, k, padding: 1, shift: 1, triangle: null }, random)).toEqual([])
  })

  it.each(['lower', 'upper'] as const)('the %s triangle at every order, leaving the other alone', (triangle) => {
    const random = new Random(34)
    const bad: string[] = []
    for (const n of [...Array.from({ length: 26 }, (_, i) => i + 1), 97, 210])
      for (const transA of flags)
        for (const k of n > 90 ? [60] : [1, 5]) {
          const one = { type, transA, transB: false, m: n, n, k, padding: n % 3, shift: n % 4, triangle }
          bad.push(...wrong(one, random).map((text) => `${JSON.stringify(one)} ${text}`))
        }
    expect(bad.slice(0, 5)).toEqual([])
  })

  it('gives the same bits at every alignment', () => {
    const [m, n, k] = [37, 29, 61]
    const data = new Random(35)
    const a = Array.from({ length: m * k }, () => data.normal())
    const b = Array.from({ length: k * n }, () => data.normal())
    const results = [0, 1, 2, 3].map((shift) => {
      const [A, B] = [hold(type, a, m, k, 0, shift), hold(type, b, k, n, shift, shift)]
      const C = hold(type, new Array<number>(m * n).fill(0), m, n, 0, shift)
      lapack.gemm(type, false, false, m, n, k, 1, A.pointer, A.stride, B.pointer, B.stride, 0, C.pointer, C.stride)
      const bits = [...view(lapack.kernels, type, C.pointer, m * n)]
      for (const held of [A, B, C]) release(held, type, shift)
      return bits
    })
    for (const bits of results) expect(bits).toEqual(results[0])
  })
})
