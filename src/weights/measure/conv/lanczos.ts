/** The largest eigenvalue of P^H P for a complex matrix P, by Lanczos with full reorthogonalization. */
import type { Pointer } from '../../../kernels/index.js'
import type { Lapack } from '../../../lapack/index.js'
import type { Arena } from '../memory.js'
import { randomSigns } from '../random.js'
import { topOfTridiagonal } from './tridiagonal.js'

/** Enough for a relative accuracy of 1e-12 at the dense edge of a random matrix's spectrum. */
const mostSteps = 400
const converged = 1e-13
/** Before so many steps a small residual may belong to a lower eigenvector. */
const stepsBeforeGivingUp = 10

export interface TopEigenvalue {
  readonly value: number
  /** |largest eigenvalue - value| up to the odds of a random start; Infinity-free. */
  readonly residual: number
  /** Stopped early, since it cannot reach `best`. */
  readonly dropped: boolean
}

/** Works on matrices of one size; holds its vectors. */
export class ComplexLanczos {
  readonly #lapack: Lapack
  readonly #rows: number
  readonly #columns: number
  readonly #x: Pointer
  readonly #y: Pointer
  readonly #start: Float64Array
  readonly #basis: Float64Array[] = []

  constructor(lapack: Lapack, rows: number, columns: number, seed: number, arena: Arena) {
    this.#lapack = lapack
    this.#rows = rows
    this.#columns = columns
    this.#x = arena.alloc(2 * columns * 8)
    this.#y = arena.alloc(4 * rows * 8)
    this.#start = new Float64Array(2 * columns)
    randomSigns(seed)(this.#start)
    scale(this.#start, 1 / Math.sqrt(2 * columns))
  }

  /** P = S[0 .. rows) + i S[rows .. 2 rows), S [2 rows, columns] at `S`; a search that cannot exceed `best` stops early. */
  top(S: Pointer, best: number): TopEigenvalue {
    const alpha: number[] = []
    const beta: number[] = []
    let v = this.#vector(0)
    v.set(this.#start)
    for (let step = 1; ; step++) {
      const w = this.#vector(step)
      alpha.push(this.#apply(S, v, w))
      for (let pass = 0; pass < 2; pass++) for (let j = 0; j < step; j++) removeComplex(w, this.#basis[j]!)
      const norm = Math.sqrt(dot(w, w))
      const { value, last } = topOfTridiagonal(alpha, beta)
      const residual = norm * last
      if (residual <= converged * value || step >= this.#columns || step >= mostSteps)
        return { value, residual: step >= this.#columns ? 0 : residual, dropped: false }
      if (step >= stepsBeforeGivingUp && value + 2 * residual < best) return { value, residual, dropped: true }
      beta.push(norm)
      scale(w, 1 / norm)
      v = w
    }
  }

  #vector(index: number): Float64Array {
    this.#basis[index] ??= new Float64Array(2 * this.#columns)
    return this.#basis[index]
  }

  /** w = P^H P v; returns <v, w> = |P v|^2. Complex vectors are a row of real parts and a row of imaginary parts. */
  #apply(S: Pointer, v: Float64Array, w: Float64Array): number {
    const { kernels } = this.#lapack
    const r = this.#rows
    const c = this.#columns
    kernels.f64(this.#x, 2 * c).set(v)
    // [Re xr, Im xr] and [Re xi, Im xi] in one product.
    this.#lapack.gemm('f64', false, true, 2, 2 * r, c, 1, this.#x, c, S, c, 0, this.#y, 2 * r)
    const y = kernels.f64(this.#y, 4 * r)
    let squares = 0
    for (let i = 0; i < r; i++) {
      const re = y[i]! - y[3 * r + i]!
      const im = y[r + i]! + y[2 * r + i]!
      squares += re * re + im * im
      // Rows [yr, yi] and [yi, -yr]: times S they are the real and the imaginary part of P^H y.
      y[i] = re
      y[r + i] = im
      y[2 * r + i] = im
      y[3 * r + i] = -re
    }
    this.#lapack.gemm('f64', false, false, 2, c, 2 * r, 1, this.#y, 2 * r, S, c, 0, this.#x, c)
    w.set(kernels.f64(this.#x, 2 * c))
    return squares
  }
}

/** w -= <v, w> v with the complex inner product. */
function removeComplex(w: Float64Array, v: Float64Array): void {
  const c = w.length / 2
  let re = 0
  let im = 0
  for (let i = 0; i < c; i++) {
    const vr = v[i]!
    const vi = v[c + i]!
    const wr = w[i]!
    const wi = w[c + i]!
    re += vr * wr + vi * wi
    im += vr * wi - vi * wr
  }
  for (let i = 0; i < c; i++) {
    const vr = v[i]!
    const vi = v[c + i]!
    w[i] = w[i]! - (re * vr - im * vi)
    w[c + i] = w[c + i]! - (re * vi + im * vr)
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function scale(a: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i] = a[i]! * factor
}
