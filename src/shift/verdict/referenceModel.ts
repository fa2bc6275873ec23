/** What a model fitted on the reference says of every row: of the reference's by models that have not seen them, of the current ones by one of all. */
import { inert, UsageError } from '../../core/index.js'
import type { NumericColumn, Table } from '../../table/index.js'
import type { Generator } from '../../tensor/index.js'
import { columnOf } from '../concept/features.js'
import { foldsFor, type Labels } from '../concept/nuisance.js'
import { fitClasses, fitNumbers, type Inputs } from '../concept/predictor.js'
import { dealFolds, rowsOf } from '../draw.js'

export interface ReferenceModel {
  readonly name: string
  /** [classes][rows]: probabilities; or [1][rows]: numbers. */
  readonly said: readonly Float64Array[]
}

/** Labels of rows of the current table are not looked at. */
export function referenceModel(
  inputs: Inputs,
  labels: Labels,
  table: Uint8Array,
  generator: Generator,
): ReferenceModel {
  const said = Array.from({ length: labels.classes ?? 1 }, () => new Float64Array(inputs.rows))
  const fill = (train: Int32Array, test: Int32Array): void => {
    const some = labels.codes
      ? fitClasses(inputs, train, labels.codes, labels.classes!, generator).predict(test)
      : [fitNumbers(inputs, train, labels.values!, generator).predict(test)]
    for (const [k, values] of some.entries()) for (const row of test) said[k]![row] = values[row]!
  }
  const all = Int32Array.from(table.keys())
  const reference = all.filter((row) => table[row] === 0)
  const count = foldsFor(reference.length)
  const folds = dealFolds(
    Int32Array.from(reference, (row) => labels.codes?.[row] ?? 0),
    count,
    generator,
  )
  for (let fold = 0; fold < count; fold++) {
    const [train, test] = rowsOf(folds, fold).map((places) => places.map((place) => reference[place]!)) as [Int32Array, Int32Array] // biome-ignore format: one line
    fill(train, test)
  }
  fill(reference, all.filter((row) => table[row] === 1)) // biome-ignore format: one line
  return { name: 'a linear model with boosted trees, fitted on the reference', said }
}

/** Probabilities that stand in columns of both tables, [classes][rows of both]: one column for two classes, else one for each. */
export function scoresOf(reference: Table, current: Table, names: readonly string[], classes: number): ReferenceModel {
  for (const table of [reference, current])
    for (const name of names) {
      const column = table.columns.find((one) => one.name === name)
      if (column?.type !== 'numeric')
        throw new UsageError(
          `shift: '${inert(table.name)}' has no column of numbers '${inert(name)}' to take scores from.`,
        )
    }
  if (!(names.length === classes || (names.length === 1 && classes === 2)))
    throw new UsageError(
      `shift: ${names.length} columns of scores for ${classes} classes; expected ${classes === 2 ? 'one or two' : classes}.`,
    )
  const given = names.map((name) => {
    const values = [reference, current].map((table) => (columnOf(table, name) as NumericColumn).values)
    return Float64Array.from([...values[0]!, ...values[1]!])
  })
  return { name: names.join(', '), said: given.length === 1 ? [given[0]!.map((p) => 1 - p), given[0]!] : given }
}

/** Predicted numbers that stand in a column of both tables, the reference's rows first. */
export function predictionsOf(
  reference: Table,
  current: Table,
  column: string,
): { name: string; values: Float64Array } {
  const values = [reference, current].map((table) => {
    const found = table.columns.find(({ name }) => name === column)
    if (found?.type !== 'numeric' || found.missing > 0)
      throw new UsageError(`shift: '${inert(table.name)}' has no column of numbers '${inert(column)}' without gaps to take predictions from.`) // biome-ignore format: one line
    return found.values
  })
  return { name: `the model of ${column}`, values: Float64Array.from([...values[0]!, ...values[1]!]) }
}
