/** Numbers as bins with about as many rows each, and what is known of bins as a line between their medians. */

export interface NumberBins {
  /** The bin of each row. */
  readonly codes: Int32Array
  /** Median of each bin. */
  readonly middles: Float64Array
}

/** At most `most` bins of the values of both tables; fewer where values repeat. */
export function numberBins(values: Float64Array, most: number): NumberBins {
  const sorted = values.slice().sort()
  const n = sorted.length
  const inner = Array.from({ length: Math.max(0, most - 1) }, (_, i) => sorted[Math.floor(((i + 1) * n) / most)]!)
  const edges = [...new Set(inner)].filter((edge) => edge > sorted[0]!)
  const middles = Float64Array.from({ length: edges.length + 1 }, (_, k) => {
    const inside = sorted.filter((value) => (k === 0 || value >= edges[k - 1]!) && (k === edges.length || value < edges[k]!)) // biome-ignore format: one line
    return inside[inside.length >> 1]!
  })
  return { codes: Int32Array.from(values, (value) => edges.filter((edge) => edge <= value).length), middles }
}

/** Straight lines between what the bins have at their medians; NaN beyond the outermost of these, where nothing is known. */
export function betweenMiddles(
  values: Float64Array,
  { codes, middles }: NumberBins,
  ofBin: Float64Array,
): Float64Array {
  return values.map((value, i) => {
    const own = codes[i]!
    if (value === middles[own]) return ofBin[own]!
    const [k, next] = value < middles[own]! ? [own - 1, own] : [own, own + 1]
    if (k < 0 || next >= middles.length) return Number.NaN
    return ofBin[k]! + ((value - middles[k]!) / (middles[next]! - middles[k]!)) * (ofBin[next]! - ofBin[k]!)
  })
}

/**
 * Rows to keep so that classes, or numbers, come as often in both tables. `log`: of each row, the log of how much more often the current table has its y,
 * up to a constant; NaN drops it. `u`: uniform numbers.
 */
export function evened(log: Float64Array, table: Uint8Array, u: Float64Array): Int32Array {
  return Int32Array.from(table.keys()).filter((row) => u[row]! < Math.exp(Math.min(0, table[row] === 1 ? -log[row]! : log[row]!))) // biome-ignore format: one line
}
