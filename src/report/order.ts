/** The order of tensors in a report: worst first, or by one figure. */
import { closest, UsageError } from '../core/index.js'
import type { FileReport, Severity, TensorFigures } from '../weights/index.js'
import { columnOf, columns } from './columns.js'

const weight: Record<Severity, number> = { error: 1e6, warning: 1e3, info: 1 }

/** How bad a tensor looks: errors before warnings before notes, many before few. */
export function severityScore(tensor: TensorFigures): number {
  return tensor.flags.reduce((sum, flag) => sum + weight[flag.severity], 0)
}

export function worstSeverity(tensor: TensorFigures): Severity | null {
  const severities = tensor.flags.map((flag) => flag.severity)
  return severities.includes('error') ? 'error' : severities.includes('warning') ? 'warning' : (severities[0] ?? null)
}

export const sortKeys: readonly string[] = ['worst', 'file', ...columns.map((column) => column.key)]

/** Throws for a key that is not one of `sortKeys`. */
export function requireSortKey(key: string): void {
  if (sortKeys.includes(key)) return
  const near = closest(key, sortKeys)
  throw new UsageError(
    `--sort: there is no '${key}'. ${near.length > 0 ? `Did you mean '${near[0]}'?` : `Try one of ${sortKeys.join(', ')}.`}`,
  )
}

/** Tensors in the order of `key`; ties keep the file's order, what was not computed comes last. */
export function sortTensors(file: FileReport, key: string): TensorFigures[] {
  requireSortKey(key)
  if (key === 'file') return [...file.tensors]
  if (key === 'worst') return [...file.tensors].sort((a, b) => severityScore(b) - severityScore(a))
  const column = columnOf(key)!
  const sign = column.worstFirst === 'largest' ? -1 : 1
  return [...file.tensors].sort((a, b) => compare(column.value(a), column.value(b), sign))
}

function compare(a: number | string | null, b: number | string | null, sign: number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  if (typeof a === 'string' || typeof b === 'string') return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : 1
  return a === b ? 0 : (a < b ? -1 : 1) * sign
}
