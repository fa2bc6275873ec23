/** float64 vectors of one length in the kernels' memory, and what Krylov methods do with them. Views of them die when the memory grows. */
import { binaryOps, elementTypes, type Kernels, type Pointer, reduceOps } from '../../kernels/index.js'

const f64 = elementTypes.indexOf('f64')
const mul = binaryOps.indexOf('mul')
const sub = binaryOps.indexOf('sub')
const l2 = reduceOps.indexOf('l2')

export class Vectors {
  readonly kernels: Kernels
  readonly #owned: Pointer[] = []
  readonly #scalar: Pointer

  constructor(kernels: Kernels) {
    this.kernels = kernels
    this.#scalar = this.alloc(1)
  }

  /** Uninitialized; freed by `dispose`. */
  alloc(n: number): Pointer {
    const pointer = this.kernels.alloc(n * 8)
    this.#owned.push(pointer)
    return pointer
  }

  zeros(n: number): Pointer {
    const pointer = this.alloc(n)
    this.kernels.f64(pointer, n).fill(0)
    return pointer
  }

  dispose(): void {
    for (const pointer of this.#owned) this.kernels.free(pointer)
    this.#owned.length = 0
  }

  view(x: Pointer, n: number): Float64Array {
    return this.kernels.f64(x, n)
  }

  /** xᵀ y. */
  dot(n: number, x: Pointer, y: Pointer): number {
    return this.kernels.array.dot(f64, n, x, y)
  }

  /** ||x||, also where its square leaves the range of float64. */
  norm(n: number, x: Pointer): number {
    const square = this.kernels.array.dot(f64, n, x, x)
    if (square > 1e-280 && square < 1e300) return Math.sqrt(square)
    this.kernels.array.reduce(l2, f64, 1, n, 1, x, this.#scalar)
    return this.kernels.f64(this.#scalar, 1)[0]!
  }

  /** y += alpha x. */
  axpy(n: number, alpha: number, x: Pointer, y: Pointer): void {
    this.kernels.array.axpy(f64, n, alpha, x, y)
  }

  /** y = x + beta y. */
  xpby(n: number, x: Pointer, beta: number, y: Pointer): void {
    this.kernels.array.binaryScalar(mul, f64, n, y, beta, false, y)
    this.kernels.array.axpy(f64, n, 1, x, y)
  }

  /** y = alpha x. */
  scale(n: number, alpha: number, x: Pointer, y: Pointer): void {
    this.kernels.array.binaryScalar(mul, f64, n, x, alpha, false, y)
  }

  /** z = x - y. */
  subtract(n: number, x: Pointer, y: Pointer, z: Pointer): void {
    this.kernels.array.binary(sub, f64, n, x, y, z)
  }

  /** z = x y, element by element. */
  multiply(n: number, x: Pointer, y: Pointer, z: Pointer): void {
    this.kernels.array.binary(mul, f64, n, x, y, z)
  }

  copy(n: number, x: Pointer, y: Pointer): void {
    const bytes = this.kernels.u8(x, n * 8)
    this.kernels.u8(y, n * 8).set(bytes)
  }
}
