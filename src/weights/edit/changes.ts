/** What an edit changed, chunk by chunk: how many elements, and the norms of the difference. */
import { edits, type Kernels, PairPass, type Pointer, pairFigures } from '../../kernels/index.js'
import type { Real } from './chunks.js'

export interface Changes {
  /** Elements that differ; NaN is equal to NaN. */
  readonly changed: number
  /** Of after - before, where both are finite. */
  readonly deltaL1: number
  readonly deltaL2: number
  readonly deltaLinf: number
}

export interface ChangePass {
  update(before: Pointer, after: Pointer, count: number): void
  finish(): Changes
  dispose(): void
}

/** A pass over two arrays in step: f32 by a kernel of its own, f64 (whose squares may leave the range) by way of `PairPass`. */
export function changePass(kernels: Kernels, type: Real): ChangePass {
  return type === 'f32' ? new SmallPass(kernels) : new WidePass(kernels)
}

class SmallPass implements ChangePass {
  readonly #out: Pointer
  #changed = 0
  #l1 = 0
  #squares = 0
  #linf = 0
  // What rounding lost of the sums (Kahan): a large tensor has many chunks.
  #l1Rest = 0
  #squaresRest = 0

  constructor(readonly kernels: Kernels) {
    this.#out = kernels.alloc(32)
  }

  update(before: Pointer, after: Pointer, count: number): void {
    edits(this.kernels).changes_f32(before, after, count, this.#out)
    const [changed, l1, squares, linf] = this.kernels.f64(this.#out, 4) as unknown as [number, number, number, number]
    if (changed === 0) return
    this.#changed += changed
    const addedL1 = l1 - this.#l1Rest
    const sum = this.#l1 + addedL1
    this.#l1Rest = sum - this.#l1 - addedL1
    this.#l1 = sum
    const addedSquares = squares - this.#squaresRest
    const sumOfSquares = this.#squares + addedSquares
    this.#squaresRest = sumOfSquares - this.#squares - addedSquares
    this.#squares = sumOfSquares
    this.#linf = Math.max(this.#linf, linf)
  }

  finish(): Changes {
    return { changed: this.#changed, deltaL1: this.#l1, deltaL2: Math.sqrt(this.#squares), deltaLinf: this.#linf }
  }

  dispose(): void {
    this.kernels.free(this.#out)
  }
}

class WidePass implements ChangePass {
  readonly #pairs: PairPass

  constructor(kernels: Kernels) {
    this.#pairs = new PairPass(kernels)
  }

  update(before: Pointer, after: Pointer, count: number): void {
    this.#pairs.update(before, after, count, 'f64')
  }

  finish(): Changes {
    return pairFigures(this.#pairs.sums())
  }

  dispose(): void {
    this.#pairs.dispose()
  }
}
