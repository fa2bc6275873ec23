/** Scores, codes or distances as CSV: the line of each row in its file, then a column for each component. */
import type { Table } from '../../table/index.js'
import type { FactorTableReport } from '../table/types.js'

const clusters: ReadonlySet<string> = new Set(['kmeans', 'minibatch-kmeans', 'kmedians', 'spherical-kmeans'])

/** `scores` [rows, k] of these rows of the table. Clusters come with the number of the nearest, from 1 on. */
export function scoresCsv(
  scores: Float64Array,
  rows: Int32Array,
  table: Table,
  { method }: Pick<FactorTableReport, 'method'>,
): Uint8Array {
  const k = rows.length === 0 ? 0 : scores.length / rows.length
  const isCluster = clusters.has(method)
  const names = Array.from({ length: k }, (_, j) => `${isCluster ? 'distance' : 'component'}${j + 1}`)
  const lines = [['line', ...(isCluster ? ['cluster'] : []), ...names].join(',')]
  for (let i = 0; i < rows.length; i++) {
    const own = scores.subarray(i * k, (i + 1) * k)
    const cluster = isCluster ? [1 + own.indexOf(own.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY))] : []
    lines.push([table.lineOf(rows[i]!), ...cluster, ...own].join(','))
  }
  return new TextEncoder().encode(`${lines.join('\r\n')}\r\n`)
}
