/** Columns of numbers as places in at most 32 bins, the form that histogram boosting works on. */
const mostBins = 32

/** Columns in bins: of one row, `codes[j][row]`; bin 0 is for what is not a number. */
export interface Binned {
  readonly rows: number
  /** Bins of each column, bin 0 among them. */
  readonly bins: readonly number[]
  readonly codes: readonly Uint8Array[]
  /** Upper ends of the bins 1, 2 ... of each column but the last, ascending. */
  readonly edges: readonly Float64Array[]
}

/** Edges at quantiles of the distinct values; every value has a bin of its own where there are few. */
export function binColumns(columns: readonly Float64Array[]): Binned {
  const rows = columns[0]?.length ?? 0
  const edges = columns.map(edgesOf)
  const codes = columns.map((values, j) => codesOf(values, edges[j]!))
  return { rows, edges, codes, bins: edges.map((some) => some.length + 2) }
}

function edgesOf(values: Float64Array): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1])
  const most = mostBins - 2
  if (distinct.length <= most) return Float64Array.from(distinct.slice(0, -1), (value, i) => between(value, distinct[i + 1]!)) // biome-ignore format: one line
  const edges: number[] = []
  for (let i = 1; i <= most; i++) {
    const place = Math.floor((i * sorted.length) / (most + 1))
    const edge = between(sorted[place - 1]!, sorted[place]!)
    if (sorted[place - 1]! < sorted[place]! && edge !== edges.at(-1)) edges.push(edge)
    else if (sorted[place]! !== edges.at(-1) && sorted[place]! < sorted.at(-1)!) edges.push(sorted[place]!)
  }
  return Float64Array.from(new Set(edges))
}

/** The middle of two numbers; the lower where the middle is not finite. */
function between(low: number, high: number): number {
  const middle = low / 2 + high / 2
  return middle >= low && middle < high ? middle : low
}

function codesOf(values: Float64Array, edges: Float64Array): Uint8Array {
  return Uint8Array.from(values, (value) => (Number.isNaN(value) ? 0 : 1 + countBelow(edges, value)))
}

/** How many edges are less than the value. */
function countBelow(edges: Float64Array, value: number): number {
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (edges[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
