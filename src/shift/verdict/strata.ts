/** Strata of rows of two tables, and ranks within them. */

/** Fewer rows of a table in a stratum say nothing about it. */
const fewest = 2

export interface Group {
  readonly stratum: number
  readonly rows: Int32Array
  readonly counts: readonly [number, number]
}

/** The strata that both tables have rows in; a stratum below 0 is none. */
export function groupsOf(table: Uint8Array, strata: Int32Array): Group[] {
  const rows = new Map<number, number[]>()
  for (let i = 0; i < strata.length; i++) {
    const stratum = strata[i]!
    if (stratum < 0) continue
    const list = rows.get(stratum)
    if (list) list.push(i)
    else rows.set(stratum, [i])
  }
  return [...rows]
    .map(([stratum, list]) => {
      const current = list.filter((row) => table[row] === 1).length
      return { stratum, rows: Int32Array.from(list), counts: [list.length - current, current] as const }
    })
    .filter(({ counts }) => Math.min(...counts) >= fewest)
    .sort((a, b) => a.stratum - b.stratum)
}

/** Centred ranks (of missing values: the middle) and centred squares of them, each of length 1. */
export function fillScores(
  values: Float64Array,
  rows: Int32Array,
  scores: Float64Array,
  at: number,
  width: number,
): void {
  const n = rows.length
  const rank = new Float64Array(n)
  const order = Array.from(rows.keys()).sort((a, b) => compare(values[rows[a]!]!, values[rows[b]!]!))
  const known = order.findIndex((i) => Number.isNaN(values[rows[i]!]!))
  const count = known < 0 ? n : known
  for (let from = 0; from < count; ) {
    let to = from + 1
    while (to < count && values[rows[order[to]!]!] === values[rows[order[from]!]!]) to++
    for (let i = from; i < to; i++) rank[order[i]!] = (from + to - 1) / 2 - (count - 1) / 2
    from = to
  }
  const square = rank.map((one) => one * one)
  const mean = square.reduce((sum, one) => sum + one, 0) / Math.max(1, count)
  for (let i = count; i < n; i++) square[order[i]!] = mean
  const spread = square.map((one) => one - mean)
  for (const [k, some] of [rank, spread].entries()) {
    const length = Math.sqrt(some.reduce((sum, one) => sum + one * one, 0))
    for (let i = 0; i < n; i++) scores[i * width + at + k] = length > 0 ? some[i]! / length : 0
  }
}

/** Ascending, what is not a number last. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a - b
}
