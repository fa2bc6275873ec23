/**
 * Conditions on rows, by recursive descent:
 *
 *     condition  = and { ("or" | "||") and }
 *     and        = not { ("and" | "&&") not }
 *     not        = ("not" | "!") not | "(" condition ")" | comparison
 *     comparison = operand ("=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=") operand
 *                | operand ["not"] "in" "(" value { "," value } ")"
 *                | operand ["not"] "between" operand "and" operand
 *                | operand ["not"] "like" 'pattern'
 *                | operand "is" ["not"] ("missing" | "null")
 *                | operand                                              (a boolean column)
 *     operand    = name | value;  value = number | 'word' | true | false
 */
import { inert } from '../../core/index.js'
import { mistake, type Token, tokensOf } from './tokens.js'

export type Value = number | string | boolean
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

export type Operand =
  | { readonly kind: 'column'; readonly name: string; readonly at: number }
  | { readonly kind: 'value'; readonly value: Value; readonly at: number }

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'compare'; readonly how: Comparison; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'in'; readonly left: Operand; readonly values: readonly Operand[] }
  | { readonly kind: 'like'; readonly left: Operand; readonly pattern: string }
  | { readonly kind: 'missing'; readonly left: Operand }
  | { readonly kind: 'truth'; readonly left: Operand }

const comparisons: ReadonlyMap<string, Comparison> = new Map([
  ['=', '='],
  ['==', '='],
  ['!=', '!='],
  ['<>', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
])
const reserved: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'missing', 'true', 'false'])
/** Parentheses and nots inside one another. */
const deepest = 200

/** Throws UsageError that says what was expected, and where. */
export function parseWhere(text: string): Condition {
  return new Parser(text).whole()
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(readonly text: string) {
    this.#tokens = tokensOf(text)
  }

  whole(): Condition {
    if (this.text.trim() === '') throw mistake(this.text, 0, 'the condition is empty')
    const condition = this.#or()
    if (this.#next.kind !== 'end') throw this.#expected("'and', 'or' or the end")
    return condition
  }

  get #next(): Token {
    return this.#tokens[this.#at]!
  }

  #is(...words: readonly string[]): boolean {
    const { kind, text } = this.#next
    return (kind === 'sign' || kind === 'name') && words.includes(text.toLowerCase())
  }

  #skip(...words: readonly string[]): boolean {
    if (!this.#is(...words)) return false
    this.#at++
    return true
  }

  #expected(what: string): Error {
    const { kind, text, at } = this.#next
    const got = kind === 'end' ? 'the end' : kind === 'word' ? `the word '${inert(text, 40)}'` : `'${inert(text, 40)}'`
    return mistake(this.text, at, `got ${got}; expected ${what},`)
  }

  #or(): Condition {
    const of = [this.#and()]
    while (this.#skip('or', '||')) of.push(this.#and())
    return of.length === 1 ? of[0]! : { kind: 'or', of }
  }

  #and(): Condition {
    const of = [this.#not()]
    while (this.#skip('and', '&&')) of.push(this.#not())
    return of.length === 1 ? of[0]! : { kind: 'and', of }
  }

  #not(): Condition {
    if (++this.#depth > deepest) throw mistake(this.text, this.#next.at, `more than ${deepest} conditions are nested`)
    try {
      if (this.#skip('not', '!')) return { kind: 'not', of: this.#not() }
      if (!this.#skip('(')) return this.#comparison()
      const inner = this.#or()
      if (!this.#skip(')')) throw this.#expected("')'")
      return inner
    } finally {
      this.#depth--
    }
  }

  #comparison(): Condition {
    const left = this.#operand("a column's name, a number, a quoted word, 'not' or '('")
    const how = this.#next.kind === 'sign' ? comparisons.get(this.#next.text) : undefined
    if (how !== undefined) {
      this.#at++
      return { kind: 'compare', how, left, right: this.#operand("a number, a quoted word or a column's name") }
    }
    if (this.#skip('is')) {
      const isNot = this.#skip('not')
      if (!this.#skip('missing', 'null')) throw this.#expected(isNot ? "'missing'" : "'missing' or 'not missing'")
      return isNot ? { kind: 'not', of: { kind: 'missing', left } } : { kind: 'missing', left }
    }
    const isNot = this.#is('not') && this.#skip('not')
    if (this.#skip('in')) {
      const inside: Condition = { kind: 'in', left, values: this.#list() }
      return isNot ? { kind: 'not', of: inside } : inside
    }
    if (this.#skip('between')) {
      const between = this.#between(left)
      return isNot ? { kind: 'not', of: between } : between
    }
    if (this.#skip('like')) {
      const like: Condition = { kind: 'like', left, pattern: this.#pattern() }
      return isNot ? { kind: 'not', of: like } : like
    }
    if (isNot) throw this.#expected("'in', 'between' or 'like'")
    const isOver = this.#next.kind === 'end' || this.#is(')', 'and', 'or', '&&', '||')
    if (!isOver || (left.kind === 'value' && typeof left.value !== 'boolean')) throw this.#expected(`a comparison (=, !=, <, <=, >, >=, in, between, like, is)${this.#hint(left)}`) // biome-ignore format: one line
    return { kind: 'truth', left }
  }

  /** Where a name that is not in quotes ended too soon. */
  #hint(left: Operand): string {
    const { kind, text } = this.#next
    return left.kind === 'column' && (text === '-' || kind === 'number' || kind === 'name') ? '; names that are not plain words stand in backquotes' : '' // biome-ignore format: one line
  }

  /** Both ends are in, as in SQL. */
  #between(left: Operand): Condition {
    const what = "a number, a quoted word or a column's name"
    const low = this.#operand(what)
    if (!this.#skip('and')) throw this.#expected("'and'")
    const high = this.#operand(what)
    return { kind: 'and', of: [{ kind: 'compare', how: '>=', left, right: low }, { kind: 'compare', how: '<=', left, right: high }] } // biome-ignore format: one line
  }

  #pattern(): string {
    const { kind, text } = this.#next
    if (kind !== 'word') throw this.#expected("a pattern in single quotes, such as 'New %'")
    this.#at++
    return text
  }

  #list(): Operand[] {
    if (!this.#skip('(')) throw this.#expected("'('")
    const values: Operand[] = []
    do {
      const value = this.#operand('a number or a quoted word')
      if (value.kind === 'column') throw mistake(this.text, value.at, `a list has values only: words are quoted ('${value.name}'),`) // biome-ignore format: one line
      values.push(value)
    } while (this.#skip(','))
    if (!this.#skip(')')) throw this.#expected("',' or ')'")
    return values
  }

  #operand(what: string): Operand {
    const { kind, text, value, at } = this.#next
    const isBare = kind === 'name'
    const lower = isBare ? text.toLowerCase() : ''
    if (kind === 'quoted' || (isBare && !reserved.has(lower))) {
      this.#at++
      return { kind: 'column', name: text, at }
    }
    if (kind === 'number' || kind === 'word') {
      this.#at++
      return { kind: 'value', value: kind === 'number' ? value : text, at }
    }
    if (lower === 'true' || lower === 'false') {
      this.#at++
      return { kind: 'value', value: lower === 'true', at }
    }
    if (this.#is('-', '+') && this.#tokens[this.#at + 1]?.kind === 'number') {
      this.#at += 2
      const size = this.#tokens[this.#at - 1]!.value
      return { kind: 'value', value: text === '-' ? -size : size, at }
    }
    throw this.#expected(what)
  }
}
