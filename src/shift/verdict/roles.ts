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
  if (tableWords.test(a.name) && isOneEach(a, b)) return 'it names the table: one value in each, not the same'
  if (a.type === 'categorical' || b.type === 'categorical') return isNaming(a, b) ? 'it names rows: hardly a word comes twice' : null // biome-ignore format: one line
  const parts: Parts = [a.values as Float64Array, b.values as Float64Array]
  if (parts.some((values) => values.some(Number.isNaN))) return a.type === 'time' && goesOn(parts) ? 'it tells the time, which always moves' : null // biome-ignore format: one line
  if (a.type === 'time' || b.type === 'time')
    return rangesApart(parts) || goesOn(parts) ? 'it tells the time, which always moves' : null
  if (isCounter(parts)) return 'it counts rows: whole numbers, each once'
  if (goesOn(parts) && (isStrict(parts) || timeWords.test(a.name)))
    return 'it goes on from row to row, as a clock or counter does'
  return null
}

/** Values of the reference, then of the current table: never brought together, as tables may be all that memory holds. */
type Parts = readonly [Float64Array, Float64Array]

const timeWords = /time|date|stamp|year|month|epoch|index|period|seq/i

const tableWords = new RegExp(
  `${timeWords.source}|day|week|quarter|batch|split|fold|wave|snapshot|version|dataset|partition|cohort|round`,
  'i',
)

/** One value in all of a table, and another one in the other. */
function isOneEach(a: Column, b: Column): boolean {
  if (a.missing + b.missing > 0) return false
  const [first, second] = [new Set(wordsOf(a)), new Set(wordsOf(b))]
  return first.size === 1 && second.size === 1 && !second.has([...first][0]!)
}

function lengthOf(column: Column): number {
  return column.type === 'categorical' ? column.codes.length : column.values.length
}

/** Nearly as many words as rows. */
function isNaming(a: Column, b: Column): boolean {
  const words = [...wordsOf(a), ...wordsOf(b)].filter((word) => word !== null)
  return words.length >= fewest && new Set(words).size > 0.9 * words.length
}

/** Whole numbers, each once, that fill most of their range. */
function isCounter(parts: Parts): boolean {
  if (!parts.every((values) => values.every(Number.isInteger))) return false
  const [low, high] = extent(...parts)
  const range = high - low + 1
  if (!(range <= 2 * (parts[0].length + parts[1].length))) return false
  const seen = new Uint8Array(range)
  for (const values of parts)
    for (const value of values) {
      if (seen[value - low] === 1) return false
      seen[value - low] = 1
    }
  return true
}

function extent(...parts: readonly Float64Array[]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const values of parts)
    for (const value of values) {
      if (value < low) low = value
      if (value > high) high = value
    }
  return [low, high]
}

/** Never falls (or never rises) from the first row of the reference to the last of the current table, and takes many values; NaN is passed over. */
function goesOn(parts: Parts): boolean {
  let [count, different, sign, before] = [0, 0, 0, Number.NaN]
  for (const values of parts)
    for (const value of values) {
      if (Number.isNaN(value)) continue
      count++
      const step = Math.sign(value - before)
      before = value
      // The first value, and equal ones, which stand together where the order holds.
      if (count > 1 && step === 0) continue
      different++
      if (count === 1) continue
      if (step !== (sign || step)) return false
      sign = step
    }
  return count >= fewest && different >= fewest / 2
}

function isStrict(parts: Parts): boolean {
  let before = Number.NaN
  for (const values of parts)
    for (const value of values) {
      if (value === before) return false
      before = value
    }
  return true
}

function rangesApart([a, b]: Parts): boolean {
  const [[lowA, highA], [lowB, highB]] = [extent(a), extent(b)]
  return lowB > highA || lowA > highB
}
