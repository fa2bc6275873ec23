/**
 * Three ways to find the nearest centre of every row, which give the same labels: all distances (Lloyd 1982), or with bounds by the triangle
 * inequality (Hamerly 2010: one lower bound a row; Elkan 2003: one for each centre).
 */
import { dataKernels } from '../../kernels/index.js'
import type { Tensor } from '../../tensor/index.js'
import { empty, kernels, tidy, view } from '../../tensor/internal.js'
import type { Points } from './points.js'

/** Rows from `base` on have their labels. */
export type Settled = (base: number, rows: number) => void

export interface Assigner {
  /** Sets labels to the nearest of centres [k, d], and returns how many changed. `moved`: how far each centre is from where it was the last time. */
  assign(centers: Tensor, moved: Float64Array, settled: Settled): number
  /** A row's label was set by hand: its bounds hold no longer. */
  forget(row: number): void
}

export type Bounds = 'lloyd' | 'hamerly' | 'elkan'

export function assignerOf(bounds: Bounds, points: Points, labels: Tensor, k: number): Assigner {
  if (bounds === 'hamerly') return new Hamerly(points, labels, k)
  if (bounds === 'elkan') return new Elkan(points, labels, k)
  return { assign: (centers, _, settled) => assignAll(points, centers, labels, settled), forget: () => {} }
}

/** Labels of all rows, or of `count` in `index`, from all distances. */
export function assignAll(
  points: Points,
  centers: Tensor,
  labels: Tensor,
  settled: Settled | null,
  { upper = 0, lower = 0, index = 0, count = points.n } = {},
): number {
  const { type, d, slack, x } = points
  const kernel = dataKernels(kernels())[`nearestCenters_${type}`]
  const k = centers.shape[0]!
  return tidy(() => {
    const prepared = points.prepare(centers)
    const { width, squares, most } = prepared
    let changed = 0
    points.forEachBlock(
      prepared,
      (base, rows, products, rowSquares, names) => {
        changed += kernel(rows, k, width, d, products, squares.pointer, rowSquares, slack, most, x.pointer, centers.pointer, base, names, labels.pointer, upper, lower) // biome-ignore format: one line
        settled?.(base, rows)
      },
      index,
      count,
    )
    return changed
  })
}

/** What both bounds need of the centres' movements: in scaled units, and a little more than they are. */
function movedTensor(points: Points, moved: Float64Array): Tensor {
  const out = empty('f64', [moved.length])
  const factor = points.scale * (1 + (points.d + 8) * 2 ** -50)
  const into = view(out)
  for (const [j, one] of moved.entries()) into[j] = one * factor
  return out
}

class Hamerly implements Assigner {
  readonly #upper: Tensor
  readonly #lower: Tensor
  readonly #list: Tensor
  #isFirst = true

  constructor(
    private readonly points: Points,
    private readonly labels: Tensor,
    private readonly k: number,
  ) {
    const { n } = points
    this.#upper = empty('f64', [n])
    this.#lower = empty('f64', [n])
    this.#list = empty('i32', [n])
  }

  assign(centers: Tensor, moved: Float64Array, settled: Settled): number {
    const { points, labels } = this
    const bounds = { upper: this.#upper.pointer, lower: this.#lower.pointer }
    if (this.#isFirst) {
      this.#isFirst = false
      return assignAll(points, centers, labels, settled, bounds)
    }
    const count = this.#passedOver(centers, moved)
    const changed =
      count === 0 ? 0 : assignAll(points, centers, labels, null, { ...bounds, index: this.#list.pointer, count })
    settled(0, points.n)
    return changed
  }

  /** Moves the bounds and lists the rows that they do not settle. */
  #passedOver(centers: Tensor, moved: Float64Array): number {
    const { points, labels, k } = this
    const { n, d, type, x, scale } = points
    return tidy(() => {
      const [half, steps] = [empty('f64', [k]), movedTensor(points, moved)]
      dataKernels(kernels()).halfDistances_f64(k, d, centers.pointer, scale, 0, half.pointer)
      const lengths = view(steps)
      let mostAt = 0
      let next = 0
      for (let j = 1; j < k; j++)
        if (lengths[j]! > lengths[mostAt]!) {
          next = lengths[mostAt]!
          mostAt = j
        } else next = Math.max(next, lengths[j]!)
      return dataKernels(kernels())[`hamerlyRows_${type}`](n, d, x.pointer, centers.pointer, scale, labels.pointer, this.#upper.pointer, this.#lower.pointer, steps.pointer, lengths[mostAt]!, mostAt, next, half.pointer, this.#list.pointer) // biome-ignore format: one line
    })
  }

  forget(row: number): void {
    view(this.#upper)[row] = Number.POSITIVE_INFINITY
    view(this.#lower)[row] = 0
  }
}

class Elkan implements Assigner {
  readonly #width: number
  readonly #upper: Tensor
  readonly #lower: Tensor
  #isFirst = true

  constructor(
    private readonly points: Points,
    private readonly labels: Tensor,
    private readonly k: number,
  ) {
    this.#width = 8 * Math.ceil(k / 8)
    this.#upper = empty('f64', [points.n])
    this.#lower = empty('f32', [points.n, this.#width])
  }

  assign(centers: Tensor, moved: Float64Array, settled: Settled): number {
    const changed = tidy(() => (this.#isFirst ? this.#first(centers) : this.#later(centers, moved)))
    this.#isFirst = false
    settled(0, this.points.n)
    return changed
  }

  #first(centers: Tensor): number {
    const { points, labels } = this
    const { type, n, slack } = points
    const spare = empty('f64', [n])
    const changed = assignAll(points, centers, labels, null, { upper: this.#upper.pointer, lower: spare.pointer })
    const prepared = points.prepare(centers)
    const { width, squares, most } = prepared
    const kernel = dataKernels(kernels())[`elkanBounds_${type}`]
    points.forEachBlock(prepared, (base, rows, products, rowSquares) =>
      kernel(rows, width, products, squares.pointer, rowSquares, slack, most, this.#lower.pointer + 4 * base * width),
    )
    return changed
  }

  #later(centers: Tensor, moved: Float64Array): number {
    const { points, labels, k } = this
    const { n, d, type, x, scale } = points
    const [between, half, steps, drop] = [
      empty('f64', [k, k]),
      empty('f64', [k]),
      movedTensor(points, moved),
      empty('f32', [this.#width]),
    ]
    // Rounded up.
    const drops = view(drop)
    drops.fill(0)
    for (const [j, step] of view(steps).entries()) drops[j] = step * (1 + 2 ** -22)
    dataKernels(kernels()).halfDistances_f64(k, d, centers.pointer, scale, between.pointer, half.pointer)
    return dataKernels(kernels())[`elkanRows_${type}`](n, k, this.#width, d, x.pointer, centers.pointer, scale, labels.pointer, this.#upper.pointer, this.#lower.pointer, steps.pointer, drop.pointer, between.pointer, half.pointer) // biome-ignore format: one line
  }

  forget(row: number): void {
    view(this.#upper)[row] = Number.POSITIVE_INFINITY
    view(this.#lower).fill(0, row * this.#width, (row + 1) * this.#width)
  }
}
