/**
 * Decimal numbers of ASCII bytes to the nearest double. Nearly all are exact in a few operations: up to 15 digits and a power of ten up to 22 by one
 * (Clinger, How to Read Floating Point Numbers Accurately, 1990), up to 20 digits in double-double arithmetic whose error is bounded (Dekker 1971);
 * the rest, and what comes too near to the middle between two doubles, the engine reads.
 */

const tens = Array.from({ length: 23 }, (_, i) => 10 ** i)
const exactDigits = 15
const mostDigits = 20

/** What a whole number (no point, no exponent) loses as a double: zeros at its beginning, digits where it is beyond 2^53. */
export const odds = { none: 0, padded: 1, large: 2 } as const

export class DecimalReader {
  /** Behind the number that was read; -1 where there was none. */
  stop = -1
  /** Of the number that was read: 0, or what a whole number loses as one. */
  odd: number = odds.none

  /** `point` is the decimal mark's byte. */
  constructor(private readonly point = 46) {}

  /** The number that begins at `at`, no further than `end`. Grammar: sign, digits with a point, exponent. */
  read(bytes: Uint8Array, at: number, end: number): number {
    let i = at
    const sign = bytes[i]!
    if (sign === 45 || sign === 43) i++
    let high = 0
    let low = 0
    let lowDigits = 0
    /** Significant ones. */
    let digits = 0
    let exponent = 0
    const first = i
    let digit = 0
    for (; i < end; i++) {
      digit = bytes[i]! - 48
      if (digit < 0 || digit > 9) break
      if (digits < exactDigits) high = high * 10 + digit
      else {
        low = low * 10 + digit
        lowDigits++
      }
      if (digits > 0 || digit > 0) digits++
    }
    let seen = i - first
    this.odd = odds.none
    if (seen > 1 && bytes[first] === 48) this.odd = odds.padded
    else if (lowDigits > 0) this.odd = odds.large
    if (i < end && bytes[i] === this.point) {
      this.odd = odds.none
      i++
      const fraction = i
      for (; i < end; i++) {
        digit = bytes[i]! - 48
        if (digit < 0 || digit > 9) break
        if (digits < exactDigits) high = high * 10 + digit
        else {
          low = low * 10 + digit
          lowDigits++
        }
        if (digits > 0 || digit > 0) digits++
      }
      seen += i - fraction
      exponent = fraction - i
    }
    if (seen === 0) {
      this.stop = -1
      return Number.NaN
    }
    if (i < end && (bytes[i]! | 32) === 101) {
      this.odd = odds.none
      let j = i + 1
      const exponentSign = bytes[j]!
      if (exponentSign === 45 || exponentSign === 43) j++
      const start = j
      let power = 0
      for (; j < end; j++) {
        digit = bytes[j]! - 48
        if (digit < 0 || digit > 9) break
        if (power < 100_000) power = power * 10 + digit
      }
      if (j === start) {
        this.stop = -1
        return Number.NaN
      }
      exponent += exponentSign === 45 ? -power : power
      i = j
    }
    this.stop = i
    let value: number
    if (lowDigits === 0 && exponent >= -22 && exponent <= 22)
      value = exponent < 0 ? high / tens[-exponent]! : high * tens[exponent]!
    else {
      value =
        digits > mostDigits || exponent < -22 || exponent > 22 ? Number.NaN : nearest(high, low, lowDigits, exponent)
      if (Number.isNaN(value)) return this.#slow(bytes, at, i)
    }
    return sign === 45 ? -value : value
  }

  #slow(bytes: Uint8Array, at: number, end: number): number {
    let text = ''
    for (let i = at; i < end; i++) text += String.fromCharCode(bytes[i] === this.point ? 46 : bytes[i]!)
    return Number(text)
  }
}

const splitter = 134_217_729

/** The part of a * b that is rounded away in `product`. */
function lost(a: number, b: number, product: number): number {
  const ta = splitter * a
  const ah = ta - (ta - a)
  const al = a - ah
  const tb = splitter * b
  const bh = tb - (tb - b)
  const bl = b - bh
  return ah * bh - product + ah * bl + al * bh + al * bl
}

/** (high 10^lowDigits + low) 10^exponent to the nearest double; NaN where the bound on the error does not say which that is. */
function nearest(high: number, low: number, lowDigits: number, exponent: number): number {
  // The whole number as an unevaluated sum of two doubles, exact: both parts of the small sum are whole and below 2^53.
  const product = high * tens[lowDigits]!
  const small = lost(high, tens[lowDigits]!, product) + low
  const large = product + small
  const rest = small - (large - product)
  if (exponent === 0) return large
  let first: number
  let second: number
  if (exponent < 0) {
    const by = tens[-exponent]!
    first = large / by
    const back = first * by
    second = (large - back - lost(first, by, back) + rest) / by
  } else {
    const by = tens[exponent]!
    first = large * by
    second = lost(large, by, first) + rest * by
  }
  // `second` is right to a few units of 2^-52 of itself, and what it stands for to 2^-100 of the whole.
  const doubt = Math.abs(second) * 2 ** -48 + first * 2 ** -98
  const below = first + (second - doubt)
  return below === first + (second + doubt) ? below : Number.NaN
}
