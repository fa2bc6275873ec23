/** What becomes of clusters without rows. */

/**
 * Gives each empty cluster the row that costs most (of equal ones the first) of clusters with more than one, in `labels` and `sizes`; tells each such row.
 * Rows without cost stay: then there are fewer different rows than clusters. Returns how many labels it set.
 */
export function fillEmpty(
  labels: Int32Array,
  costs: Float64Array,
  sizes: Float64Array,
  told: (row: number) => void = () => {},
): number {
  if (!sizes.includes(0)) return 0
  const order = Array.from(labels.keys()).filter((i) => costs[i]! > 0)
  order.sort((a, b) => costs[b]! - costs[a]! || a - b)
  let [next, set] = [0, 0]
  for (let j = 0; j < sizes.length; j++) {
    if (sizes[j] !== 0) continue
    // A cluster of one row has no second one later.
    while (next < order.length && sizes[labels[order[next]!]!]! <= 1) next++
    if (next === order.length) break
    const row = order[next++]!
    sizes[labels[row]!]!--
    sizes[j] = 1
    labels[row] = j
    told(row)
    set++
  }
  return set
}
