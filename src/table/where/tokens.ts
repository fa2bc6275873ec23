/** The words of a condition on rows: names, numbers, quoted words, signs. */
import { inert, UsageError } from '../../core/index.js'
import { mistakeIn } from '../mistake.js'

export interface Token {
  /** `name` bare, `quoted` a name in backquotes or double quotes, `word` in single quotes. */
  readonly kind: 'name' | 'quoted' | 'number' | 'word' | 'sign' | 'end'
  readonly text: string
  readonly value: number
  /** Where it begins in the condition. */
  readonly at: number
}

const longest = 10_000
const blank = /\s*/y
const number = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y
const name = /[\p{L}_][\p{L}\p{N}_.]*/uy
const sign = /<=|>=|==|!=|<>|&&|\|\||[<>=!(),+-]/y
const quotes = /(['"`])((?:(?!\1)[\s\S]|\1\1)*)\1/y

/** A mistake in a condition, with the place marked. */
export const mistake = (text: string, at: number, what: string): UsageError => mistakeIn('where', text, at, what)

/** Throws UsageError for a character that begins nothing, and for quotes that are not closed. */
export function tokensOf(text: string): Token[] {
  if (text.length > longest) throw new UsageError(`where: ${text.length} characters; expected at most ${longest}.`)
  const tokens: Token[] = []
  let at = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(text)
  }
  for (;;) {
    at += match(blank)![0].length
    if (at === text.length) return [...tokens, { kind: 'end', text: '', value: 0, at }]
    const quoted = match(quotes)
    const plain = quoted ?? match(number) ?? match(name) ?? match(sign)
    if (plain === null) {
      const open = /['"`]/.test(text[at]!)
      throw mistake(text, at, open ? `the ${text[at]} is not closed` : `'${inert(text[at]!)}' is not understood`)
    }
    tokens.push(tokenOf(plain[0], at))
    at += plain[0].length
  }
}

function tokenOf(text: string, at: number): Token {
  const first = text[0]!
  if (first === "'" || first === '"' || first === '`') {
    const inside = text.slice(1, -1).replaceAll(first + first, first)
    return { kind: first === "'" ? 'word' : 'quoted', text: inside, value: 0, at }
  }
  if (/[\d.]/.test(first)) return { kind: 'number', text, value: Number(text), at }
  return { kind: /[\p{L}_]/u.test(first) ? 'name' : 'sign', text, value: 0, at }
}
