/** Text and numbers as pickles spell them. */
import type { Cursor } from './cursor.js'
import { PyBytes } from './values.js'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const latin1 = new TextDecoder('latin1')

export function utf8Text(cursor: Cursor, bytes: Uint8Array): string {
  if (bytes.length < 24) {
    // Most keys are short and ASCII, where a decoder's overhead would dominate.
    let text = ''
    let ascii = true
    for (const byte of bytes) {
      if (byte > 127) ascii = false
      text += String.fromCharCode(byte)
    }
    if (ascii) return text
  }
  try {
    return utf8.decode(bytes)
  } catch {
    throw cursor.fault('bad-utf8', 'a text of the pickle is not UTF-8')
  }
}

/** A Python 2 string: text where it is ASCII, else bytes (arrays were saved so). */
export function oldString(bytes: Uint8Array): string | PyBytes {
  for (const byte of bytes) if (byte > 127) return new PyBytes(bytes)
  return latin1.decode(bytes)
}

/** The argument of STRING: a quoted Python 2 literal. */
export function quotedString(cursor: Cursor, line: Uint8Array): string | PyBytes {
  const text = latin1.decode(line).trim()
  const quote = text[0]
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) {
    throw cursor.fault('bad-pickle', 'a string of the pickle is not quoted')
  }
  const plain = text.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[\s\S])/g, (all, code: string) => {
    if (code[0] === 'x' && code.length === 3) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 255)
    return simpleEscapes.get(code) ?? all
  })
  return oldString(Uint8Array.from(plain, (character) => character.charCodeAt(0)))
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
])

/** The argument of UNICODE: Latin-1 with `\uXXXX` and `\UXXXXXXXX`. */
export function rawUnicode(cursor: Cursor, line: Uint8Array): string {
  return latin1.decode(line).replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short?: string, long?: string) => {
    const code = Number.parseInt(short ?? long!, 16)
    if (code > 0x10ffff) throw cursor.fault('bad-pickle', 'a text of the pickle holds an impossible character')
    return String.fromCodePoint(code)
  })
}

const mostDigits = 1234
const mostBytes = 512

/** The argument of INT or LONG; INT spells booleans as `00` and `01`. */
export function decimalInteger(cursor: Cursor, line: Uint8Array, booleans: boolean): number | bigint | boolean {
  const text = latin1.decode(line).trim()
  if (booleans && (text === '00' || text === '01')) return text === '01'
  if (!/^[-+]?\d+L?$/.test(text) || text.length > mostDigits) {
    throw cursor.fault('bad-pickle', 'an integer of the pickle is not written in decimal digits, or is too large')
  }
  return small(BigInt(text.replace(/[L+]/g, '')))
}

/** The argument of LONG1 and LONG4: little-endian two's complement. */
export function binaryInteger(cursor: Cursor, length: number): number | bigint {
  if (length < 0 || length > mostBytes) {
    throw cursor.fault('too-large', `an integer of the pickle has an impossible size of ${length} bytes`)
  }
  const bytes = cursor.take(length)
  let value = 0n
  for (let index = length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index]!)
  return small(length > 0 ? BigInt.asIntN(8 * length, value) : 0n)
}

export function decimalFloat(cursor: Cursor, line: Uint8Array): number {
  const text = latin1.decode(line).trim()
  if (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return Number(text)
  const special = /^([-+]?)(nan|inf)$/.exec(text)
  if (!special) throw cursor.fault('bad-pickle', 'a float of the pickle is not a number')
  if (special[2] === 'nan') return Number.NaN
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function small(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}
