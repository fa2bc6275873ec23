/** The tables and lists that `normball shift` is given. */
import { inert, UsageError } from '../core/index.js'
import type { Mechanism } from '../shift/index.js'
import { type Table, takeRows } from '../table/index.js'

const mechanisms: readonly Mechanism[] = ['covariate', 'label', 'concept']

/** `covariate,label,concept` or `any`, in any mixture. */
export function parseFailOn(text: string | undefined): Mechanism[] {
  if (text === undefined) return []
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  const bad = words.find((word) => word !== 'any' && !(mechanisms as readonly string[]).includes(word))
  if (bad !== undefined || words.length === 0)
    throw new UsageError(`--fail-on: '${inert(bad ?? text, 40)}'; expected some of covariate, label, concept, or any.`)
  return words.includes('any') ? [...mechanisms] : (words as Mechanism[])
}

/** Rows with the first value of a column, and all rows with another; without that column, and without rows where it is missing. */
export function splitBy(table: Table, name: string): [Table, Table] {
  const column = table.columns.find((one) => one.name === name)
  if (column === undefined)
    throw new UsageError(`shift: '${inert(table.name)}' has no column '${inert(name)}'; it has ${table.columns.slice(0, 8).map((one) => `'${inert(one.name)}'`).join(', ')}.`) // biome-ignore format: one line
  const cells: ArrayLike<number | string> = column.type === 'categorical' ? column.codes : column.values
  const known = Int32Array.from({ length: table.rows }, (_, row) => row).filter((row) => column.absent?.[row] !== 1)
  const first = known.length > 0 ? cells[known[0]!]! : null
  const show = (cell: number | string): string => (column.type === 'categorical' ? column.categories[cell as number]! : column.type === 'boolean' ? String(cell === 1) : String(cell)) // biome-ignore format: one line
  const rest = known.filter((row) => cells[row] !== first)
  if (first === null || rest.length === 0)
    throw new UsageError(`shift: column '${inert(name)}' has ${first === null ? 'no value' : 'one value only'}; expected two or more to split the table by.`) // biome-ignore format: one line
  const without = {
    ...table,
    columns: table.columns.filter((one) => one !== column),
    lineOf: (row: number) => table.lineOf(row),
  }
  const others = new Set(rest.map((row) => cells[row] as number)).size
  const names = [`${table.name} (${name} = ${show(first)})`, others === 1 ? `${table.name} (${name} = ${show(cells[rest[0]!]!)})` : `${table.name} (${name}: the other ${others} values)`] // biome-ignore format: one line
  return [
    {
      ...takeRows(
        without,
        known.filter((row) => cells[row] === first),
      ),
      name: names[0]!,
    },
    { ...takeRows(without, rest), name: names[1]! },
  ]
}
