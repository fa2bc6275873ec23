/** How well rows lie in their clusters: silhouettes, and two figures of dispersion. */
import { UsageError } from '../../core/index.js'
import { dataKernels } from '../../kernels/index.js'
import { type Tensor, tensor, to } from '../../tensor/index.js'
import { empty, kernels, tidy, view } from '../../tensor/internal.js'
import type { Targets } from '../estimator.js'
import { wholeOption } from '../input.js'
import { type Seed, uniforms } from '../random.js'
import { finiteRows } from '../samples.js'
import { Points } from './points.js'
import { differentRows, rowsAt } from './start.js'
import { total } from './sums.js'

export interface SilhouetteOptions {
  /** At most so many rows get a silhouette, drawn at random where there are more; each is measured from all rows (10,000). */
  sample?: number
  /** 0 by default. */
  seed?: Seed
}

export interface Silhouette {
  /** Over `samples`. */
  readonly mean: number
  /** From -1 to 1, of each row in `rows`. */
  readonly samples: Float64Array
  /** Which rows, ascending: all, or those drawn. */
  readonly rows: Int32Array
  readonly isSampled: boolean
  /** Mean over the `rows` of each cluster, in the order in which labels first appear; NaN where none was drawn. */
  readonly clusters: readonly { readonly label: number | string; readonly size: number; readonly mean: number }[]
}

/** Clusters by the order in which their labels appear. */
export interface Grouped {
  readonly names: (number | string)[]
  readonly groups: Int32Array
  readonly sizes: number[]
}

/** Throws UsageError unless there is a label for each of n rows and there are from 2 to n - 1 clusters. */
export function groupsOf(op: string, labels: Targets, n: number): Grouped {
  if (labels.length !== n)
    throw new UsageError(`${op}: ${labels.length} labels for ${n} rows; expected one for each row.`)
  const places = new Map<number | string, number>()
  const sizes: number[] = []
  const groups = Int32Array.from({ length: n }, (_, i) => {
    const label = labels[i]!
    let group = places.get(label)
    if (group === undefined) {
      group = places.size
      places.set(label, group)
      sizes.push(0)
    }
    sizes[group]!++
    return group
  })
  if (sizes.length < 2 || sizes.length >= n)
    throw new UsageError(`${op}: ${sizes.length} clusters of ${n} rows; expected from 2 to ${Math.max(2, n - 1)}.`)
  return { names: [...places.keys()], groups, sizes }
}

/** Others that a product takes at a time. */
const chunk = 256

/**
 * Silhouettes of rows x [n, d] in clusters: (b - a) / max(a, b) with a the mean Euclidean distance of a row from the others of its cluster and b the
 * least mean distance from another cluster; 0 in a cluster of one row. Source: Rousseeuw (1987).
 *
 * @example
 * const model = new KMeans({ k: 3 }).fit(x)
 * silhouette(x, model.labels).mean
 */
export function silhouette(x: Tensor, labels: Targets, options: SilhouetteOptions = {}): Silhouette {
  const { sample = 10_000, seed = 0 } = options
  wholeOption('silhouette', 'sample', sample, 1)
  return tidy(() => {
    const points = new Points(to(finiteRows('silhouette', x), 'f64'))
    const { n } = points
    const { names, groups, sizes } = groupsOf('silhouette', labels, n)
    const isSampled = n > sample
    const rows = isSampled
      ? Int32Array.from(differentRows(n, sample, uniforms(seed))).sort()
      : Int32Array.from({ length: n }, (_, i) => i)
    const sums = sumsByGroup(points, groups, sizes.length, rows)
    const samples = Float64Array.from(rows, (row, at) =>
      silhouetteOf(sums.subarray(at * sizes.length, (at + 1) * sizes.length), sizes, groups[row]!),
    )
    const clusters = names.map((label, group) => {
      const own = samples.filter((_, at) => groups[rows[at]!] === group)
      return { label, size: sizes[group]!, mean: own.length === 0 ? Number.NaN : total(own) / own.length }
    })
    return { mean: total(samples) / samples.length, samples, rows, isSampled, clusters }
  })
}

function silhouetteOf(sums: Float64Array, sizes: readonly number[], own: number): number {
  if (sizes[own] === 1) return 0
  const a = sums[own]! / (sizes[own]! - 1)
  let b = Number.POSITIVE_INFINITY
  for (let group = 0; group < sizes.length; group++) if (group !== own) b = Math.min(b, sums[group]! / sizes[group]!)
  const larger = Math.max(a, b)
  return larger === 0 ? 0 : (b - a) / larger
}

/** Sums of distances of `rows` from the rows of each group, [rows.length, groups]. */
function sumsByGroup(points: Points, groups: Int32Array, count: number, rows: Int32Array): Float64Array {
  return tidy(() => {
    const { n, d, slack, scale, x } = points
    const [names, index] = [tensor(groups), tensor(rows)]
    const out = empty('f64', [rows.length, count])
    view(out).fill(0)
    const kernel = dataKernels(kernels()).distanceSums_f64
    for (let from = 0; from < n; from += chunk)
      tidy(() => {
        const width = Math.min(chunk, n - from)
        const others = rowsAt(
          points.x,
          Array.from({ length: width }, (_, i) => from + i),
        )
        const prepared = points.prepare(others, false)
        points.forEachBlock(
          prepared,
          (base, here, products, rowSquares, places) =>
            kernel(here, width, count, d, products, prepared.squares.pointer, rowSquares, slack, scale, x.pointer, base, places, others.pointer, names.pointer + 4 * from, out.pointer + 8 * base * count), // biome-ignore format: one line
          index.pointer,
          rows.length,
        )
      })
    return (view(out) as Float64Array).slice()
  })
}

/** Means [k, d] of groups, and the sum of squared distances from them within each. */
function dispersion(
  points: Points,
  { groups, sizes }: Grouped,
): { centers: Tensor; within: Float64Array; mean: Float64Array } {
  // biome-ignore format: one line
  const { n, d } = points
  const labels = tensor(groups)
  const [centers, counts, none] = [empty('f64', [sizes.length, d]), empty('f64', [sizes.length]), empty('f64', [sizes.length, d])] // biome-ignore format: one line
  view(centers).fill(0)
  view(counts).fill(0)
  points.addSums(0, n, labels, centers, counts)
  points.toMeans(centers, view(counts), none)
  const squares = view(points.labelSquares(centers, labels))
  const within = new Float64Array(sizes.length)
  const distances = new Float64Array(sizes.length)
  for (let i = 0; i < n; i++) {
    within[groups[i]!]! += squares[i]!
    distances[groups[i]!]! += Math.sqrt(squares[i]!)
  }
  return { centers, within, mean: distances.map((sum, group) => sum / sizes[group]!) }
}

/**
 * Variance between clusters over that within, each by its degrees of freedom; larger is better, 1 where nothing varies within. Source: Calinski &
 * Harabasz (1974).
 */
export function calinskiHarabasz(x: Tensor, labels: Targets): number {
  return tidy(() => {
    const points = new Points(to(finiteRows('calinskiHarabasz', x), 'f64'))
    const { n, d } = points
    const grouped = groupsOf('calinskiHarabasz', labels, n)
    const k = grouped.sizes.length
    const { centers, within } = dispersion(points, grouped)
    const inside = total(within)
    const c = view(centers)
    let between = 0
    for (let at = 0; at < d; at++) {
      const mean = grouped.sizes.reduce((sum, size, j) => sum + (size / n) * c[j * d + at]!, 0)
      for (const [j, size] of grouped.sizes.entries()) between += size * (c[j * d + at]! - mean) ** 2
    }
    return inside === 0 ? 1 : (between * (n - k)) / (inside * (k - 1))
  })
}

/**
 * Mean over the clusters of their largest similarity to another, (s_i + s_j) / |c_i - c_j| with s the mean distance from the centre; smaller is better, 0
 * where there is none. Source: Davies & Bouldin (1979).
 */
export function daviesBouldin(x: Tensor, labels: Targets): number {
  return tidy(() => {
    const points = new Points(to(finiteRows('daviesBouldin', x), 'f64'))
    const { d } = points
    const grouped = groupsOf('daviesBouldin', labels, points.n)
    const { centers, mean } = dispersion(points, grouped)
    const c = view(centers)
    const apart = (a: number, b: number): number => {
      let square = 0
      for (let at = 0; at < d; at++) square += (c[a * d + at]! - c[b * d + at]!) ** 2
      return Math.sqrt(square)
    }
    let sum = 0
    for (let a = 0; a < mean.length; a++) {
      let worst = 0
      for (let b = 0; b < mean.length; b++) {
        const distance = a === b ? 0 : apart(a, b)
        if (distance > 0) worst = Math.max(worst, (mean[a]! + mean[b]!) / distance)
      }
      sum += worst
    }
    return sum / mean.length
  })
}
