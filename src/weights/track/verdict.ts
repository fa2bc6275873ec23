/** The verdict on one tensor: the first rule that speaks, the worst first. docs/metrics.md repeats the rules. */
import { findJump } from './rules/jump.js'
import { judgeMotion } from './rules/motion.js'
import type { Finding, Series } from './rules/series.js'
import { findTrend } from './rules/trend.js'

/** Growing or collapsing, a sudden jump, oscillating, settled or moving, from a finite series. */
export function judge(series: Series): Finding {
  const jump = findJump(series)
  const trend = findTrend(series)
  // A single jump bends any line through the norms; a layer that has all but vanished has, however it came.
  if (trend && (jump === null || trend.place !== null)) return trend
  return jump ?? judgeMotion(series)
}
