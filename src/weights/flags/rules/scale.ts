/** Scale against initialization, and entries far outside the bulk. */
import { isFloating } from '../../../core/index.js'
import { fanIn, flag, isMap, isWeight, type Rule, show } from './rule.js'

/** sqrt(pi / 2): sigma of a Gaussian over its mean absolute value. */
const gaussianSigma = Math.sqrt(Math.PI / 2)

/** Gain = rms * sqrt(fan-in) far from what initialization gives. */
export const scaleRule: Rule = ({ figures, storage, thresholds }) => {
  // 8-bit codes have a scale elsewhere that sets their size.
  if (storage.startsWith('f8') || storage.startsWith('f4') || storage.startsWith('f6') || !isFloating(storage))
    return []
  const { count, nan, posInf, negInf, l2, zeros } = figures
  const finite = count - nan - posInf - negInf
  if (!isMap(figures) || finite < thresholds.leastCount || zeros === count || l2 === 0) return []
  const fan = fanIn(figures)
  const rms = l2 / Math.sqrt(finite)
  const gain = rms * Math.sqrt(fan)
  const he = Math.sqrt(2 / fan)
  const facts = `root mean square ${show(rms)} where He initialization gives ${show(he)} at fan-in ${fan}`
  if (gain >= thresholds.explodingGain) {
    const severity = gain >= thresholds.explodingGainError ? 'error' : 'warning'
    return [
      flag(
        figures,
        'exploding-scale',
        severity,
        `${facts}: the layer multiplies a signal about ${show(gain)}-fold. Lower the learning rate, add weight decay or clip the weights, unless a normalization follows.`,
      ),
    ]
  }
  if (gain <= thresholds.vanishingGain)
    return [
      flag(
        figures,
        'vanishing-scale',
        'warning',
        `${facts}: the layer leaves about ${show(gain)} of a signal. Check its initialization and weight decay, or remove it.`,
      ),
    ]
  return []
}

/** The largest entry against the largest of as many Gaussian ones; zeros are left out, so that pruning does not count. */
export const outlierRule: Rule = ({ figures, thresholds }) => {
  const { l0, l1, linf, nan, posInf, negInf } = figures
  const n = l0 - nan - posInf - negInf
  if (!isWeight(figures) || n < thresholds.leastCount || l1 === 0) return []
  const sigma = (gaussianSigma * l1) / n
  const expected = sigma * Math.sqrt(2 * Math.log(n))
  const factor = linf / expected
  if (!(factor >= thresholds.outlierFactor)) return []
  const severity = factor >= thresholds.outlierFactorWarning && figures.kind !== 'embedding' ? 'warning' : 'info'
  return [
    flag(
      figures,
      'outliers',
      severity,
      `the largest entry is ${show(linf)}, ${show(factor)} times what the largest of ${n} Gaussian weights of this scale would be. It rules the norm and any quantization of the whole tensor: clip it or quantize by channel.`,
    ),
  ]
}
