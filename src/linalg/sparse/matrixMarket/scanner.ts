/**
 * Reads whole numbers and decimals straight from the bytes of a line: a string for each number would take most of the time. Decimals are
 * correctly rounded: short ones by Clinger's fast path (1990), those of up to 19 digits in double-double arithmetic with Ziv's test, and
 * what is left (one in a million) by the platform's own `Number`.
 */

const tab = 9
const newline = 10
const carriageReturn = 13
const space = 32
const plus = 43
const minus = 45
const point = 46

/** 10^0 .. 10^44 as exact sums of two doubles: 5^44 has 103 bits. */
const powers = Array.from({ length: 45 }, (_, e) => {
  const exact = 10n ** BigInt(e)
  const high = Number(exact)
  return { high, low: Number(exact - BigInt(high)) }
})
const powerHigh = Float64Array.from(powers, ({ high }) => high)
const powerLow = Float64Array.from(powers, ({ low }) => low)

/** The rounding error of a * b, by Veltkamp's splitting. */
function productError(a: number, b: number, product: number): number {
  const ca = 134217729 * a
  const aHigh = ca - (ca - a)
  const aLow = a - aHigh
  const cb = 134217729 * b
  const bHigh = cb - (cb - b)
  const bLow = b - bHigh
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
}

/** (head 10^tailDigits + tail) 10^exponent rounded to nearest, or NaN where double-double cannot tell. |exponent| <= 44. */
function scaled(head: number, tail: number, tailDigits: number, exponent: number): number {
  const product = head * powerHigh[tailDigits]!
  const error = productError(head, powerHigh[tailDigits]!, product) + tail
  const mHigh = product + error
  const mLow = error - (mHigh - product)
  const pHigh = powerHigh[Math.abs(exponent)]!
  const pLow = powerLow[Math.abs(exponent)]!
  let first: number
  let rest: number
  if (exponent >= 0) {
    first = mHigh * pHigh
    rest = productError(mHigh, pHigh, first) + (mHigh * pLow + mLow * pHigh)
  } else {
    first = mHigh / pHigh
    const back = first * pHigh
    rest = (mHigh - back - productError(first, pHigh, back) + mLow - first * pLow) / pHigh
  }
  const high = first + rest
  const low = rest - (high - first)
  const doubt = high * 2 ** -98
  const rounded = high + (low + doubt)
  return rounded === high + (low - doubt) ? rounded : Number.NaN
}

export class Scanner {
  bytes: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0
  /** Why the last `real` is not a number: empty when it is. */
  problem = ''

  skipBlanks(): void {
    while (this.at < this.end) {
      const byte = this.bytes[this.at]!
      if (byte !== space && byte !== tab) return
      this.at++
    }
  }

  /** At the end of the line, which may be the end of the bytes. */
  get isLineEnd(): boolean {
    if (this.at >= this.end) return true
    const byte = this.bytes[this.at]!
    return (
      byte === newline || (byte === carriageReturn && (this.at + 1 >= this.end || this.bytes[this.at + 1] === newline))
    )
  }

  /** Past the end of this line. */
  nextLine(): void {
    const found = this.bytes.indexOf(newline, this.at)
    this.at = found < 0 || found >= this.end ? this.end : found + 1
  }

  /** The word that starts here, for messages. */
  word(from = this.at): string {
    let to = from
    while (to < this.end && to - from < 60 && this.bytes[to]! > space) to++
    return Array.from(this.bytes.subarray(from, to), (byte) => String.fromCharCode(byte)).join('')
  }

  /** A whole number without sign; -1 where there is none, Infinity beyond 2^53. */
  whole(): number {
    this.skipBlanks()
    const from = this.at
    let value = 0
    while (this.at < this.end) {
      const digit = this.bytes[this.at]! - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      this.at++
    }
    if (this.at === from || !this.#isWordEnd()) {
      this.at = from
      return -1
    }
    return value <= Number.MAX_SAFE_INTEGER ? value : Number.POSITIVE_INFINITY
  }

  /** A decimal; NaN is either the text `nan` or, with `problem` set, no number. */
  real(): number {
    this.skipBlanks()
    this.problem = ''
    const { bytes, end } = this
    const from = this.at
    let at = from
    const sign = bytes[at]!
    if (at < end && (sign === minus || sign === plus)) at++
    // 15 digits are exact in one double; four more go to the tail, further ones to the platform.
    let head = 0
    let tail = 0
    let significant = 0
    let digits = 0
    let exponent = 0
    let isAfterPoint = false
    let isLong = false
    for (; at < end; at++) {
      const byte = bytes[at]!
      const digit = byte - 48
      if (digit >= 0 && digit <= 9) {
        digits++
        if (isAfterPoint) exponent--
        if (significant < 15) head = head * 10 + digit
        else if (significant < 19) tail = tail * 10 + digit
        else {
          exponent++
          if (digit !== 0) isLong = true
        }
        if (head !== 0) significant++
      } else if (byte === point && !isAfterPoint) isAfterPoint = true
      else break
    }
    this.at = at
    if (digits === 0) return this.#word(from)
    const marker = at < end ? bytes[at]! | 32 : 0
    // `d` is Fortran's exponent of double precision.
    if (marker === 101 || marker === 100) {
      const written = this.#exponent()
      if (Number.isNaN(written)) return this.#fail(from)
      exponent += written
    }
    if (!this.#isWordEnd()) return this.#fail(from)
    if (head === 0) return sign === minus ? -0 : 0
    const tailDigits = Math.max(0, Math.min(4, significant - 15))
    let size = Number.NaN
    if (!isLong && tail === 0 && Math.abs(exponent + tailDigits) <= 22) {
      const power = exponent + tailDigits
      size = power < 0 ? head / powerHigh[-power]! : head * powerHigh[power]!
    } else if (!isLong && Math.abs(exponent) <= 44) size = scaled(head, tail, tailDigits, exponent)
    if (Number.isNaN(size)) return this.#slow(from)
    return sign === minus ? -size : size
  }

  #isWordEnd(): boolean {
    if (this.at >= this.end) return true
    const byte = this.bytes[this.at]!
    return byte === space || byte === tab || byte === newline || byte === carriageReturn
  }

  /** The exponent at its marker; NaN where its digits are missing. */
  #exponent(): number {
    this.at++
    const sign = this.bytes[this.at]
    if (sign === minus || sign === plus) this.at++
    const from = this.at
    let value = 0
    while (this.at < this.end) {
      const digit = this.bytes[this.at]! - 48
      if (digit < 0 || digit > 9) break
      value = Math.min(99_999, value * 10 + digit)
      this.at++
    }
    if (this.at === from || from > this.end) return Number.NaN
    return sign === minus ? -value : value
  }

  #slow(from: number): number {
    const text = String.fromCharCode(...this.bytes.subarray(from, Math.min(this.at, from + 1000)))
    if (this.at - from > 1000) return this.#fail(from)
    const value = Number(text.replace(/d/i, 'e'))
    if (!Number.isFinite(value)) this.problem = `${this.word(from)} is beyond float64`
    return value
  }

  /** `inf`, `infinity` and `nan` with a sign, as C's printf has them. */
  #word(from: number): number {
    const text = this.word(from)
    const found = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
    if (!found) return this.#fail(from)
    this.at = from + text.length
    const value = found[2]!.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY
    return found[1] === '-' ? -value : value
  }

  #fail(from: number): number {
    this.at = from
    this.problem = this.isLineEnd ? 'a number is missing' : `'${this.word(from)}' is no number`
    return Number.NaN
  }
}
