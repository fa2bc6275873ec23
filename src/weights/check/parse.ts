/**
 * Rules from the text of a file, JSON or YAML: what is wrong with it is told in one sentence with line and column. The text may be hostile: it is bounded
 * in size and depth, aliases cannot multiply it, and keys are text.
 */
import type { Document, Node, Pair } from 'yaml'
import { closest, inert, UsageError } from '../../core/index.js'
import { checks, rulesSchema } from './schema.js'
import type { RulesFile } from './types.js'

/** Characters of a rules file. */
const mostText = 1 << 20
/** Nested lists and maps: a rule has six, residual branches two more each. */
const deepest = 64
/** How often aliases may repeat what they stand for. */
const mostAliases = 100

export interface RulesProblem {
  /** From 1; null where rules were given as an object. */
  readonly line: number | null
  readonly column: number | null
  /** One sentence. */
  readonly message: string
}

/** Rules, or what is wrong with them, in the order of the file. */
export type ParsedRules =
  | { readonly rules: RulesFile; readonly problems: readonly [] }
  | { readonly rules: null; readonly problems: readonly RulesProblem[] }

/** A problem of the schema: where, by keys and indices, and what. */
interface Violation {
  readonly path: readonly (string | number)[]
  /** The key at fault inside what `path` leads to. */
  readonly key: string | null
  readonly message: string
}

/**
 * Reads the text of a rules file. YAML 1.2, of which JSON is a part.
 *
 * @returns the rules, or every problem; nothing is thrown
 */
export async function parseRules(text: string): Promise<ParsedRules> {
  const refused = refuse(text)
  if (refused) return { rules: null, problems: [refused] }
  const { isMap, LineCounter, parseDocument, visit } = await import('./libraries.js')
  const lines = new LineCounter()
  const at = (offset: number, message: string): RulesProblem => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col, message }
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      logLevel: 'error',
    })
    const faults = [...document.errors, ...document.warnings]
    if (faults.length > 0)
      return { rules: null, problems: faults.map(({ pos, message, code }) => at(pos[0], syntax(code, message))) }
    if (document.contents === null)
      return { rules: null, problems: [at(0, 'the file is empty. Expected rules: and a list of them.')] }
    const dangling: RulesProblem[] = []
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document) === undefined) dangling.push(at(alias.range?.[0] ?? 0, syntax('BAD_ALIAS', '')))
      },
    })
    if (dangling.length > 0) return { rules: null, problems: dangling }
    const value: unknown = document.toJS({ maxAliasCount: mostAliases })
    const violations = await validate(value)
    if (violations.length === 0) return { rules: value as RulesFile, problems: [] }
    const problems = violations.map(({ path, key, message }) => at(offsetOf(document, isMap, path, key), message))
    return { rules: null, problems: problems.sort((a, b) => a.line! - b.line! || a.column! - b.column!) }
  } catch (error) {
    return { rules: null, problems: [at(0, outgrown(error))] }
  }
}

/** What the parser throws when a text asks for too much; anything else is not ours to judge. */
function outgrown(error: unknown): string {
  if (error instanceof RangeError) return 'lists and maps are nested too deeply.'
  if (error instanceof ReferenceError)
    return 'its aliases multiply what they stand for too often, or stand for themselves. Write it out.'
  throw error
}

/** Rules as an object or as text, checked. @throws UsageError with the first problem, and where the others are */
export async function requireRules(
  given: RulesFile | { readonly text: string; readonly name?: string },
): Promise<RulesFile> {
  const isText = typeof given === 'object' && given !== null && 'text' in given
  const parsed: ParsedRules = isText
    ? await parseRules(String(given.text))
    : await validate(given).then((violations) =>
        violations.length === 0
          ? { rules: given as RulesFile, problems: [] }
          : { rules: null, problems: violations.map(({ message }) => ({ line: null, column: null, message })) },
      )
  if (parsed.rules !== null) return parsed.rules
  const name = isText ? (given.name ?? 'rules') : 'rules'
  const [first, ...more] = parsed.problems
  const place = first!.line === null ? '' : `:${first!.line}:${first!.column}`
  const others = more.slice(0, 8).map(({ line }) => line)
  const rest =
    more.length === 0
      ? ''
      : others[0] === null
        ? ` ${more.length} more like it.`
        : ` And ${more.length} more: line${others.length === 1 ? '' : 's'} ${others.join(', ')}${more.length > others.length ? ', ...' : ''}.`
  throw new UsageError(`${inert(name, 200)}${place}: ${first!.message}${rest}`, { file: name }, 'bad-rules')
}

/** What is refused before anything is parsed. */
function refuse(text: string): RulesProblem | null {
  if (text.length > mostText)
    return { line: 1, column: 1, message: `the file has ${text.length} characters; rules may have ${mostText}.` }
  let depth = 0
  let line = 1
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x0a) {
      line++
      start = i + 1
    } else if (c === 0x5b || c === 0x7b) depth++
    else if ((c === 0x5d || c === 0x7d) && depth > 0) depth--
    // Brackets, or a line that begins with list after list or with spaces: the parser would follow each by a call.
    const begins = i - start >= 4 * deepest && /^[\s?:-]*$/.test(text.slice(start, start + 4 * deepest))
    if (depth > deepest || begins)
      return { line, column: i - start + 1, message: `lists and maps are nested more than ${deepest} deep.` }
    if (begins) break
  }
  return null
}

/** The parser's complaint as a sentence of ours where it is a common one. */
function syntax(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'the same key stands twice in one map.'
  if (code === 'NON_STRING_KEY') return 'a key is not text. Put it in quotes.'
  if (code === 'MULTIPLE_DOCS') return 'the file holds several documents; expected one.'
  if (code === 'TAB_AS_INDENT') return 'a tab indents the line; YAML wants spaces.'
  if (code === 'BAD_ALIAS') return 'an alias stands for nothing: its anchor is missing or comes later.'
  if (code === 'TAG_RESOLVE_FAILED') return 'tags such as !!binary are not used in rules.'
  return `not YAML or JSON: ${inert(message, 200).replace(/\.?$/, '.')}`
}

/** Where the fault is in the text: the key, or the value, or the nearest that is there. */
function offsetOf(
  document: Document,
  isMap: (node: unknown) => boolean,
  path: readonly (string | number)[],
  key: string | null,
): number {
  for (let length = path.length; length >= 0; length--) {
    const node = (length === 0 ? document.contents : document.getIn(path.slice(0, length), true)) as Node | undefined
    if (node?.range === undefined || node.range === null) continue
    if (key !== null && length === path.length && isMap(node)) {
      const pair = (node as unknown as { items: Pair<Node, Node>[] }).items.find(
        (one) => String((one.key as { value?: unknown } | null)?.value) === key,
      )
      if (pair?.key.range) return pair.key.range[0]
    }
    return node.range[0]
  }
  return 0
}

type AjvError = {
  readonly keyword: string
  readonly instancePath: string
  readonly schemaPath: string
  readonly params: Record<string, unknown>
  readonly data?: unknown
  readonly parentSchema?: Record<string, unknown>
}

let compiled: Promise<(value: unknown) => readonly AjvError[]> | null = null

/** ajv, loaded when rules are first read. */
async function validator(): Promise<(value: unknown) => readonly AjvError[]> {
  const { Ajv } = await import('./libraries.js')
  const check = new Ajv({ allErrors: true, verbose: true, strict: false, strictNumbers: true }).compile(rulesSchema)
  return (value) => (check(value) ? [] : ((check.errors ?? []) as readonly AjvError[]))
}

async function validate(value: unknown): Promise<Violation[]> {
  compiled ??= validator()
  const errors = (await compiled)(value)
  const violations = errors.flatMap((error) => violationOf(error, value))
  return violations.length > 0 ? violations : linkViolations(value)
}

/** An error of the schema as a sentence. The parts of an alternative say nothing that the whole does not. */
function violationOf(
  { keyword, instancePath, schemaPath, params, data, parentSchema }: AjvError,
  root: unknown,
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
  if (keyword === 'anyOf') return of(`nothing is checked. Expected at least one of ${checks.join(', ')}.`)
  if (keyword === 'type') return of(`expected ${article(params['type'])}, got ${shown(data)}.`)
  if (keyword === 'enum') {
    const known = (params['allowedValues'] as unknown[]).map(String)
    const near = typeof data === 'string' ? closest(data, known)[0] : undefined
    return of(`${shown(data)} is not known. ${near ? `Did you mean '${near}'?` : expectedWords(known)}`)
  }
  if (keyword === 'minLength' || keyword === 'minItems' || keyword === 'minProperties') return of('is empty.')
  if (keyword === 'minimum' || keyword === 'exclusiveMinimum')
    return of(
      `expected a number ${keyword === 'minimum' ? 'of at least' : 'above'} ${String(params['limit'])}, got ${shown(data)}.`,
    )
  return of(`does not fit (${keyword}).`)
}

/** A link of a chain is one thing: the schema only says which words there are. */
function linkViolations(value: unknown): Violation[] {
  const violations: Violation[] = []
  const words = ['tensor', 'activation', 'normalization', 'pooling', 'residual', 'constant']
  const walk = (chain: readonly Record<string, unknown>[], path: readonly (string | number)[]): void => {
    for (const [index, link] of chain.entries()) {
      const here = [...path, index]
      const found = words.filter((word) => word in link)
      if (found.length !== 1)
        violations.push({
          path: here,
          key: null,
          message: `${placeName(here, value)}a link is one of ${words.join(', ')}; this has ${found.length === 0 ? 'none' : found.join(' and ')}.`,
        })
      else if ('pooling' in link && !('kernel' in link))
        violations.push({ path: here, key: null, message: `${placeName(here, value)}'kernel' is missing.` })
      if (Array.isArray(link['residual'])) walk(link['residual'] as Record<string, unknown>[], [...here, 'residual'])
    }
  }
  for (const [index, rule] of (value as RulesFile).rules.entries())
    if (rule.lipschitz)
      walk(rule.lipschitz.chain as unknown as Record<string, unknown>[], ['rules', index, 'lipschitz', 'chain'])
  return violations
}

/** `rule 'small', limits: `. */
function placeName(path: readonly (string | number)[], root: unknown): string {
  if (path.length === 0) return ''
  const isRule = path[0] === 'rules' && path.length > 1
  const name = isRule ? (root as { rules: { name?: unknown }[] }).rules[Number(path[1])]?.name : undefined
  const rule = !isRule
    ? []
    : [typeof name === 'string' && name !== '' ? `rule '${inert(name, 60)}'` : `rule ${Number(path[1]) + 1}`]
  const rest = path
    .slice(isRule ? 2 : 0)
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${inert(part, 60)}`))
  const inside = rest.join('').replace(/^\./, '')
  return `${[...rule, ...(inside === '' ? [] : [inside])].join(', ')}: `
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

function shown(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return typeof value === 'string' ? `'${inert(value, 60)}'` : inert(String(value), 60)
}
