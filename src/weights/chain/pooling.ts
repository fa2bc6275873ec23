/** Bounds of pooling layers. */
import type { ChainLink, LinkBound, LipschitzNorm } from './types.js'

/**
 * With windows of k^axes entries, s apart, an entry lies in at most ceil(k / s)^axes = c windows. Each output is 1-Lipschitz in its window in linf; in l1 an
 * entry counts c times (max) or c / k^axes (average); in l2 the square root of their product bounds it (Riesz-Thorin; for max by sums over windows).
 */
export function poolingBound(
  { pooling, kernel, stride = kernel, axes = 2 }: Extract<ChainLink, { pooling: string }>,
  norm: LipschitzNorm,
): Pick<LinkBound, 'bound' | 'why'> {
  const isWhole = (value: number): boolean => Number.isSafeInteger(value) && value >= 1
  if (!isWhole(kernel) || !isWhole(stride) || !isWhole(axes))
    return { bound: null, why: 'kernel, stride and axes must be whole numbers of at least 1' }
  if (norm === 'linf') return { bound: 1, why: 'an output is no larger than its window' }
  const windows = Math.ceil(kernel / stride) ** axes
  const each = pooling === 'max' ? windows : windows / kernel ** axes
  return {
    bound: norm === 'l1' ? each : Math.sqrt(each),
    why: `an entry lies in at most ${windows} window${windows === 1 ? '' : 's'}`,
  }
}
