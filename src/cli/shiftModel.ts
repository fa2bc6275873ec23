/** `normball shift --model`: what a trained network says of the rows of both tables, as columns beside theirs. */
import { inert, plural, UsageError } from '../core/index.js'
import { type Column, type Table, takeRows } from '../table/index.js'
import { cellText, listNames } from '../table/internal.js'
import { type Predicted, type TableModel, tableModels } from '../train/internal.node.js'

/** Tables with the model's columns, and what these are. */
export interface Asked {
  readonly tables: readonly [Table, Table]
  /** The model's target where the person named none and the reference has it. */
  readonly target: string | undefined
  readonly task: 'classification' | 'regression'
  readonly scores: string[] | undefined
  readonly prediction: string | undefined
  readonly notes: readonly string[]
}

/**
 * Asks the network about both tables. Rows with missing values in its inputs are left out, and told. Classes of the model that no row has get no column; the
 * others share what they had.
 */
export async function askModel(
  path: string,
  given: readonly [Table, Table],
  wanted: string | undefined,
): Promise<Asked> {
  const model = await modelAt(path)
  try {
    const has = (table: Table, name: string): boolean => table.columns.some((one) => one.name === name)
    const target = wanted ?? (has(given[0], model.target) ? model.target : undefined)
    if (target !== undefined && model.features.includes(target))
      throw new UsageError(`--model: '${inert(target)}' is an input of the network, which predicts '${inert(model.target)}'; expected --target ${inert(model.target)}.`) // biome-ignore format: one line
    const said: Predicted[] = []
    for (const table of given) said.push(await model.predict(table))
    const seen = `Predictions are those of '${path}'; on rows that it was trained on its error is smaller than on others.`
    const notes = [seen, ...given.flatMap(({ name, rows }, i) => rows === said[i]!.rows.length ? [] : [`${plural(rows - said[i]!.rows.length, 'row')} of '${name}' with missing values in the model's inputs ${rows - said[i]!.rows.length === 1 ? 'was' : 'were'} left out.`])] // biome-ignore format: one line
    const tables = given.map((table, i) => (said[i]!.rows.length === table.rows ? table : { ...takeRows(table, said[i]!.rows), name: table.name })) as [Table, Table] // biome-ignore format: one line
    for (const [i, { rows }] of tables.entries()) if (rows === 0 && given[i]!.rows > 0) throw new UsageError(`--model: every row of '${inert(given[i]!.name)}' has a missing value in the model's inputs.`) // biome-ignore format: one line
    const free = freeName(tables)
    if (model.classes === null) {
      const prediction = free('prediction')
      return { tables: added(tables, said, [prediction], [0]), target, task: 'regression', scores: undefined, prediction, notes } // biome-ignore format: one line
    }
    const known = placesOf(model.classes, tables, target)
    // Of two classes the second says all.
    const places = known.length === 2 && model.classes.length === 2 ? known.slice(1) : known
    const scores = places.map((k) => free(`p(${model.classes![k]!})`))
    return { tables: added(tables, said, scores, places), target, task: 'classification', scores, prediction: undefined, notes } // biome-ignore format: one line
  } finally {
    model.dispose()
  }
}

async function modelAt(path: string): Promise<TableModel> {
  const { isTrainingRun, loadTableModel } = await tableModels()
  if (!isTrainingRun(path))
    throw new UsageError(`--model: '${inert(path)}' stands beside no config.json; expected a run of normball train: its folder, or a checkpoint in it.`) // biome-ignore format: one line
  return loadTableModel(path)
}

/** Names that neither table has. */
function freeName(tables: readonly Table[]): (name: string) => string {
  const taken = new Set(tables.flatMap(({ columns }) => columns.map(({ name }) => name)))
  return (name) => {
    let free = name
    while (taken.has(free)) free += '_'
    taken.add(free)
    return free
  }
}

/** The classes that rows have, ascending (numbers by size, words by letters), as places among the model's. Throws for one that the model does not know. */
function placesOf(classes: readonly string[], tables: readonly Table[], target: string | undefined): number[] {
  const present = new Set<string>()
  for (const { columns, rows } of tables) {
    const column = columns.find(({ name }) => name === target)
    for (let row = 0; column && row < rows; row++) {
      const word = cellText(column, row)
      if (word !== null && !(column.type === 'numeric' && word === 'NaN')) present.add(word)
    }
  }
  const strange = [...present].filter((word) => !classes.includes(word))
  if (strange.length > 0)
    throw new UsageError(`--model: the target has ${strange.length === 1 ? 'the class' : 'classes'} ${listNames(strange)}, which the network does not know; it knows ${listNames(classes)}.`) // biome-ignore format: one line
  const kept = [...classes.keys()].filter((k) => present.size === 0 || present.has(classes[k]!))
  return kept.sort((i, j) => ascending(classes[i]!, classes[j]!))
}

function ascending(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  if (a !== '' && b !== '' && Number.isFinite(x) && Number.isFinite(y) && x !== y) return x - y
  return a < b ? -1 : a > b ? 1 : 0
}

function added(
  tables: readonly [Table, Table],
  said: readonly Predicted[],
  names: readonly string[],
  places: readonly number[],
): [Table, Table] {
  const wider = (table: Table, i: 0 | 1): Table => {
    const own = places.map((k) => said[i]!.said[k]!)
    const isPart = places.length > 1 && places.length < said[i]!.said.length
    const share = (row: number): number => (isPart ? own.reduce((sum, p) => sum + p[row]!, Number.MIN_VALUE) : 1)
    const columns = names.map((name, k): Column => ({ name, type: 'numeric', missing: 0, absent: null, values: own[k]!.map((p, row) => p / share(row)) })) // biome-ignore format: one line
    return { ...table, columns: [...table.columns, ...columns], lineOf: (row) => table.lineOf(row) }
  }
  return [wider(tables[0], 0), wider(tables[1], 1)]
}
