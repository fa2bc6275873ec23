/** Which columns are compared. What counts rows or time always moves: such columns are recognized, left out, and told. */
import { inert, UsageError } from '../../core/index.js'
import type { Column, Table } from '../../table/index.js'
import { columnOf, wordsOf } from '../concept/features.js'

export interface Roles {
  /** Columns of both tables that are inputs. */
  readonly inputs: readonly string[]
  readonly leftOut: readonly { readonly name: string; readonly why: string }[]
  readonly notes: readonly string[]
}

/** The role of columns that are looked at otherwise: the target, scores. */
export const known = 'known'

/** Rows of both tables that it takes to know a counter. */
const fewest = 20

/** `roles`: columns that are something else (target, scores, time), with what they are. */
export function rolesOf(reference: Table, current: Table, roles: ReadonlyMap<string, string>): Roles {
  const [a, b] = [reference, current].map((table) => table.columns.map(({ name }) => name)) as [string[], string[]]
  for (const name of roles.keys())
    if (!a.includes(name) && !b.includes(name))
      throw new UsageError(`shift: neither table has a column '${inert(name)}'; '${inert(reference.name)}' has ${a.slice(0, 8).map((one) => `'${inert(one)}'`).join(', ')}.`) // biome-ignore format: one line
  const both = a.filter((name) => b.includes(name))
  const leftOut: { name: string; why: string }[] = []
  for (const name of a)
    if (!b.includes(name) && !roles.has(name)) leftOut.push({ name, why: 'only the reference has it' })
  for (const name of b) if (!a.includes(name) && !roles.has(name)) leftOut.push({ name, why: 'only the current table has it' }) // biome-ignore format: one line
  const inputs: string[] = []
  for (const name of both) {
    const why = roles.get(name) ?? reasonAgainst(columnOf(reference, name), columnOf(current, name))
    if (why === null) inputs.push(name)
    else if (why !== known) leftOut.push({ name, why })
  }
  const isOrdered = both.every((name, i) => b.filter((one) => both.includes(one))[i] === name)
  return { inputs, leftOut, notes: isOrdered ? [] : ['The columns stand in another order in the current table; they were matched by name.'] } // biome-ignore format: one line
}

/** Why a column says nothing about the inputs; null where it may. */
function reasonAgainst(a: Column, b: Column): string | null {
  const [rowsA, rowsB] = [lengthOf(a), lengthOf(b)]
  if (a.missing === rowsA && b.missing === rowsB) return 'all of it is missing'
  if (a.type === 'text' || b.type === 'text') return 'text: words that hardly repeat'
  if (rowsA + rowsB < fewest) return null
  if (a.type === 'categorical' || b.type === 'categorical') return isNaming(a, b) ? 'it names rows: hardly a word comes twice' : null // biome-ignore format: one line
  const values = Float64Array.from([...a.values, ...b.values])
  if (values.some(Number.isNaN)) return a.type === 'time' && goesOn(values.filter((value) => !Number.isNaN(value))) ? 'it tells the time, which always moves' : null // biome-ignore format: one line
  if (a.type === 'time' || b.type === 'time') {
    const isApart = rangesApart(a.values as Float64Array, b.values as Float64Array)
    return isApart || goesOn(values) ? 'it tells the time, which always moves' : null
  }
  if (isCounter(values)) return 'it counts rows: whole numbers, each once'
  if (goesOn(values) && (isStrict(values) || timeWords.test(a.name)))
    return 'it goes on from row to row, as a clock or counter does'
  return null
}

const timeWords = /time|date|stamp|year|month|epoch|index|period|seq/i

function lengthOf(column: Column): number {
  return column.type === 'categorical' ? column.codes.length : column.values.length
}

/** Nearly as many words as rows. */
function isNaming(a: Column, b: Column): boolean {
  const words = [...wordsOf(a), ...wordsOf(b)].filter((word) => word !== null)
  return words.length >= fewest && new Set(words).size > 0.9 * words.length
}

/** Whole numbers, each once, that fill most of their range. */
function isCounter(values: Float64Array): boolean {
  if (!values.every(Number.isInteger) || new Set(values).size < values.length) return false
  const [low, high] = extent(values)
  return high - low + 1 <= 2 * values.length
}

function extent(values: Float64Array): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return [low, high]
}

/** Never falls (or never rises) from the first row of the reference to the last of the current table, and takes many values. */
function goesOn(values: Float64Array): boolean {
  if (values.length < fewest || new Set(values).size < fewest / 2) return false
  const sign = Math.sign(values.at(-1)! - values[0]!)
  return values.every((value, i) => i === 0 || sign * (value - values[i - 1]!) >= 0)
}

const isStrict = (values: Float64Array): boolean => values.every((value, i) => i === 0 || value !== values[i - 1])

function rangesApart(a: Float64Array, b: Float64Array): boolean {
  const [[lowA, highA], [lowB, highB]] = [extent(a), extent(b)]
  return lowB > highA || lowA > highB
}
