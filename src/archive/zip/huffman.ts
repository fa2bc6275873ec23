/** Deflate's Huffman codes (RFC 1951, section 3.2) as direct look-up tables. */

/** `entries[next bits]` is `symbol << 4 | length`, 0 where no code begins with these bits. */
export interface HuffmanTable {
  readonly entries: Uint16Array
  readonly bits: number
  /** The same for codes of at most `shortBits`, small enough for the nearest cache; 0 for longer ones too. */
  readonly short: Uint16Array
}

export const shortBits = 10

/**
 * Builds the table of a set of code lengths; null when the lengths are no prefix code. As in zlib, a code that leaves bit patterns unused is accepted only
 * when it has at most one symbol (distances of a block that needs none, or one).
 */
export function huffmanTable(lengths: Uint8Array): HuffmanTable | null {
  const count = new Uint16Array(16)
  for (const length of lengths) count[length]!++
  count[0] = 0
  let bits = 15
  while (bits > 1 && count[bits] === 0) bits--
  const next = new Uint16Array(16)
  let code = 0
  let free = 1
  let symbols = 0
  for (let length = 1; length <= 15; length++) {
    code = (code + count[length - 1]!) << 1
    next[length] = code
    free = free * 2 - count[length]!
    if (free < 0) return null
    symbols += count[length]!
  }
  if (free > 0 && symbols > 1) return null
  const entries = new Uint16Array(1 << bits)
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!
    if (length === 0) continue
    const reversed = reverse(next[length]!++, length)
    for (let at = reversed; at < entries.length; at += 1 << length) entries[at] = (symbol << 4) | length
  }
  const short = new Uint16Array(1 << shortBits)
  for (let at = 0; at < short.length; at++) {
    const entry = entries[at & (entries.length - 1)]!
    if ((entry & 15) <= shortBits) short[at] = entry
  }
  return { entries, bits, short }
}

/** Codes are sent from their highest bit, the stream is read from the lowest. */
function reverse(code: number, length: number): number {
  let reversed = 0
  for (let bit = 0; bit < length; bit++) reversed |= ((code >>> bit) & 1) << (length - 1 - bit)
  return reversed
}
