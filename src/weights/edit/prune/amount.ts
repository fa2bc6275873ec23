/** How many: amounts as PyTorch reads them, and schedules of amounts. */
import { UsageError } from '../../../core/index.js'

/**
 * A share of the whole below 1 (`0.5`, `'50%'`, `'1.0'` for all) or a count (whole numbers from 1 on), as `torch.nn.utils.prune` takes them: 1 is one
 * element, `'1.0'` and `'100%'` are all of them.
 */
export type Amount = number | string

export type ParsedAmount = { readonly share: number } | { readonly count: number }

/** Reads an amount. Throws UsageError for what is neither a share nor a count. */
export function parseAmount(amount: Amount): ParsedAmount {
  const text = String(amount).trim()
  const isPercent = text.endsWith('%')
  const digits = isPercent ? text.slice(0, -1) : text
  const value = digits.trim() === '' ? Number.NaN : Number(digits)
  if (isPercent && value >= 0 && value <= 100) return { share: value / 100 }
  if (!isPercent && value >= 1 && Number.isSafeInteger(value) && !text.includes('.')) return { count: value }
  if (!isPercent && value >= 0 && value <= 1) return { share: value }
  throw new UsageError(
    `prune: amount ${text === '' ? "''" : text}; expected a share from 0 to 1, or a whole number of elements. Try 0.5, 50% or 1000.`,
  )
}

/** The whole number nearest to x, the even one of two: Python's `round`. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x)
  const rest = x - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}

/**
 * How many of `total` an amount is: `round(share * total)`, half to even.
 *
 * @throws UsageError for a count above the total
 */
export function countOf(amount: ParsedAmount, total: number, what = 'elements'): number {
  if ('share' in amount) return roundHalfEven(amount.share * total)
  if (amount.count > total)
    throw new UsageError(
      `prune: an amount of ${amount.count} ${what}, but there are ${total}. Try a share such as 0.5.`,
    )
  return amount.count
}

export type ScheduleKind = 'constant' | 'geometric' | 'cubic'

export interface ScheduleOptions {
  /** The share pruned in the end. */
  readonly to: number
  /** The share that is pruned before the first step; 0 by default. */
  readonly from?: number | undefined
  readonly steps: number
}

/**
 * Shares of the whole that are zero after each of `steps` steps; each is an `amount` of its own, and with magnitudes kept the zeros of a step
 * are among those of the next.
 *
 * `constant`: all at once. `geometric`: each step removes the same share of what remains (Han et al. 2015; Frankle & Carbin 2019), so `to` is
 * below 1. `cubic`: `to + (from - to) (1 - t / steps)^3`, fast while much is redundant (Zhu & Gupta 2017).
 *
 * @example sparsitySchedule('cubic', { to: 0.8, steps: 2 }) // [0.7, 0.8]
 */
export function sparsitySchedule(kind: ScheduleKind, { from = 0, to, steps }: ScheduleOptions): number[] {
  if (!(from >= 0 && from <= to && to <= 1))
    throw new UsageError(`sparsitySchedule: from ${from} to ${to}; expected 0 <= from <= to <= 1.`)
  if (!Number.isSafeInteger(steps) || steps < 1 || steps > 1e6)
    throw new UsageError(`sparsitySchedule: ${steps} steps; expected a whole number from 1 to 1000000.`)
  if (kind === 'geometric' && to === 1 && from < 1)
    throw new UsageError('sparsitySchedule: a geometric schedule never reaches 1. Try cubic.')
  const shareAt = (t: number): number => {
    if (kind === 'constant' || t === steps || from === to) return to
    if (kind === 'geometric') return 1 - (1 - from) * ((1 - to) / (1 - from)) ** (t / steps)
    return to + (from - to) * (1 - t / steps) ** 3
  }
  return Array.from({ length: steps }, (_, i) => shareAt(i + 1))
}
