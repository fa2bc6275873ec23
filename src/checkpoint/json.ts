/**
 * A strict JSON reader that is pulled along by what a header may hold: duplicate names are refused (`JSON.parse` loses them), integers keep all
 * digits, nesting costs no stack, and what nobody asks for is checked and skipped without being built.
 */
import { FormatError, inert } from '../core/index.js'
import type { Metadata, MetadataValue } from './types.js'

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

const deepest = 100
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them inside strings
const needsCare = /[\\\u0000-\u001f]/
/** Names that one object may have: each is kept, to find those that come twice. */
const mostMembers = 1_000_000

export class JsonReader {
  private at = 0

  /**
   * @param text decoded UTF-8
   * @param what the start of each message: `safetensors: the header`
   * @param start byte offset of the text in its file
   */
  constructor(
    private readonly text: string,
    private readonly what: string,
    private readonly start = 0,
  ) {}

  /** An error at the current place, or at `at`. */
  fail(code: string, message: string, at = this.at): FormatError {
    const offset = this.start + new TextEncoder().encode(this.text.slice(0, at)).length
    return new FormatError(code, `${this.what} ${message}.`, { offset })
  }

  /** What kind of value comes next. */
  kind(): JsonKind {
    const next = this.peek()
    if (next === '{') return 'object'
    if (next === '[') return 'array'
    if (next === '"') return 'string'
    if (next === 't' || next === 'f') return 'boolean'
    if (next === 'n') return 'null'
    if (next === '-' || (next >= '0' && next <= '9')) return 'number'
    throw this.syntax()
  }

  /** Reads an object; `member` must consume each value. A name that comes twice is refused. */
  object(member: (name: string, at: number) => void): void {
    this.take('{')
    if (this.takeIf('}')) return
    const seen = new Set<string>()
    do {
      this.peek()
      const at = this.at
      const name = this.string()
      if (seen.has(name)) {
        throw this.fail('duplicate-name', `has the name '${inert(name)}' more than once (duplicate, in JSON)`, at)
      }
      if (seen.size === mostMembers) throw this.fail('too-large', `has an object of more than ${mostMembers} names`, at)
      seen.add(name)
      this.take(':')
      member(name, at)
    } while (this.takeIf(','))
    this.take('}')
  }

  /** Reads an array; `item` must consume each value. */
  array(item: (index: number) => void): void {
    this.take('[')
    if (this.takeIf(']')) return
    let index = 0
    do item(index++)
    while (this.takeIf(','))
    this.take(']')
  }

  string(): string {
    this.take('"')
    const from = this.at
    let end = this.text.indexOf('"', from)
    while (end >= 0 && this.isEscaped(end, from)) end = this.text.indexOf('"', end + 1)
    if (end < 0) throw this.fail('bad-json', 'is not valid JSON: a string is not closed', from - 1)
    const plain = this.text.slice(from, end)
    this.at = end + 1
    return needsCare.test(plain) ? this.unescape(plain, from) : plain
  }

  /** The digits as they stand, so that no precision is lost. */
  number(): string {
    this.peek()
    numberPattern.lastIndex = this.at
    const match = numberPattern.exec(this.text)
    if (!match) throw this.syntax()
    this.at += match[0].length
    return match[0]
  }

  /** Reads and checks one value of any kind, without building it. */
  skip(): void {
    const closers: string[] = []
    for (;;) {
      const kind = this.kind()
      if (kind === 'object' || kind === 'array') {
        this.at++
        const closer = kind === 'object' ? '}' : ']'
        if (!this.takeIf(closer)) {
          closers.push(closer)
          this.checkDepth(closers.length)
          if (kind === 'object') this.skipName()
          continue
        }
      } else this.skipScalar(kind)
      // A value has ended: close what ends with it, or go on to the next.
      for (;;) {
        const closer = closers.at(-1)
        if (closer === undefined) return
        if (this.takeIf(',')) {
          if (closer === '}') this.skipName()
          break
        }
        this.take(closer)
        closers.pop()
      }
    }
  }

  /** Reads a value for people to see; at most `budget.nodes` are kept of it. */
  value(budget: { nodes: number }, depth = 0): MetadataValue {
    this.checkDepth(depth)
    const kind = this.kind()
    if (--budget.nodes < 0) {
      this.skip()
      return '…'
    }
    if (kind === 'string') return abbreviated(this.string())
    if (kind === 'number') return readNumber(this.number())
    if (kind === 'array') {
      const items: MetadataValue[] = []
      this.array(() => {
        const item = this.value(budget, depth + 1)
        if (budget.nodes >= 0) items.push(item)
      })
      return items
    }
    if (kind === 'object') {
      const made: { [key: string]: MetadataValue } = Object.create(null)
      this.object((name) => {
        const item = this.value(budget, depth + 1)
        if (budget.nodes >= 0) made[abbreviated(name)] = item
      })
      return made as Metadata
    }
    const text = this.skipScalar(kind)
    return text === 'null' ? null : text === 'true'
  }

  /** Only white space may follow. */
  end(): void {
    this.skipSpace()
    if (this.at < this.text.length) {
      throw this.fail('bad-json', 'is not valid JSON: trailing characters follow the object')
    }
  }

  /** Whether an odd number of backslashes stands before `end`. */
  private isEscaped(end: number, from: number): boolean {
    let at = end
    while (at > from && this.text[at - 1] === '\\') at--
    return (end - at) % 2 === 1
  }

  private unescape(plain: string, from: number): string {
    let made: string
    try {
      // One string alone is what JSON.parse reads as strictly as wanted, and fast.
      made = JSON.parse(`"${plain}"`) as string
    } catch {
      throw this.fail(
        'bad-json',
        'is not valid JSON: a string holds a control character or an unknown escape',
        from - 1,
      )
    }
    if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(made)) {
      throw this.fail(
        'bad-utf8',
        'holds half a surrogate pair, which is no Unicode character (UTF-16 in JSON)',
        from - 1,
      )
    }
    return made
  }

  private skipName(): void {
    this.string()
    this.take(':')
  }

  private skipScalar(kind: JsonKind): string {
    if (kind === 'string') return this.string()
    if (kind === 'number') return this.number()
    for (const word of ['true', 'false', 'null']) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length
        return word
      }
    }
    throw this.syntax()
  }

  private checkDepth(depth: number): void {
    if (depth > deepest) throw this.fail('deep-nesting', `nests JSON values more than ${deepest} levels deep`)
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return
      this.at++
    }
  }

  private peek(): string {
    this.skipSpace()
    return this.text[this.at] ?? ''
  }

  private take(character: string): void {
    if (!this.takeIf(character)) throw this.syntax(`'${character}'`)
  }

  private takeIf(character: string): boolean {
    if (this.peek() !== character) return false
    this.at++
    return true
  }

  private syntax(wanted = 'a value'): FormatError {
    const found = this.at < this.text.length ? `'${inert(this.text[this.at]!)}'` : 'its end'
    return this.fail('bad-json', `is not valid JSON (syntax error): expected ${wanted}, found ${found}`)
  }
}

/** A whole number from 0 to 2^53 - 1 written as digits only, or null. */
export function wholeNumber(digits: string): number | null {
  const value = /^\d+$/.test(digits) ? Number(digits) : Number.NaN
  return Number.isSafeInteger(value) ? value : null
}

/** A number for people to see; as text where a double would change it. */
function readNumber(digits: string): MetadataValue {
  const value = Number(digits)
  return Number.isSafeInteger(value) || (/[.eE]/.test(digits) && Number.isFinite(value)) ? value : abbreviated(digits)
}

const longestText = 4096

/** Long text, cut with a note of its length. */
export function abbreviated(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}… (${text.length} characters)`
}

/** Strict UTF-8: what is not is an error, and a byte-order mark stays a character. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
