/** Statistics and line norms of a matrix in one pass. */
import type { Arith } from './arith.js'
import type { ConversionContext } from './convert.js'
import { LineSums } from './lines.js'
import { RealPass } from './statistics.js'
import type { MatrixPass, Pointer } from './types.js'

/** See `Kernels.matrix`. */
export class MatrixSums implements MatrixPass {
  readonly #statistics: RealPass
  readonly #lines: LineSums
  readonly #add: Arith['matrix_f32']

  constructor(context: ConversionContext, rows: number, columns: number, type: 'f32' | 'bf16') {
    this.#lines = new LineSums(context, rows, columns, 'f32')
    try {
      this.#statistics = new RealPass(context, type)
    } catch (error) {
      this.#lines.dispose()
      throw error
    }
    this.#add = context.arith[`matrix_${type}`]
  }

  update(pointer: Pointer, count: number): void {
    // The lines refuse what is too much before anything is counted.
    this.#lines.advance(pointer, count, (...position) =>
      this.#statistics.advance(count, (state) => this.#add(state, ...position)),
    )
  }

  finish(): ReturnType<MatrixPass['finish']> {
    return { statistics: this.#statistics.finish(), lines: this.#lines.finish() }
  }

  dispose(): void {
    this.#statistics.dispose()
    this.#lines.dispose()
  }
}
