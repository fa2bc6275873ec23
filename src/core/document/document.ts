/** Documents that people write (rules, configurations): from text or an object to a checked value, or to what is wrong with it. */
import { UsageError } from '../errors.js'
import { inert } from '../text.js'
import { type DocumentPlace, type DocumentProblem, readText } from './text.js'
import { type ValidateOptions, type Violation, validate } from './validate.js'

/** A kind of document. */
export interface DocumentKind extends ValidateOptions {
  /** What it holds: `rules`. */
  readonly noun: string
  /** What an empty one is told: `rules: and a list of them`. */
  readonly expected: string
  readonly schema: Readonly<Record<string, unknown>>
  /** What the schema cannot say, of values that fit it. */
  readonly further?: (value: unknown) => readonly Violation[]
}

export type ParsedDocument<T> =
  | {
      readonly value: T
      readonly problems: readonly []
      /** A problem that is found later, at its line. */
      problemAt(place: DocumentPlace, message: string): DocumentProblem
    }
  | { readonly value: null; readonly problems: readonly DocumentProblem[] }

async function violationsOf(value: unknown, kind: DocumentKind): Promise<readonly Violation[]> {
  const violations = await validate(value, kind.schema, kind)
  return violations.length > 0 ? violations : (kind.further?.(value) ?? [])
}

/** Reads a text. Every problem comes in the order of the file; nothing is thrown. */
export async function parseText<T>(text: string, kind: DocumentKind): Promise<ParsedDocument<T>> {
  const read = await readText(text, kind.noun, kind.expected)
  if ('problems' in read) return { value: null, problems: read.problems }
  const violations = await violationsOf(read.value, kind)
  if (violations.length === 0) return { value: read.value as T, problems: [], problemAt: read.problemAt }
  const problems = violations.map((one) => read.problemAt(one, one.message))
  return { value: null, problems: problems.sort((a, b) => a.line! - b.line! || a.column! - b.column!) }
}

/** Checks an object. */
export async function parseObject<T>(value: unknown, kind: DocumentKind): Promise<ParsedDocument<T>> {
  const violations = await violationsOf(value, kind)
  const problemAt = (_: DocumentPlace, message: string): DocumentProblem => ({ line: null, column: null, message })
  if (violations.length === 0) return { value: value as T, problems: [], problemAt }
  return { value: null, problems: violations.map((one) => problemAt(one, one.message)) }
}

/** The value, or @throws UsageError with the first problem, and where the others are: `ci.yaml:2:5: ...`. */
export function requireDocument<T>(parsed: ParsedDocument<T>, name: string, code: string): T {
  if (parsed.value !== null) return parsed.value
  const [first, ...more] = parsed.problems
  const place = first!.line === null ? '' : `:${first!.line}:${first!.column}`
  const others = more.slice(0, 8).map(({ line }) => line)
  const rest =
    more.length === 0
      ? ''
      : others[0] === null
        ? ` ${more.length} more like it.`
        : ` And ${more.length} more: line${others.length === 1 ? '' : 's'} ${others.join(', ')}${more.length > others.length ? ', ...' : ''}.`
  throw new UsageError(`${inert(name, 200)}${place}: ${first!.message}${rest}`, { file: name }, code)
}
