/** Row and column norms of a row-major stream. */
import { UsageError } from '../core/index.js'
import type { Arith } from './arith.js'
import type { ConversionContext } from './convert.js'
import type { LinePass, Pointer } from './types.js'

type Figures = ReturnType<LinePass['finish']>

/** How assembly/arith/lines.ts scales small elements up, and large ones down, before it squares them. */
const scaleUp = 2 ** 600

/** The four arrays of one axis (plain sums of squares, marks of NaN and infinities, scaled sums of large and small elements) as norms. */
function normsOf(sums: Float64Array, count: number): { norms: Float64Array; dead: Uint32Array } {
  const norms = new Float64Array(count)
  const dead: number[] = []
  const scaled = sums.length > 2 * count
  for (let i = 0; i < count; i++) {
    const plain = Math.sqrt(sums[i]!)
    const large = scaled ? Math.sqrt(sums[2 * count + i]!) * scaleUp : 0
    const small = scaled ? Math.sqrt(sums[3 * count + i]!) / scaleUp : 0
    norms[i] = large === 0 && small === 0 ? plain : Math.hypot(large, plain, small)
    if (plain === 0 && large === 0 && small === 0 && sums[count + i] === 0) dead.push(i)
  }
  return { norms, dead: Uint32Array.from(dead) }
}

/** See `Kernels.lines`. */
export class LineSums implements LinePass {
  readonly #context: ConversionContext
  readonly #rows: number
  readonly #columns: number
  readonly #type: 'f32' | 'f64'
  readonly #arrays: 2 | 4
  #rowSums: Pointer = 0
  #columnSums: Pointer = 0
  #row = 0
  #column = 0

  constructor(context: ConversionContext, rows: number, columns: number, type: 'f32' | 'f64') {
    for (const size of [rows, columns])
      if (!Number.isSafeInteger(size) || size < 0)
        throw new UsageError(`lines: a matrix of [${rows}, ${columns}], expected whole numbers from 0 on.`)
    this.#context = context
    this.#rows = rows
    this.#columns = columns
    this.#type = type
    this.#arrays = type === 'f32' ? 2 : 4
    this.#rowSums = context.alloc(rows * 8 * this.#arrays)
    try {
      this.#columnSums = context.alloc(columns * 8 * this.#arrays)
    } catch (error) {
      context.free(this.#rowSums)
      throw error
    }
    this.#view(this.#rowSums, rows).fill(0)
    this.#view(this.#columnSums, columns).fill(0)
  }

  update(pointer: Pointer, count: number): void {
    this.advance(pointer, count, this.#context.arith[`lines_${this.#type}`])
  }

  /** Has `add` take the next elements, which is `lines_f32` or does its work with more. */
  advance(pointer: Pointer, count: number, add: Arith['lines_f32']): void {
    this.#alive()
    const left = (this.#rows - this.#row) * this.#columns - this.#column
    if (count > left)
      throw new UsageError(`lines: ${count} elements more, where [${this.#rows}, ${this.#columns}] has ${left} left.`)
    if (count === 0) return
    add(pointer, count, this.#row, this.#column, this.#rowSums, this.#rows, this.#columnSums, this.#columns)
    const column = this.#column + count
    this.#row += Math.floor(column / this.#columns)
    this.#column = column % this.#columns
  }

  finish(): Figures {
    this.#alive()
    const rows = normsOf(this.#view(this.#rowSums, this.#rows), this.#rows)
    const columns = normsOf(this.#view(this.#columnSums, this.#columns), this.#columns)
    return { rowNorms: rows.norms, columnNorms: columns.norms, deadRows: rows.dead, deadColumns: columns.dead }
  }

  dispose(): void {
    if (this.#rowSums === 0) return
    this.#context.free(this.#rowSums)
    this.#context.free(this.#columnSums)
    this.#rowSums = 0
  }

  #view(pointer: Pointer, count: number): Float64Array {
    return new Float64Array(this.#context.memory.buffer, pointer, count * this.#arrays)
  }

  #alive(): void {
    if (this.#rowSums === 0) throw new UsageError('lines: the pass has been disposed of.')
  }
}
