/** Multiply-adds of one application of a weight, and which of its rows and columns hold nothing but zeros. */
import type { Kind } from '../../checkpoint/index.js'

const multiplied: ReadonlySet<Kind> = new Set<Kind>([
  ...(['linear', 'conv', 'convTranspose', 'recurrent', 'attention', 'unknown'] as const),
])

/** One for each element of a weight (a convolution: for one output pixel); looking up an embedding costs none. */
export function multiplyAdds(kind: Kind, shape: readonly number[], count: number): number {
  return shape.length >= 2 && multiplied.has(kind) ? count : 0
}

/**
 * Finds which indices of the first two axes hold only zeros, in one pass: a line that has shown a non-zero is not looked at again, so a dense
 * tensor costs next to nothing.
 */
export class ZeroLines {
  readonly #rows: number
  readonly #columns: number
  readonly #rest: number
  readonly #liveRows: Uint8Array
  /** Columns that have shown zeros only. */
  #dead: Uint32Array
  #deadCount: number

  constructor(shape: readonly number[]) {
    const [rows = 1, columns = 1, ...rest] = shape
    this.#rows = rows
    this.#columns = columns
    this.#rest = rest.reduce((product, size) => product * size, 1)
    this.#liveRows = new Uint8Array(rows)
    this.#dead = Uint32Array.from({ length: columns }, (_, column) => column)
    this.#deadCount = columns
  }

  /** The next elements, the first of which is element `at`. */
  update(values: Float32Array | Float64Array, at: number): void {
    const rowLength = this.#columns * this.#rest
    for (let from = 0; from < values.length; ) {
      const row = Math.floor((at + from) / rowLength)
      const place = at + from - row * rowLength
      const end = Math.min(values.length, from + rowLength - place)
      if (this.#liveRows[row] === 0) this.#liveRows[row] = hasNonzero(values, from, end) ? 1 : 0
      if (this.#liveRows[row] === 1 && this.#deadCount > 0) this.#lookAtColumns(values, from - place, from, end)
      from = end
    }
  }

  /** `start` is where the row would begin in `values`. */
  #lookAtColumns(values: Float32Array | Float64Array, start: number, from: number, end: number): void {
    let kept = 0
    for (let i = 0; i < this.#deadCount; i++) {
      const column = this.#dead[i]!
      const first = Math.max(from, start + column * this.#rest)
      const last = Math.min(end, start + (column + 1) * this.#rest)
      if (!hasNonzero(values, first, last)) this.#dead[kept++] = column
    }
    this.#deadCount = kept
  }

  /** The share of elements that lie in no line of zeros. */
  finish(): number {
    if (this.#rows === 0 || this.#columns === 0) return 1
    const live = this.#liveRows.reduce((sum, one) => sum + one, 0)
    return (live / this.#rows) * (1 - this.#deadCount / this.#columns)
  }
}

function hasNonzero(values: Float32Array | Float64Array, from: number, end: number): boolean {
  for (let i = from; i < end; i++) if (values[i] !== 0) return true
  return false
}
