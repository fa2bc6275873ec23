/** Values that their storage format can hardly hold. */
import { type StorageType, storageInfo } from '../../../core/index.js'
import { flag, isWeight, percent, type Rule, show } from './rule.js'

/** Largest finite number of the floating formats. */
const largest: Partial<Record<StorageType, number>> = {
  f64: Number.MAX_VALUE,
  f32: 3.4028234663852886e38,
  bf16: 3.3895313892515355e38,
  f16: 65504,
}

/** Near the largest number of the format. 8-bit floats are scaled to theirs on purpose and have `saturated` instead. */
export const overflowRule: Rule = ({ figures, storage, thresholds }) => {
  const limit = largest[storage]
  const { linf, group, kind, count } = figures
  if (limit === undefined || group !== 'model' || kind === 'constant' || kind === 'scalar' || kind === 'state')
    return []
  if (count < thresholds.leastCount || linf < thresholds.overflowShare * limit) return []
  // A mask of the format's lowest number.
  if (/mask/i.test(figures.name)) return []
  return [
    flag(
      figures,
      'near-overflow',
      'warning',
      `the largest entry, ${show(linf)}, is near ${show(limit)}, the largest number of ${figures.dtype}: sums will overflow. Store and compute it in a wider format, or rescale.`,
    ),
  ]
}

/** Mostly subnormal. */
export const subnormalRule: Rule = ({ figures, storage, thresholds }) => {
  const { subnormals, l0, group, count } = figures
  if (storageInfo(storage).numberClass !== 'float' || group !== 'model' || count < thresholds.leastCount) return []
  if (l0 === 0 || subnormals / l0 < thresholds.subnormalShare) return []
  return [
    flag(
      figures,
      'subnormal',
      'warning',
      `${percent(subnormals / l0)} of the non-zero entries are below the smallest normal number of ${figures.dtype} and have lost digits. Store them in a wider format, or with a scale.`,
    ),
  ]
}

/** Quantized codes piled up at the ends of their range. */
export const saturatedRule: Rule = ({ figures, saturated, thresholds }) => {
  if (saturated === null || !isWeight(figures) || figures.count < thresholds.leastCount) return []
  if (saturated < thresholds.saturatedShare || figures.min === figures.max) return []
  return [
    flag(
      figures,
      'saturated',
      'warning',
      `${percent(saturated)} of the ${figures.dtype} codes are at the ends of their range: larger weights were cut off. Quantize again with a larger scale.`,
    ),
  ]
}
