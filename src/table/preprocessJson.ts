/** The JSON of a `Preprocess`, which may come from a file: every field is checked. */
import { FormatError } from '../core/index.js'
import { type PreparedColumn, type PreprocessJson, scalings } from './preprocessTypes.js'

const damaged = (what: string): FormatError => new FormatError('bad-preprocess', `Preprocess: ${what}.`)

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged(`${what} is no object`)
  return value as Fields
}

function oneOf<T extends string>(fields: Fields, key: string, allowed: readonly T[], what: string): T {
  const value = fields[key]
  if (!allowed.includes(value as T)) throw damaged(`${what} has a '${key}' that is none of ${allowed.join(', ')}`)
  return value as T
}

function textOf(fields: Fields, key: string, what: string): string {
  const value = fields[key]
  if (typeof value !== 'string') throw damaged(`${what} has a '${key}' that is no text`)
  return value
}

function listOf(fields: Fields, key: string, what: string): readonly unknown[] {
  const value = fields[key]
  if (!Array.isArray(value)) throw damaged(`${what} has a '${key}' that is no list`)
  return value
}

function numbers(fields: Fields, key: string, length: number, what: string): number[] {
  const values = listOf(fields, key, what)
  if (values.length !== length || !values.every((one) => typeof one === 'number' && Number.isFinite(one)))
    throw damaged(`${what} has '${key}' that are not ${length} finite numbers`)
  return values as number[]
}

/** Throws FormatError (`bad-preprocess`) that says what is wrong. */
export function parsePreprocess(json: unknown): PreprocessJson {
  const fields = fieldsOf(json, 'what was saved')
  if (fields['version'] !== 1) throw damaged(`version ${JSON.stringify(fields['version'])?.slice(0, 40)}; expected 1`)
  const rows = fields['rows']
  if (typeof rows !== 'number' || !Number.isSafeInteger(rows) || rows < 0) throw damaged("'rows' is no whole number")
  const columns = listOf(fields, 'columns', 'what was saved').map((one, i) => columnOf(one, `column ${i + 1}`))
  if (new Set(columns.map((one) => one.name)).size < columns.length) throw damaged('a column is there twice')
  const skipped = listOf(fields, 'skipped', 'what was saved').map((one) => {
    const given = fieldsOf(one, 'what is skipped')
    return { name: textOf(given, 'name', 'what is skipped'), why: textOf(given, 'why', 'what is skipped') }
  })
  return { version: 1, rows, nonFinite: oneOf(fields, 'nonFinite', ['error', 'missing'], 'what was saved'), columns, skipped } // biome-ignore format: one line
}

function columnOf(json: unknown, what: string): PreparedColumn {
  const fields = fieldsOf(json, what)
  const type = oneOf(fields, 'type', ['numeric', 'time', 'boolean', 'categorical'], what)
  const categories = type === 'categorical' ? wordsOf(fields, what) : null
  const dropped = fields['dropped'] === null ? null : textOf(fields, 'dropped', what)
  if (dropped !== null && !categories?.includes(dropped)) throw damaged(`${what} drops what is none of its categories`)
  const missing = oneOf(fields, 'missing', ['error', 'drop', 'fill'], what)
  const fill = missing === 'fill' ? fillOf(fields['fill'], categories, what) : null
  const width = categories === null ? 1 : categories.length - (dropped === null ? 0 : 1)
  const scales = numbers(fields, 'scales', width, what)
  if (scales.some((one) => one <= 0)) throw damaged(`${what} has a scale that is not positive`)
  return {
    ...{ name: textOf(fields, 'name', what), type, scale: oneOf(fields, 'scale', scalings, what), missing, fill },
    ...{ categories, dropped, unseen: oneOf(fields, 'unseen', ['zeros', 'error'], what) },
    ...{ shifts: numbers(fields, 'shifts', width, what), scales, constant: fields['constant'] === true },
  }
}

function wordsOf(fields: Fields, what: string): readonly string[] {
  const words = listOf(fields, 'categories', what)
  if (!words.every((one) => typeof one === 'string') || new Set(words).size < words.length)
    throw damaged(`${what} has categories that are not different words`)
  return words as string[]
}

function fillOf(fill: unknown, categories: readonly string[] | null, what: string): number | string {
  if (categories === null) {
    if (typeof fill === 'number' && Number.isFinite(fill)) return fill
  } else if (typeof fill === 'string' && categories.includes(fill)) return fill
  throw damaged(`${what} has a 'fill' that does not suit it`)
}
