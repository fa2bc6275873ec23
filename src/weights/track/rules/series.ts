/** What the rules see of one tensor: its path as plain numbers, one place for each checkpoint that has it. */

export interface Series {
  /** Elements of the tensor. */
  readonly count: number
  /** Training steps, or 0, 1, 2 ... where they are not known or do not rise. */
  readonly at: readonly number[]
  /** ||W_t||. */
  readonly norms: readonly number[]
  /** ||W_t - W_(t-1)||; the first is 0. */
  readonly deltas: readonly number[]
  /** ||W_t - W_0||. */
  readonly away: readonly number[]
  /** Cosines of updates `lag` apart, lag = 1 ... : `cosines[lag - 1][t]` is that of update t and t - lag; null where one of them is 0 or there is none. */
  readonly cosines: readonly (readonly (number | null)[])[]
}

/** A rule's finding; `place` counts in the series. */
export interface Finding {
  readonly code: 'growing' | 'collapsing' | 'jump' | 'oscillating' | 'moving' | 'settled' | 'unknown'
  readonly place: number | null
  readonly why: string
}

/** Updates below eps of f32 are rounding. */
export const leastUpdate = 2 ** -23

/** ||dW|| over the larger norm of its two ends: at most 2, also where a tensor begins at zero. */
export function relativeUpdate({ norms, deltas }: Series, t: number): number {
  const size = Math.max(norms[t - 1]!, norms[t]!)
  return size > 0 ? deltas[t]! / size : 0
}

/** Three significant digits. */
export function show(value: number): string {
  return value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(3)))
}
