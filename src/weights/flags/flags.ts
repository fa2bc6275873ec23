/** Sets the flags of all tensors of a file. */
import type { Flag, Severity, TensorFigures } from '../types.js'
import { duplicateFlags } from './rules/duplicates.js'
import { deadRule } from './rules/lines.js'
import type { Rule } from './rules/rule.js'
import { outlierRule, scaleRule } from './rules/scale.js'
import { dominantRule, rankRule } from './rules/spectrum.js'
import { overflowRule, saturatedRule, subnormalRule } from './rules/storage.js'
import { allZeroRule, constantRule, infRule, nanRule, negativeVarianceRule } from './rules/values.js'
import type { Thresholds } from './table.js'

/** What flags need of a measured tensor. */
export interface Flaggable {
  readonly figures: TensorFigures
  readonly fingerprint: string
  readonly saturated: number | null
}

/** Most severe first, also among flags of one severity. */
const rules: readonly Rule[] = [
  nanRule,
  infRule,
  negativeVarianceRule,
  allZeroRule,
  constantRule,
  deadRule,
  scaleRule,
  outlierRule,
  overflowRule,
  subnormalRule,
  saturatedRule,
  rankRule,
  dominantRule,
]

const order: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 }

/** Fills `figures.flags` of every tensor, most severe first, and returns those of the file as a whole. */
export function flagTensors(measured: readonly Flaggable[], thresholds: Thresholds): Flag[] {
  const duplicates = duplicateFlags(measured, thresholds)
  measured.forEach(({ figures, saturated }, index) => {
    const subject = { figures, storage: figures.storage, saturated, thresholds }
    const duplicate = duplicates.get(index)
    figures.flags = [...rules.flatMap((rule) => rule(subject)), ...(duplicate ? [duplicate] : [])].sort(
      (a, b) => order[a.severity] - order[b.severity],
    )
  })
  return []
}
