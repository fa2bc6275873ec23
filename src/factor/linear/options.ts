/** Options that several factorizations have. */
import { UsageError } from '../../core/index.js'

/** k, a whole number from 1 to min(n, d) of a table [n, d]; that by default. */
export function countOf(op: string, k: number | undefined, n: number, d: number): number {
  const most = Math.min(n, d)
  if (k === undefined) return most
  if (!Number.isSafeInteger(k) || k < 1 || k > most)
    throw new UsageError(`${op}: k is ${k} for a table [${n}, ${d}]; expected a whole number from 1 to ${most}.`)
  return k
}
