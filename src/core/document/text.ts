/**
 * The text of a document, JSON or YAML, as a value. The text may be hostile: it is bounded in size and depth, aliases cannot multiply it, and keys are
 * text.
 */
import type { Document, Node, Pair } from 'yaml'
import { inert } from '../text.js'

/** Characters of a document. */
const mostText = 1 << 20
/** Nested lists and maps. */
const deepest = 64
/** How often aliases may repeat what they stand for. */
const mostAliases = 100

export interface DocumentProblem {
  /** From 1; null where the document was given as an object. */
  readonly line: number | null
  readonly column: number | null
  /** One sentence. */
  readonly message: string
}

/** Where in a document: keys and indices, and the key at fault inside what they lead to. */
export interface DocumentPlace {
  readonly path: readonly (string | number)[]
  readonly key: string | null
}

/** What a text says, and where in it. */
export type ReadText =
  | { readonly value: unknown; problemAt(place: DocumentPlace, message: string): DocumentProblem }
  | { readonly problems: readonly DocumentProblem[] }

/**
 * Reads YAML 1.2, of which JSON is a part.
 *
 * @param noun what the document holds, for its messages: `rules`
 * @param expected what an empty document is told: `rules: and a list of them`
 * @returns the value, or every problem of the text; nothing is thrown
 */
export async function readText(text: string, noun: string, expected: string): Promise<ReadText> {
  const refused = refuse(text, noun)
  if (refused) return { problems: [refused] }
  const { isMap, LineCounter, parseDocument, visit } = await import('./libraries.js')
  const lines = new LineCounter()
  const at = (offset: number, message: string): DocumentProblem => {
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
      return { problems: faults.map(({ pos, message, code }) => at(pos[0], syntax(code, message, noun))) }
    if (document.contents === null) return { problems: [at(0, `the file is empty. Expected ${expected}.`)] }
    const dangling: DocumentProblem[] = []
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document) === undefined)
          dangling.push(at(alias.range?.[0] ?? 0, syntax('BAD_ALIAS', '', noun)))
      },
    })
    if (dangling.length > 0) return { problems: dangling }
    return {
      value: document.toJS({ maxAliasCount: mostAliases }) as unknown,
      problemAt: ({ path, key }, message) => at(offsetOf(document, isMap, path, key), message),
    }
  } catch (error) {
    return { problems: [at(0, outgrown(error))] }
  }
}

/** What the parser throws when a text asks for too much; anything else is not ours to judge. */
function outgrown(error: unknown): string {
  if (error instanceof RangeError) return 'lists and maps are nested too deeply.'
  if (error instanceof ReferenceError)
    return 'its aliases multiply what they stand for too often, or stand for themselves. Write it out.'
  throw error
}

/** What is refused before anything is parsed. */
function refuse(text: string, noun: string): DocumentProblem | null {
  if (text.length > mostText)
    return { line: 1, column: 1, message: `the file has ${text.length} characters; ${noun} may have ${mostText}.` }
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
  }
  return null
}

/** The parser's complaint as a sentence of ours where it is a common one. */
function syntax(code: string, message: string, noun: string): string {
  if (code === 'DUPLICATE_KEY') return 'the same key stands twice in one map.'
  if (code === 'NON_STRING_KEY') return 'a key is not text. Put it in quotes.'
  if (code === 'MULTIPLE_DOCS') return 'the file holds several documents; expected one.'
  if (code === 'TAB_AS_INDENT') return 'a tab indents the line; YAML wants spaces.'
  if (code === 'BAD_ALIAS') return 'an alias stands for nothing: its anchor is missing or comes later.'
  if (code === 'TAG_RESOLVE_FAILED') return `tags such as !!binary are not used in ${noun}.`
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
