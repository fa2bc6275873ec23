/** One regression tree on gradients and curvatures (Chen & Guestrin, "XGBoost", 2016, equations 5 to 7), grown from histograms. */
import type { Binned } from './bins.js'

export interface GrowOptions {
  readonly depth: number
  /** Fewest rows of a leaf. */
  readonly leaf: number
  /** Penalty on squared leaf values. */
  readonly l2: number
  /** Least gain of a split. */
  readonly gain: number
}

/** Nodes in arrays: `column` -1 is a leaf; rows whose bin is at most `bin` go to `left`, others to `left` + 1. */
export interface Tree {
  readonly column: number[]
  readonly bin: number[]
  readonly left: number[]
  readonly value: number[]
}

interface Split {
  readonly column: number
  readonly bin: number
  readonly gain: number
}

/** Sums of gradients, of curvatures and counts by column and bin. */
type Histogram = Float64Array

/** Grows a tree over `rows`, which are put into another order. */
export function growTree(
  data: Binned,
  rows: Int32Array,
  gradient: Float64Array,
  curvature: Float64Array,
  options: GrowOptions,
): Tree {
  const tree: Tree = { column: [-1], bin: [0], left: [0], value: [0] }
  const starts = startsOf(data)
  const grow = (node: number, from: number, to: number, histogram: Histogram | null, depth: number): void => {
    const split = histogram ? bestSplit(data, starts, histogram, options) : null
    if (split === null) {
      tree.value[node] = leafValue(rows, from, to, gradient, curvature, options.l2)
      return
    }
    const middle = partition(data.codes[split.column]!, rows, from, to, split.bin)
    const left = tree.column.push(-1, -1) - 2
    tree.bin.push(0, 0)
    tree.left.push(0, 0)
    tree.value.push(0, 0)
    tree.column[node] = split.column
    tree.bin[node] = split.bin
    tree.left[node] = left
    if (depth === 1) {
      grow(left, from, middle, null, 0)
      grow(left + 1, middle, to, null, 0)
      return
    }
    // Sums over the smaller side; those of the other are what is left of the parent's.
    const isLeftSmall = middle - from <= to - middle
    const small = isLeftSmall
      ? histogramOf(data, starts, rows, from, middle, gradient, curvature)
      : histogramOf(data, starts, rows, middle, to, gradient, curvature)
    const large = histogram!
    for (let i = 0; i < large.length; i++) large[i]! -= small[i]!
    grow(left, from, middle, isLeftSmall ? small : large, depth - 1)
    grow(left + 1, middle, to, isLeftSmall ? large : small, depth - 1)
  }
  grow(0, 0, rows.length, histogramOf(data, starts, rows, 0, rows.length, gradient, curvature), options.depth)
  return tree
}

/** Adds `rate` times the tree's value to the score of each row. */
export function addTree(tree: Tree, data: Binned, rows: Int32Array, rate: number, scores: Float64Array): void {
  const { column, bin, left, value } = tree
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    let node = 0
    while (column[node]! >= 0) node = left[node]! + (data.codes[column[node]!]![row]! <= bin[node]! ? 0 : 1)
    scores[row]! += rate * value[node]!
  }
}

function startsOf({ bins }: Binned): Int32Array {
  const starts = new Int32Array(bins.length + 1)
  for (const [j, count] of bins.entries()) starts[j + 1] = starts[j]! + 3 * count
  return starts
}

function histogramOf(
  { codes }: Binned,
  starts: Int32Array,
  rows: Int32Array,
  from: number,
  to: number,
  gradient: Float64Array,
  curvature: Float64Array,
): Histogram {
  const sums = new Float64Array(starts.at(-1)!)
  for (let j = 0; j < codes.length; j++) {
    const code = codes[j]!
    const start = starts[j]!
    for (let i = from; i < to; i++) {
      const row = rows[i]!
      const place = start + 3 * code[row]!
      sums[place]! += gradient[row]!
      sums[place + 1]! += curvature[row]!
      sums[place + 2]!++
    }
  }
  return sums
}

/** The split of most gain; the lower column and bin where two are as good. Null where none gains enough. */
function bestSplit({ bins }: Binned, starts: Int32Array, sums: Histogram, options: GrowOptions): Split | null {
  const { l2, leaf } = options
  let best: Split | null = null
  let least = options.gain
  for (let j = 0; j < bins.length; j++) {
    const start = starts[j]!
    let [g, h, n] = [0, 0, 0]
    for (let place = start; place < starts[j + 1]!; place += 3) {
      g += sums[place]!
      h += sums[place + 1]!
      n += sums[place + 2]!
    }
    const whole = (g * g) / (h + l2)
    let [gl, hl, nl] = [0, 0, 0]
    for (let bin = 0; bin < bins[j]! - 1; bin++) {
      const place = start + 3 * bin
      gl += sums[place]!
      hl += sums[place + 1]!
      nl += sums[place + 2]!
      if (nl < leaf || n - nl < leaf) continue
      const gain = (gl * gl) / (hl + l2) + ((g - gl) * (g - gl)) / (h - hl + l2) - whole
      // A hair more than the best so far: rounding must not choose between columns that are the same.
      if (gain > least * (1 + 1e-9)) {
        least = gain
        best = { column: j, bin, gain }
      }
    }
  }
  return best
}

function leafValue(
  rows: Int32Array,
  from: number,
  to: number,
  gradient: Float64Array,
  curvature: Float64Array,
  l2: number,
): number {
  let [g, h] = [0, 0]
  for (let i = from; i < to; i++) {
    g += gradient[rows[i]!]!
    h += curvature[rows[i]!]!
  }
  return h + l2 > 0 ? -g / (h + l2) : 0
}

/** Puts the rows of bins up to `bin` first; where the others begin. */
function partition(code: Uint8Array, rows: Int32Array, from: number, to: number, bin: number): number {
  let [low, high] = [from, to - 1]
  while (low <= high) {
    const row = rows[low]!
    if (code[row]! <= bin) low++
    else {
      rows[low] = rows[high]!
      rows[high--] = row
    }
  }
  return low
}
