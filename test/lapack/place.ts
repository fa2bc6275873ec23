/** Puts matrices of tests into the kernels' memory, with padded rows whose padding must survive, and reads them back. */
import { expect } from 'vitest'
import type { Kernels, Pointer } from '../../src/kernels/index.js'
import type { Lapack, Real } from '../../src/lapack/index.js'
import { type Matrix, matrix } from './matrices.js'

export const bytesOf: Record<Real, number> = { f32: 4, f64: 8 }

/** What stands in the padding: a number no routine would produce by chance. */
const guard = -12345.5

export interface Placed {
  readonly pointer: Pointer
  readonly stride: number
}

export function view(kernels: Kernels, type: Real, pointer: Pointer, length: number): Float32Array | Float64Array {
  return type === 'f32' ? kernels.f32(pointer, length) : kernels.f64(pointer, length)
}

/** Memory of one test case; everything is freed at the end, also when an assertion fails. */
export class Place {
  private readonly pointers: Pointer[] = []
  constructor(
    readonly lapack: Lapack,
    readonly type: Real,
  ) {}

  private get kernels(): Kernels {
    return this.lapack.kernels
  }

  vector(length: number): Pointer {
    const pointer = this.kernels.alloc(Math.max(1, length) * bytesOf[this.type])
    this.pointers.push(pointer)
    view(this.kernels, this.type, pointer, length).fill(Number.NaN)
    return pointer
  }

  /** Room for pivots, filled with a number that is none. */
  integers(length: number): Pointer {
    const pointer = this.kernels.alloc(4 * Math.max(1, length))
    this.pointers.push(pointer)
    this.kernels.i32(pointer, length).fill(-7)
    return pointer
  }

  readIntegers(pointer: Pointer, length: number): number[] {
    return [...this.kernels.i32(pointer, length)]
  }

  /** Rows of `a` at a stride of `columns + padding`; `pad` elements after the last row are guarded, too. */
  put(a: Matrix, padding = 0): Placed {
    const stride = Math.max(1, a.columns + padding)
    const length = a.rows * stride + 8
    const pointer = this.vector(length)
    const memory = view(this.kernels, this.type, pointer, length).fill(guard)
    for (let i = 0; i < a.rows; i++)
      for (let j = 0; j < a.columns; j++) memory[i * stride + j] = a.data[i * a.columns + j]!
    return { pointer, stride }
  }

  /** What stands in the columns; fails where the padding was touched. */
  get(placed: Placed, rows: number, columns: number): Matrix {
    const { pointer, stride } = placed
    const memory = view(this.kernels, this.type, pointer, rows * stride + 8)
    let touched = 0
    for (let i = 0; i < rows; i++)
      for (let j = columns; j < stride; j++) if (memory[i * stride + j] !== guard) touched++
    for (let i = rows * stride; i < memory.length; i++) if (memory[i] !== guard) touched++
    expect(touched, 'elements of padding that were overwritten').toBe(0)
    return matrix(rows, columns, (i, j) => memory[i * stride + j]!)
  }

  read(pointer: Pointer, length: number): Float64Array {
    return Float64Array.from(view(this.kernels, this.type, pointer, length))
  }

  /** The matrix as the type stores it. */
  rounded(a: Matrix): Matrix {
    return this.type === 'f64' ? a : matrix(a.rows, a.columns, (i, j) => Math.fround(a.data[i * a.columns + j]!))
  }

  free(): void {
    for (const pointer of this.pointers.splice(0)) this.kernels.free(pointer)
  }
}

/** Runs `body` with a fresh place and frees it. */
export function placed<T>(lapack: Lapack, type: Real, body: (place: Place) => T): T {
  const place = new Place(lapack, type)
  try {
    return body(place)
  } finally {
    place.free()
  }
}
