/** `normball shift --labels FILE --key COLUMN`: the target of the current table from a file of its own. */
import { inert, plural, UsageError } from '../core/index.js'
import type { Column, Table } from '../table/index.js'
import { cellText, findColumn } from '../table/internal.js'

/** The current table with its target, and what was told. */
export interface Labelled {
  readonly table: Table
  readonly notes: readonly string[]
}

/**
 * Joins by the key: every row of `current` gets the target of the row of `labels` with the same key, or none. Rows of `labels` that the current table
 * lacks are counted. Throws UsageError for missing columns, for keys that come twice in `labels`, and where no key is in both.
 */
export function withLabels(current: Table, labels: Table, key: string, target: string): Labelled {
  const [keys, own, values] = [findColumn(labels, key, '--labels'), findColumn(current, key, '--key'), findColumn(labels, target, '--labels')] // biome-ignore format: one line
  if (key === target)
    throw new UsageError(`--key: '${inert(key)}' is the target too; expected a column that names rows.`)
  if (current.columns.some(({ name }) => name === target))
    throw new UsageError(`--labels: '${inert(current.name)}' has a column '${inert(target)}' itself. Leave out --labels, or that column.`) // biome-ignore format: one line
  const rowOf = new Map<string, number>()
  for (let row = 0; row < labels.rows; row++) {
    const word = cellText(keys, row)
    if (word === null) throw new UsageError(`--labels: '${inert(labels.name)}' line ${labels.lineOf(row)}: no ${inert(key)}; expected one in each row.`) // biome-ignore format: one line
    const before = rowOf.get(word)
    if (before !== undefined)
      throw new UsageError(`--labels: '${inert(labels.name)}' has ${inert(key)} '${inert(word, 40)}' twice, in lines ${labels.lineOf(before)} and ${labels.lineOf(row)}.`) // biome-ignore format: one line
    rowOf.set(word, row)
  }
  const seen = new Set<number>()
  let [without, again] = [0, 0]
  const places = Int32Array.from({ length: current.rows }, (_, row) => {
    const word = cellText(own, row)
    const place = word === null ? undefined : rowOf.get(word)
    if (place === undefined) {
      without++
      return -1
    }
    if (seen.has(place)) again++
    seen.add(place)
    return place
  })
  if (seen.size === 0 && current.rows > 0)
    throw new UsageError(`--labels: no ${inert(key)} of '${inert(current.name)}' is in '${inert(labels.name)}'.`)
  const extra = labels.rows - seen.size
  const notes = [
    ...(without > 0 ? [`${plural(without, 'row')} of '${current.name}' ${without === 1 ? 'has' : 'have'} no label in '${labels.name}'.`] : []),
    ...(again > 0 ? [`${plural(again, 'row')} of '${current.name}' ${again === 1 ? 'has' : 'have'} a ${key} that an earlier row has; they share its label.`] : []),
    ...(extra > 0 ? [`${plural(extra, 'label')} of '${labels.name}' ${extra === 1 ? 'belongs' : 'belong'} to no row of '${current.name}'.`] : []),
  ] // biome-ignore format: a line for each
  const columns = [...current.columns, taken(values, places)]
  return { table: { ...current, columns, lineOf: (row) => current.lineOf(row) }, notes }
}

/** Values at the places; missing where a place is -1. */
function taken(column: Column, places: Int32Array): Column {
  const absent = Uint8Array.from(places, (at) => Number(at < 0 || column.absent?.[at] === 1))
  const missing = absent.reduce((sum, one) => sum + one, 0)
  const base = { name: column.name, missing, absent: missing === 0 ? null : absent }
  switch (column.type) {
    case 'categorical':
      return { ...base, type: 'categorical', categories: column.categories, codes: Int32Array.from(places, (at) => (at < 0 ? -1 : column.codes[at]!)) } // biome-ignore format: one line
    case 'boolean':
      return { ...base, type: 'boolean', values: Uint8Array.from(places, (at) => (at < 0 ? 0 : column.values[at]!)) }
    case 'text':
      return { ...base, type: 'text', values: Array.from(places, (at) => (at < 0 ? '' : column.values[at]!)) }
    default:
      return { ...base, type: column.type, values: Float64Array.from(places, (at) => (at < 0 ? Number.NaN : column.values[at]!)) } // biome-ignore format: one line
  }
}
