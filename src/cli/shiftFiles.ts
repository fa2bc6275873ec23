/** The files that `normball shift` writes beside its report: weights of rows, corrected probabilities. */
import { inert, UsageError } from '../core/index.js'
import { correctPosteriors, type ShiftReport, tableWeights, type WeightMethod } from '../shift/index.node.js'
import type { Table } from '../table/index.js'
import { cellText } from '../table/internal.js'

interface Roles {
  readonly target?: string
  readonly scores?: string[]
  readonly prediction?: string
  readonly time?: string
  readonly key?: string
  readonly model?: string
  readonly method: WeightMethod
}

/**
 * The rows of the reference as they are, and the weight of each in a last column: `weight`, or `weight_` where that is there. `train` takes the file
 * with `data.weights: weight`. Returns what is to be told.
 */
export function weightsCsv(reference: Table, current: Table, roles: Roles): { text: string; notes: string[] } {
  const { target, scores, prediction, time, key, model, method } = roles
  const exclude = key === undefined ? undefined : [key]
  const given = Object.fromEntries(Object.entries({ target, scores, prediction, time, exclude }).filter(([, value]) => value !== undefined)) // biome-ignore format: one line
  const { weights } = tableWeights(reference, current, { ...given, method })
  // Columns of a model that was asked are no columns of the file.
  const own = model === undefined ? [] : [...(scores ?? []), prediction]
  const columns = reference.columns.filter(({ name }) => !own.includes(name))
  let name = 'weight'
  while (columns.some((column) => column.name === name)) name += '_'
  const lines = Array.from({ length: reference.rows }, (_, row) => [...columns.map((column) => csvCell(cellText(column, row) ?? '')), String(weights[row])].join(',')) // biome-ignore format: one line
  const header = [...columns.map((column) => csvCell(column.name)), name].join(',')
  const notes = name === 'weight' ? [] : [`The weights stand in the column '${name}', as the reference has a 'weight'.`]
  return { text: `${header}\n${lines.map((line) => `${line}\n`).join('')}`, notes }
}

const csvCell = (word: string): string => (/[",\r\n]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word)

/** The scores of the current table for its own class shares: those of its labels, else those that EM finds. */
export function posteriorsCsv({ label }: ShiftReport, current: Table, scores: readonly string[]): string {
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
  const lines = Array.from({ length: rows.length }, (_, i) => [...corrected.subarray(i * K, i * K + K)].join(','))
  return `${label.classes.map(csvCell).join(',')}\n${lines.join('\n')}\n`
}
