/**
 * Rows as k-means works on them: products with centres in the rows' type, block by block, and everything that decides or is kept in f64. Rows are
 * shifted by their mean before a product, so that |x|^2 - 2 x c + |c|^2 loses no digits to a common offset, and scaled by a power of two, so that it
 * stays within range.
 */
import { dataKernels } from '../../kernels/index.js'
import { abs, max, mul, type Tensor } from '../../tensor/index.js'
import { empty, kernels, lapack, view } from '../../tensor/internal.js'
import type { Real } from '../samples.js'

/** Products, squares and rows of a block stay within the processor's cache. */
const blockBytes = 384 * 1024

/** Centres in the form of the products: [width, d] shifted and scaled, times nothing; their squared lengths, padded by Infinity. */
interface Prepared {
  readonly width: number
  readonly shifted: Tensor
  readonly squares: Tensor
  readonly most: number
}

/** What is done with a block: rows `base` to `base + rows` (or those at `index`), their products with the centres, and their squared lengths. */
export type BlockVisit = (base: number, rows: number, products: number, rowSquares: number, index: number) => void

/** Made inside `tidy`, which frees it. */
export class Points {
  readonly n: number
  readonly d: number
  readonly type: Real
  /** As given, but for a power of two where squares would leave the range of f64. */
  readonly x: Tensor
  /** What x was multiplied by. */
  readonly unit: number
  /** Power of two that brings shifted rows to lengths about 1. */
  readonly scale: number
  /** An error of a squared distance from a product is at most this part of |x|^2 + |c|^2. */
  readonly slack: number
  /** Mean over the columns of their variance, in units of `x`. */
  readonly meanVariance: number
  /** In the rows' type: what products are shifted by. */
  readonly #shift: Tensor
  /** In f64: what sums are shifted by, only for columns whose mean is far beyond their deviation, so that sums of small whole numbers are exact. */
  readonly #offset: Tensor

  constructor(given: Tensor) {
    const [n, d] = given.shape as [number, number]
    this.n = n
    this.d = d
    this.type = given.dtype as Real
    this.unit = unitOf(given)
    this.x = this.unit === 1 ? given : mul(given, this.unit)
    const { means, squares } = this.#moments()
    const total = squares.reduce((sum, one) => sum + one, 0)
    this.meanVariance = total / n / d
    const largest = this.type === 'f32' ? 120 : 1000
    this.scale = total === 0 ? 1 : 2 ** -Math.max(-largest, Math.min(largest, Math.ceil(Math.log2(total) / 2)))
    this.slack = 2 * (d + 8) * (this.type === 'f32' ? 2 ** -24 : 2 ** -53)
    this.#shift = empty(this.type, [d])
    view(this.#shift).set(means)
    this.#offset = empty('f64', [d])
    view(this.#offset).set(means.map((mean, c) => (Math.abs(mean) > 8 * Math.sqrt(squares[c]! / n) ? mean : 0)))
  }

  #moments(): { means: Float64Array; squares: Float64Array } {
    const { n, d, x } = this
    const columns = dataKernels(kernels())[`shiftedSums_${this.type}`]
    const [shift, sums] = [empty('f64', [d]), empty('f64', [d])]
    view(shift).set(view(x).subarray(0, d))
    view(sums).fill(0)
    columns(n, d, x.pointer, shift.pointer, false, sums.pointer)
    const first = view(shift)
    const means = Float64Array.from(view(sums), (sum, c) => first[c]! + sum / n)
    view(shift).set(means)
    view(sums).fill(0)
    columns(n, d, x.pointer, shift.pointer, true, sums.pointer)
    return { means, squares: Float64Array.from(view(sums)) }
  }

  /** Centres [k, d] (f64) for products; `padded` to a multiple of 8 by ones that are never nearest. */
  prepare(centers: Tensor, padded = true): Prepared {
    const { type, d } = this
    const k = centers.shape[0]!
    const width = padded ? 8 * Math.ceil(k / 8) : k
    const rounded = type === 'f64' ? centers : empty(type, [k, d])
    if (rounded !== centers) view(rounded).set(view(centers))
    const [shifted, squares, lengths] = [empty(type, [width, d]), empty(type, [width]), empty('f64', [k])]
    view(shifted).fill(0)
    view(squares).fill(Number.POSITIVE_INFINITY)
    this.#shifted(k, rounded.pointer, 0, 0, shifted.pointer, lengths.pointer)
    view(squares).set(view(lengths))
    const most = (view(lengths) as Float64Array).reduce((a, b) => Math.max(a, b), 0)
    if (rounded !== centers) rounded.dispose()
    lengths.dispose()
    return { width, shifted, squares, most }
  }

  #shifted(rows: number, x: number, base: number, index: number, out: number, squares: number): void {
    const { d, scale, type } = this
    dataKernels(kernels())[`shiftedRows_${type}`](rows, d, x, base, index, this.#shift.pointer, scale, out, squares)
  }

  /** Visits all rows, or the `count` that `index` names, with their products -2 x c. */
  forEachBlock(centers: Prepared, visit: BlockVisit, index = 0, count = this.n): void {
    const { type, d, x } = this
    const { width, shifted } = centers
    const bytes = type === 'f32' ? 4 : 8
    const size = Math.min(count, Math.max(32, Math.min(2048, Math.floor(blockBytes / (bytes * (width + d))))))
    const [rows, products, lengths] = [empty(type, [size, d]), empty(type, [size, width]), empty('f64', [size])]
    for (let base = 0; base < count; base += size) {
      const here = Math.min(size, count - base)
      const names = index === 0 ? 0 : index + 4 * base
      this.#shifted(here, x.pointer, base, names, rows.pointer, lengths.pointer)
      lapack().gemm(type, false, true, here, width, d, -2, rows.pointer, d, shifted.pointer, d, 0, products.pointer, width) // biome-ignore format: one line
      visit(base, here, products.pointer, lengths.pointer, names)
    }
    for (const one of [rows, products, lengths]) one.dispose()
  }

  /** Adds rows from `base` on to the sums of their clusters. */
  addSums(base: number, rows: number, labels: Tensor, sums: Tensor, counts: Tensor): void {
    const { type, d, x } = this
    dataKernels(kernels())[`clusterSums_${type}`](rows, d, x.pointer, base, labels.pointer, this.#offset.pointer, sums.pointer, counts.pointer) // biome-ignore format: one line
  }

  /** Sums [k, d] and counts of clusters as their means, in place; of an empty cluster `otherwise`. Rounded to the rows' type. */
  toMeans(sums: Tensor, counts: ArrayLike<number>, otherwise: Tensor): void {
    const { d, type } = this
    const [offset, means, old] = [view(this.#offset), view(sums), view(otherwise)]
    for (let at = 0; at < means.length; at++) {
      const weight = counts[Math.floor(at / d)]!
      const mean = weight > 0 ? offset[at % d]! + means[at]! / weight : old[at]!
      means[at] = type === 'f32' ? Math.fround(mean) : mean
    }
  }

  /** Squared distance of each row from the centre of its label, f64 [n]. */
  labelSquares(centers: Tensor, labels: Tensor): Tensor {
    const { n, d, type, x } = this
    const out = empty('f64', [n])
    dataKernels(kernels())[`labelSquares_${type}`](n, d, x.pointer, centers.pointer, labels.pointer, out.pointer)
    return out
  }

  /** Centres in the units of x as they are given to the user, in the rows' type, and back. */
  outward(centers: Tensor): Tensor {
    const out = empty(this.type, centers.shape)
    const into = view(out)
    view(centers).forEach((value, at) => {
      into[at] = value / this.unit
    })
    return out
  }

  inward(centers: Tensor): Tensor {
    const out = empty('f64', centers.shape)
    const into = view(out)
    view(centers).forEach((value, at) => {
      into[at] = value * this.unit
    })
    return out
  }
}

/** 1, or a power of two for f64 whose squares could overflow or vanish. */
export function unitOf(x: Tensor): number {
  if (x.dtype === 'f32') return 1
  const largest = max(abs(x)).item()
  if (largest === 0 || (largest < 2 ** 400 && largest > 2 ** -400)) return 1
  return 2 ** -Math.max(-1000, Math.min(1000, Math.round(Math.log2(largest))))
}
