/** Columns by name or glob, and the types that a caller gives them. */
import { closest, inert, plural, UsageError } from '../core/index.js'
import { globMatcher } from '../core/internal.js'
import type { ReadTableOptions } from './options.js'
import type { ColumnType } from './types.js'

const columnTypes: readonly ColumnType[] = ['numeric', 'categorical', 'boolean', 'text', 'time']

/** Which of these columns are wanted: all where nobody says. Throws UsageError for a pattern that none matches. */
export function chosen(names: readonly string[], patterns: readonly string[] | undefined, file: string): boolean[] {
  if (patterns === undefined) return names.map(() => true)
  const wanted = names.map(() => false)
  for (const pattern of patterns) {
    const exact = names.indexOf(pattern)
    const matches = exact >= 0 ? (_: string, i: number) => i === exact : globMatcher(pattern)
    let count = 0
    for (const [i, name] of names.entries()) if (matches(name, i)) wanted[i] = ++count > 0
    if (count === 0) throw noColumn(names, pattern, file)
  }
  return wanted
}

/** The types that are given, by column; throws UsageError for a column that is not there and for a type that is none. */
export function givenTypes(
  names: readonly string[],
  types: ReadTableOptions['types'],
  file: string,
): (ColumnType | null)[] {
  // biome-ignore format: one line
  const given = new Map(Object.entries(types ?? {}))
  for (const [name, type] of given) {
    if (!names.includes(name)) throw noColumn(names, name, file)
    if (!columnTypes.includes(type)) throw new UsageError(`readTable: '${inert(String(type), 40)}' is no type of a column; expected ${columnTypes.join(', ')}.`) // biome-ignore format: one line
  }
  return names.map((name) => given.get(name) ?? null)
}

function noColumn(names: readonly string[], name: string, file: string): UsageError {
  const near = names.length > 8 ? closest(name, names)[0] : undefined
  const shown = names.slice(0, 8).map((one) => `'${inert(one, 60)}'`).join(', ') // biome-ignore format: one line
  return new UsageError(
    `readTable: '${inert(file)}' has no column '${inert(name)}'; it has ${plural(names.length, 'column')}: ${shown}${names.length > 8 ? ', ...' : ''}.${near ? ` Did you mean '${inert(near)}'?` : ''}`,
  )
}
