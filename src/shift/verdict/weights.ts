/** Importance weights of a table's rows: how much likelier each row's inputs are in the current table. */
import type { Table } from '../../table/index.js'
import { featuresOf, standardized } from '../concept/features.js'
import { type ImportanceWeights, kliep, logisticWeights, ulsif } from '../importance/index.js'
import { roleNames } from './roleNames.js'
import { rolesOf } from './roles.js'
import type { ShiftOptions } from './types.js'

export const weightMethods = ['logistic', 'ulsif', 'kliep'] as const
export type WeightMethod = (typeof weightMethods)[number]

const methods = { logistic: logisticWeights, ulsif, kliep }

/**
 * p_current(x) / p_reference(x) at each row of the reference, over the inputs that `shift` compares: numbers standardized, words as columns of 0 and 1.
 *
 * @example
 * tableWeights(june, july, { target: 'churn' }).weights // as many as june has rows
 */
export function tableWeights(
  reference: Table,
  current: Table,
  options: ShiftOptions & { method?: WeightMethod } = {},
): ImportanceWeights {
  const { method = 'logistic' } = options
  const { inputs } = rolesOf(reference, current, roleNames(options))
  const features = featuresOf(reference, current, inputs)
  const x = standardized(features)
  const d = features.columns.length
  const rows = (from: number, to: number): number[][] =>
    Array.from({ length: to - from }, (_, i) => [...x.subarray((from + i) * d, (from + i + 1) * d)])
  return methods[method](rows(0, reference.rows), rows(reference.rows, features.rows))
}
