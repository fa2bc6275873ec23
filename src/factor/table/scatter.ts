/** Rows as points of a plane, in groups. */

import type { Column } from '../../table/index.js'
import { cellText, quantilesOf } from '../../table/internal.js'
import type { Scatter } from './types.js'

const mostPoints = 2000
/** Groups that have a look of their own. */
const mostGroups = 12

/** The group of each row of a column: words, few different numbers, or quarters of many; null where the value is missing. */
export function groupsOf(column: Column, rows: Int32Array): (string | null)[] {
  const isNumber = column.type === 'numeric' || column.type === 'time'
  if (!isNumber) return merged(Array.from(rows, (row) => cellText(column, row)))
  const values = Array.from(rows, (row) => (column.absent?.[row] === 1 ? Number.NaN : column.values[row]!))
  const present = Float64Array.from(values.filter(Number.isFinite))
  if (new Set(present).size <= mostGroups) return values.map((value) => (Number.isNaN(value) ? null : String(value)))
  const edges = quantilesOf(present, [0, 0.25, 0.5, 0.75, 1])
  const shown = edges.map((edge) => String(Number(edge.toPrecision(4))))
  return values.map((value) => {
    if (!Number.isFinite(value)) return null
    const quarter = value <= edges[1]! ? 0 : value <= edges[2]! ? 1 : value <= edges[3]! ? 2 : 3
    return `${shown[quarter]} to ${shown[quarter + 1]}`
  })
}

/** The most frequent groups by name, all others as one. */
function merged(groups: readonly (string | null)[]): (string | null)[] {
  const counts = new Map<string, number>()
  for (const group of groups) if (group !== null) counts.set(group, (counts.get(group) ?? 0) + 1)
  if (counts.size <= mostGroups) return [...groups]
  const kept = new Set([...counts].sort((a, b) => b[1] - a[1]).slice(0, mostGroups - 1).map(([group]) => group)) // biome-ignore format: one line
  return groups.map((group) => (group === null || kept.has(group) ? group : 'others'))
}

/** At most 2000 points, spread evenly over the rows. */
export function scatterOf(
  first: (i: number) => number,
  second: (i: number) => number,
  axes: readonly [string, string],
  rows: Int32Array,
  groups: readonly (string | null)[] | null,
  what: string | null,
): Scatter {
  const count = Math.min(rows.length, mostPoints)
  const points = Array.from({ length: count }, (_, at) => {
    const i = Math.floor((at * rows.length) / count)
    return { x: first(i), y: second(i), row: rows[i]!, group: groups?.[i] ?? null }
  })
  return { axes, points, groups: groups === null ? null : what }
}
