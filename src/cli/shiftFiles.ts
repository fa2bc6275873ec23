/** The files that `normball shift` writes beside its report: weights of rows, corrected probabilities. */
import { writeFileAtomically } from '../checkpoint/internal.node.js'
import { inert, UsageError } from '../core/index.js'
import { correctPosteriors, type ShiftReport, tableWeights, type WeightMethod } from '../shift/index.node.js'
import type { Table } from '../table/index.js'

interface Roles {
  readonly target?: string
  readonly scores?: string[]
  readonly prediction?: string
  readonly time?: string
  readonly method: WeightMethod
}

/** One weight for each row of the reference, in its order, under the word `weight`. */
export function writeWeights(path: string, reference: Table, current: Table, roles: Roles): void {
  const { target, scores, prediction, time, method } = roles
  const given = Object.fromEntries(Object.entries({ target, scores, prediction, time }).filter(([, value]) => value !== undefined)) // biome-ignore format: one line
  const { weights } = tableWeights(reference, current, { ...given, method })
  writeFileAtomically(path, `weight\n${[...weights].join('\n')}\n`)
}

/** The scores of the current table for its own class shares: those of its labels, else those that EM finds. */
export function writePosteriors(path: string, { label }: ShiftReport, current: Table, scores: readonly string[]): void {
  const to = label?.observed ?? label?.estimated.em
  if (!label || !to || scores.length === 0)
    throw new UsageError('--posteriors: needs a target of classes (--target) and a model’s probabilities (--scores).')
  const columns = scores.map((name) => {
    const column = current.columns.find((one) => one.name === name)
    if (column?.type !== 'numeric') throw new UsageError(`--posteriors: '${inert(current.name)}' has no column of numbers '${inert(name)}'.`) // biome-ignore format: one line
    return column.values
  })
  const rows = Array.from({ length: current.rows }, (_, i) => columns.length === 1 ? [1 - columns[0]![i]!, columns[0]![i]!] : columns.map((values) => values[i]!)) // biome-ignore format: one line
  const K = label.classes.length
  const corrected = correctPosteriors(rows, { from: label.prior, to })
  const cell = (word: string): string => (/[",\r\n]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word)
  const lines = Array.from({ length: rows.length }, (_, i) => [...corrected.subarray(i * K, i * K + K)].join(','))
  writeFileAtomically(path, `${label.classes.map(cell).join(',')}\n${lines.join('\n')}\n`)
}
