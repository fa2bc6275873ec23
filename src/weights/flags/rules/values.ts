/** Values that are no numbers, or carry no information: NaN, infinities, all zero, all equal. */
import type { Flag, TensorFigures } from '../../types.js'
import { flag, isWeight, type Rule, show } from './rule.js'

/** Names of tensors that begin at zero by design: the second factor of LoRA, zero convolutions, gates of residual branches. */
const zeroByDesign =
  /(lora_?(b|up)|zero_?conv|zero_?(init|module)|hada_w2_a|adapter.*up|layer_?scale|ls[12]\.gamma|token_type_emb)/i
/** Buffers that hold infinities on purpose. */
const maskName = /mask|causal|tril|triu|(^|[._/])(neg_?)?inf(inity)?($|[._/])/i
const varianceName = /(running_var|moving_variance|variance|exp_avg_sq)$/i

/** NaN. */
export const nanRule: Rule = ({ figures }) => {
  const { nan, count, kind, group } = figures
  if (nan === 0) return []
  const share = nan === count ? 'all' : `${nan} of ${count}`
  if (kind === 'constant')
    return [
      flag(
        figures,
        'nan',
        'warning',
        `${share} values of this constant are NaN; unless the graph selects them away, so are its outputs: check the export.`,
      ),
    ]
  const todo =
    group === 'optimizer'
      ? 'The next step would spread them to the weights: go back to an earlier checkpoint.'
      : 'Every output they touch is NaN: go back to the last checkpoint without them and look for a division by zero or too high a learning rate before it.'
  return [flag(figures, 'nan', 'error', `${share} values are NaN. ${todo}`)]
}

/** Infinities; a mask that is made of them is fine. */
export const infRule: Rule = ({ figures }) => {
  const { posInf, negInf, count, nan } = figures
  const infinite = posInf + negInf
  if (infinite === 0) return []
  const signs = [posInf > 0 ? `${posInf} +Inf` : '', negInf > 0 ? `${negInf} -Inf` : ''].filter(Boolean).join(', ')
  if (nan === 0 && isMask(figures))
    return [
      flag(figures, 'inf', 'info', `${signs} of ${count} values: usual for a constant or a mask, so nothing to do.`),
    ]
  const todo = 'An overflow, most often: go back to an earlier checkpoint, clip gradients, or store in bf16 or f32.'
  return [flag(figures, 'inf', 'error', `${signs} of ${count} values. ${todo}`)]
}

/** Infinities of one sign beside one finite value at most, in something that is not learned. */
function isMask(figures: TensorFigures): boolean {
  const { kind, name, posInf, negInf, min, max, shape } = figures
  if (kind === 'constant') return true
  const oneSided = posInf === 0 || negInf === 0
  if (!oneSided || min !== max) return false
  return (
    maskName.test(name) ||
    (negInf > 0 && kind !== 'bias' && kind !== 'norm' && !isWeight(figures) && shape.length !== 1)
  )
}

/** Nothing but zeros where something was learned. */
export const allZeroRule: Rule = ({ figures }) => {
  const { zeros, count, kind, name, group } = figures
  if (count === 0 || zeros !== count || group === 'optimizer') return []
  if (varianceName.test(name))
    return [
      flag(
        figures,
        'all-zero',
        'warning',
        `all ${count} variances are zero, so normalization divides by epsilon alone: the layer has never seen data, or its statistics were lost.`,
      ),
    ]
  if (!isWeight(figures) && kind !== 'norm') return []
  if (kind === 'norm' && !/(weight|gamma|scale)$/i.test(name)) return []
  if (zeroByDesign.test(name))
    return [
      flag(
        figures,
        'all-zero',
        'info',
        `all ${count} values are zero, as such layers begin: it has not been trained yet.`,
      ),
    ]
  return [
    flag(
      figures,
      'all-zero',
      'warning',
      `all ${count} values are zero: the layer passes nothing on. It was pruned away, never trained, or lost in a conversion; remove it or load its weights again.`,
    ),
  ]
}

/** One value everywhere. */
export const constantRule: Rule = ({ figures, thresholds }) => {
  const { count, min, max, zeros, nan, posInf, negInf } = figures
  if (!isWeight(figures) || count < thresholds.leastCount) return []
  if (min !== max || zeros === count || nan + posInf + negInf > 0) return []
  return [
    flag(
      figures,
      'constant',
      'warning',
      `all ${count} values are ${show(min)}: its outputs are copies of one sum and learn alike. Initialize it at random, or check the conversion.`,
    ),
  ]
}

/** A variance below zero. */
export const negativeVarianceRule: Rule = ({ figures }): Flag[] => {
  const { name, min } = figures
  if (!(min < 0) || !varianceName.test(name)) return []
  return [
    flag(
      figures,
      'negative-variance',
      'error',
      `the smallest variance is ${show(min)}: its square root is NaN. The tensor is not what its name says, or the file is damaged.`,
    ),
  ]
}
