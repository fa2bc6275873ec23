/**
 * The triangular factor of a tall table, a block of rows at a time (Demmel, Grigori, Hoemmen & Langou 2012, the flat tree): R^T R = X^T X, without
 * squaring the condition number as that product would.
 */
import type { Pointer } from '../../kernels/index.js'
import type { Tensor } from '../../tensor/index.js'
import { elementBytes, empty, kernels, lapack } from '../../tensor/internal.js'
import { blockRows, eachBlock, eachCentredBlock, type RunningMean } from './blocks.js'

/** A growing triangle of d columns, in lent memory: rows are written at `next`, then taken in by `absorb`. */
export class Triangle {
  /** Rows that it has: at most d. */
  held = 0
  readonly #memory: Pointer
  readonly #tau: Pointer

  /** `room`: rows that may be written at a time. */
  constructor(
    readonly columns: number,
    room: number,
  ) {
    this.#memory = kernels().alloc((columns + room) * columns * 8)
    this.#tau = kernels().alloc(columns * 8)
  }

  /** Where the next rows go. */
  get next(): Pointer {
    return this.#memory + this.held * this.columns * 8
  }

  /** Takes in `rows` rows that stand at `next`. */
  absorb(rows: number): void {
    const d = this.columns
    const m = this.held + rows
    // Rows that are no more than columns are as good as a triangle, and cost nothing.
    if (m <= d) {
      this.held = m
      return
    }
    lapack().geqrf('f64', m, d, this.#memory, d, this.#tau)
    this.held = d
    const values = kernels().f64(this.#memory, d * d)
    for (let i = 1; i < d; i++) values.fill(0, i * d, i * d + i)
  }

  /** A copy [held, d]. */
  toTensor(): Tensor {
    const out = empty('f64', [this.held, this.columns])
    kernels().f64(out.pointer, out.size).set(kernels().f64(this.#memory, out.size))
    return out
  }

  free(): void {
    kernels().free(this.#memory)
    kernels().free(this.#tau)
  }
}

/** Rows of a block for triangles of d columns: several times as many as the triangle has, which each block pays for again. */
export const triangleRows = (n: number, d: number): number => Math.min(n, Math.max(blockRows(d), 4 * d))

/** R [min(n, d), d] with R^T R = X^T X, X less the means of its columns if `running` is there (which then holds them). */
export function triangleOf(op: string, x: Tensor, running: RunningMean | null): Tensor {
  const [n, d] = x.shape as readonly [number, number]
  const rows = triangleRows(n, d)
  const triangle = new Triangle(d, rows + 1)
  try {
    if (running !== null)
      eachCentredBlock(
        op,
        x,
        running,
        rows,
        () => triangle.next,
        (_, count) => triangle.absorb(count),
      )
    else
      eachBlock(x, { rows }, (block, count) => {
        const bytes = count * d * elementBytes.f64
        kernels().u8(triangle.next, bytes).set(kernels().u8(block, bytes))
        triangle.absorb(count)
      })
    return triangle.toTensor()
  } finally {
    triangle.free()
  }
}
