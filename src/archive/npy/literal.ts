/**
 * A parser for the Python literals that a .npy header may hold: dict, tuple, list, string, integer, True, False, None. Nothing is evaluated, nesting is
 * limited, and what is not one of these is an error.
 */
import { FormatError, inert } from '../../core/index.js'

export type Literal = string | number | boolean | null | LiteralTuple | LiteralList | LiteralDict

export interface LiteralTuple {
  readonly kind: 'tuple'
  readonly items: readonly Literal[]
}

export interface LiteralList {
  readonly kind: 'list'
  readonly items: readonly Literal[]
}

export interface LiteralDict {
  readonly kind: 'dict'
  /** In the order written; the keys are unique. */
  readonly entries: ReadonlyMap<string, Literal>
}

const deepest = 16

/** Parses `text`, which must hold one literal and whitespace. Throws FormatError 'header'. */
export function parseLiteral(text: string): Literal {
  const parser = new Parser(text)
  const value = parser.value(0)
  parser.expectEnd()
  return value
}

class Parser {
  private at = 0

  constructor(private readonly text: string) {}

  value(depth: number): Literal {
    if (depth > deepest) throw this.fault(`it nests deeper than ${deepest} levels`)
    this.skipSpace()
    const next = this.text[this.at]
    if (next === '{') return this.dict(depth)
    if (next === '(') return this.tuple(depth)
    if (next === '[') return { kind: 'list', items: this.items(']', depth).items }
    if (next === "'" || next === '"') return this.string(next)
    return this.word()
  }

  expectEnd(): void {
    this.skipSpace()
    if (this.at < this.text.length) throw this.unexpected()
  }

  private dict(depth: number): LiteralDict {
    this.at++
    const entries = new Map<string, Literal>()
    while (!this.take('}')) {
      const key = this.value(depth + 1)
      if (typeof key !== 'string') throw this.fault('a key is not a string')
      if (!this.take(':')) throw this.unexpected()
      if (entries.has(key)) throw this.fault(`the key '${inert(key, 40)}' is repeated (duplicate)`)
      entries.set(key, this.value(depth + 1))
      if (!this.take(',') && this.peek() !== '}') throw this.unexpected()
    }
    return { kind: 'dict', entries }
  }

  /** `(6)` is the number 6 and `(6,)` a tuple, as in Python. */
  private tuple(depth: number): Literal {
    const { items, comma } = this.items(')', depth)
    return items.length === 1 && !comma ? items[0]! : { kind: 'tuple', items }
  }

  private items(end: string, depth: number): { items: Literal[]; comma: boolean } {
    this.at++
    const items: Literal[] = []
    let comma = false
    while (!this.take(end)) {
      items.push(this.value(depth + 1))
      comma = this.take(',')
      if (!comma && this.peek() !== end) throw this.unexpected()
    }
    return { items, comma }
  }

  private string(quote: string): string {
    const start = ++this.at
    for (; this.at < this.text.length; this.at++) {
      const character = this.text[this.at]!
      if (character === '\n') break
      if (character === '\\') this.at++
      else if (character === quote) return this.unescape(this.text.slice(start, this.at++))
    }
    throw this.fault('a string is not terminated')
  }

  private unescape(text: string): string {
    return text.replace(/\\(x[0-9a-fA-F]{2}|['"\\]|[\s\S])/g, (_, code: string) => {
      if (code.length === 3) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
      if (`'"\\`.includes(code)) return code
      throw this.fault('a string holds an escape that no dtype needs')
    })
  }

  private word(): boolean | number | null {
    const word = /^[-+\w.]{1,200}/.exec(this.text.slice(this.at, this.at + 200))?.[0] ?? ''
    const constant = constants.get(word)
    if (constant === undefined && !/^-?\d+L?$/.test(word)) throw this.unexpected()
    this.at += word.length
    return constant === undefined ? Number(word.replace('L', '')) : constant
  }

  private skipSpace(): void {
    while (this.at < this.text.length && ' \t\r\n\f'.includes(this.text[this.at]!)) this.at++
  }

  private peek(): string | undefined {
    this.skipSpace()
    return this.text[this.at]
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false
    this.at++
    return true
  }

  private unexpected(): FormatError {
    const found = this.at < this.text.length ? `'${inert(this.text.slice(this.at, this.at + 24))}'` : 'end'
    return this.fault(`unexpected ${found} at character ${this.at}`)
  }

  private fault(what: string): FormatError {
    return new FormatError(
      'header',
      `npy: the header is not a plain Python dict literal: ${what}; nothing of it was run.`,
    )
  }
}

const constants: ReadonlyMap<string, boolean | null> = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
])
