/** A value against a JSON Schema: each violation is one sentence, with the place and the words that were near. */
import { closest } from '../closest.js'
import { inert } from '../text.js'
import type { DocumentPlace } from './text.js'

export interface Violation extends DocumentPlace {
  readonly message: string
}

export interface ValidateOptions {
  /** How a place is called, with `: ` behind it; `data.split: ` by default. */
  readonly placeName?: (path: readonly (string | number)[], root: unknown) => string
  /** What is told where no alternative fits; null: nothing, as others tell it better. */
  readonly noneOf?: (path: readonly (string | number)[]) => string | null
}

type AjvError = {
  readonly keyword: string
  readonly instancePath: string
  readonly schemaPath: string
  readonly params: Record<string, unknown>
  readonly data?: unknown
  readonly parentSchema?: Record<string, unknown>
}

type Check = (value: unknown) => readonly AjvError[]
const compiled = new WeakMap<object, Promise<Check>>()

/** ajv, loaded with the first value that is checked. */
async function compile(schema: object): Promise<Check> {
  const { Ajv } = await import('./libraries.js')
  const check = new Ajv({ allErrors: true, verbose: true, strict: false, strictNumbers: true }).compile(schema)
  return (value) => (check(value) ? [] : ((check.errors ?? []) as readonly AjvError[]))
}

/** What is wrong with a value; none where it fits. A schema is compiled once. */
export async function validate(
  value: unknown,
  schema: Readonly<Record<string, unknown>>,
  options: ValidateOptions = {},
): Promise<Violation[]> {
  let check = compiled.get(schema)
  if (check === undefined) {
    check = compile(schema)
    compiled.set(schema, check)
  }
  return (await check)(value).flatMap((error) => violationOf(error, value, options))
}

/** An error of the schema as a sentence. The parts of an alternative say nothing that the whole does not. */
function violationOf(
  { keyword, instancePath, schemaPath, params, data, parentSchema }: AjvError,
  root: unknown,
  { placeName = dotted, noneOf = () => null }: ValidateOptions,
): Violation[] {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
  const where = placeName(path, root)
  const of = (message: string, key: string | null = null): Violation[] => [{ path, key, message: `${where}${message}` }]
  if (keyword === 'additionalProperties') {
    const word = String(params['additionalProperty'])
    const known = Object.keys((parentSchema?.['properties'] ?? {}) as object).filter((name) => name !== '$schema')
    const near = closest(word, known)[0]
    return of(`unknown word '${inert(word, 60)}'. ${near ? `Did you mean '${near}'?` : expectedWords(known)}`, word)
  }
  if (keyword === 'required')
    return schemaPath.includes('/anyOf/') ? [] : of(`'${String(params['missingProperty'])}' is missing.`)
  if (keyword === 'if') return []
  if (keyword === 'anyOf') {
    const message = noneOf(path)
    return message === null ? [] : of(message)
  }
  if (keyword === 'type') return of(`expected ${article(params['type'])}, got ${shown(data)}.`)
  if (keyword === 'enum') {
    const known = (params['allowedValues'] as unknown[]).map(String)
    const near = typeof data === 'string' ? closest(data, known)[0] : undefined
    return of(`${shown(data)} is not known. ${near ? `Did you mean '${near}'?` : expectedWords(known)}`)
  }
  if (keyword === 'minLength' || keyword === 'minItems' || keyword === 'minProperties') return of('is empty.')
  if (keyword === 'maxItems' || keyword === 'maxLength' || keyword === 'maxProperties')
    return of(`has too much in it; at most ${String(params['limit'])}.`)
  if (keyword === 'minimum' || keyword === 'exclusiveMinimum')
    return of(
      `expected a number ${keyword === 'minimum' ? 'of at least' : 'above'} ${String(params['limit'])}, got ${shown(data)}.`,
    )
  if (keyword === 'maximum' || keyword === 'exclusiveMaximum')
    return of(
      `expected a number ${keyword === 'maximum' ? 'of at most' : 'below'} ${String(params['limit'])}, got ${shown(data)}.`,
    )
  return of(`does not fit (${keyword}).`)
}

/** `penalties[0].norm: `. */
function dotted(path: readonly (string | number)[]): string {
  const place = dottedPath(path)
  return place === '' ? '' : `${place}: `
}

/** `penalties[0].norm`, made inert. */
export function dottedPath(path: readonly (string | number)[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${inert(part, 60)}`))
    .join('')
    .replace(/^\./, '')
}

function expectedWords(known: readonly string[]): string {
  return `Expected one of ${known.slice(0, 16).join(', ')}${known.length > 16 ? ', ...' : ''}.`
}

function article(type: unknown): string {
  const words: Record<string, string> = {
    object: 'a map',
    array: 'a list',
    string: 'text',
    number: 'a number',
    integer: 'a whole number',
    boolean: 'true or false',
  }
  return String(type)
    .split(',')
    .map((one) => words[one] ?? one)
    .join(' or ')
}

/** A value in a message: short, and inert. */
export function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? `'${inert(value, 60)}'` : inert(String(value), 60)
}
