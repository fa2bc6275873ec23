/** Lost and dominating directions. */
import type { StorageType } from '../../../core/index.js'
import type { TensorFigures } from '../../types.js'
import { flag, isWeight, percent, type Rule, show } from './rule.js'

/** Directions that a square Gaussian matrix has below its rank tolerance by chance: its smallest values are evenly spaced near zero. */
function deficiencyByChance(m: number, n: number, storage: StorageType): number {
  const large = Math.max(m, n)
  const small = Math.min(m, n)
  // Away from square the smallest singular value is near sqrt(large) - sqrt(small) (Bai & Yin), far above the tolerance.
  if (small < 0.9 * large) return 0
  const eps = storage === 'f64' ? 2 ** -52 : 2 ** -23
  return (2 * eps * large * large) / Math.PI
}

/** The smaller side of the matrix view without its dead outputs and inputs. */
function aliveSide({ rows, columns, outAxis, shape }: TensorFigures, m: number, n: number): number {
  const full = Math.min(m, n)
  if (rows === null || columns === null || (outAxis ?? 0) > 1 || (shape.length === 3 && outAxis === 1)) return full
  const [first, second] = outAxis === 1 ? [columns, rows] : [rows, columns]
  // A dead channel of the second axis takes all its kernel positions along.
  return Math.min(m - first.dead, n - second.dead * (n / second.count))
}

/** Fewer independent directions than the shape has. */
export const rankRule: Rule = ({ figures, storage, thresholds }) => {
  const { matrix } = figures
  if (!isWeight(figures) || matrix === null || matrix.rank === null || matrix.spectral === 0) return []
  const [m, n] = matrix.shape
  const full = Math.min(m, n)
  const missing = full - matrix.rank
  const chance = deficiencyByChance(m, n, storage)
  if (missing === 0 || missing <= chance + 3 * Math.sqrt(chance)) return []
  // Dead lines have their own flag.
  if (matrix.rank >= aliveSide(figures, m, n)) return []
  const severity = matrix.rank < thresholds.rankShare * full && full > 2 ? 'warning' : 'info'
  return [
    flag(
      figures,
      'rank-deficient',
      severity,
      `rank ${matrix.rank} of ${full}: ${percent(missing / full)} of the directions are lost, as rows or columns repeat or combine. A factorization of rank ${matrix.rank} stores the same map; if the layer should be full, it has collapsed.`,
    ),
  ]
}

/** One direction holds nearly everything. */
export const dominantRule: Rule = ({ figures, thresholds }) => {
  const { matrix } = figures
  if (!isWeight(figures) || matrix === null || matrix.stableRank === null) return []
  const [m, n] = matrix.shape
  if (Math.min(m, n) < thresholds.dominantSide || matrix.stableRank > thresholds.dominantStableRank) return []
  // One entry that is most of the norm has its own flag.
  if (figures.linf ** 2 > matrix.spectral ** 2 / 2) return []
  const usual = (m * n) / (Math.sqrt(m) + Math.sqrt(n)) ** 2
  return [
    flag(
      figures,
      'dominant-direction',
      'warning',
      `stable rank ${show(matrix.stableRank)}, where a random ${m} x ${n} matrix has ${show(usual)}: one direction holds ${percent(1 / matrix.stableRank)} of the energy. Look for a common offset or an outlier; spectral clipping would remove it.`,
    ),
  ]
}
