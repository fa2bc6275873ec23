/**
 * Inflates a deflate stream (RFC 1951) piece by piece: input is pushed, output is pulled, nothing beyond a window of 128 KiB is held.
 *
 * Why our own: the loop over a tensor is synchronous where the source is, which `DecompressionStream` cannot be, and that one neither says where the stream
 * ended (bytes behind it would pass) nor stops at the declared size. It is not in Node 20 before 20.12 either.
 */
import { zipError } from './fields.js'
import { type HuffmanTable, huffmanTable, shortBits } from './huffman.js'

const windowSize = 1 << 17
const history = 1 << 15
const longestMatch = 258
/** Enough input for any block header (at most 14 + 19 * 3 + 320 * 14 bits), and for any symbol with its extra bits (48). */
const headerBytes = 640
const symbolBytes = 8

const lengthBase = Uint16Array.from([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
])
const lengthExtra = Uint16Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
])
const distanceBase = Uint16Array.from([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
])
const distanceExtra = Uint16Array.from([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
])
const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

const fixedLiterals = huffmanTable(
  Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8)),
)!
const fixedDistances = huffmanTable(new Uint8Array(32).fill(5))!

export class Inflater {
  /** The last block has ended. */
  ended = false
  private input: Uint8Array = new Uint8Array(0)
  private at = 0
  private last = false
  private hold = 0
  private bits = 0
  /** Zero bytes that stand in `hold` for input that is not there; using one of their bits is an error. */
  private phantom = 0
  private readonly window = new Uint8Array(windowSize)
  /** `window[read, written)` waits to be pulled; what lies before `written` is history. */
  private read = 0
  private written = 0
  private block: 'none' | 'stored' | 'coded' = 'none'
  private finalBlock = false
  private storedLeft = 0
  private literals: HuffmanTable = fixedLiterals
  private distances: HuffmanTable = fixedDistances

  /** More input; `last` says that none follows. Input that was not used yet is kept. */
  push(input: Uint8Array, last: boolean): void {
    const left = this.input.subarray(this.at)
    if (left.length === 0) this.input = input
    else {
      const joined = new Uint8Array(left.length + input.length)
      joined.set(left)
      joined.set(input, left.length)
      this.input = joined
    }
    this.at = 0
    this.last = last
  }

  /** Fills `target` as far as the input allows; fewer bytes mean that input is wanted or the stream has ended. */
  pull(target: Uint8Array): number {
    let filled = 0
    for (;;) {
      const ready = Math.min(this.written - this.read, target.length - filled)
      target.set(this.window.subarray(this.read, this.read + ready), filled)
      this.read += ready
      filled += ready
      if (filled === target.length || this.ended) return filled
      this.slide()
      const before = this.written
      this.advance()
      if (this.written === before && !this.ended) return filled
    }
  }

  /** Whether output waits or may still come: false once everything was pulled and the last block has ended. */
  get finished(): boolean {
    return this.ended && this.read === this.written
  }

  /** Whole input bytes that were pushed and lie behind the end of the stream. */
  get unused(): number {
    return this.input.length - this.at + (this.bits >>> 3) - this.phantom
  }

  private slide(): void {
    if (this.written < windowSize - (1 << 16)) return
    this.window.copyWithin(0, this.written - history, this.written)
    this.read -= this.written - history
    this.written = history
  }

  /** Decodes until the window is full, input is wanted, or the stream has ended. */
  private advance(): void {
    for (;;) {
      if (this.block === 'stored') {
        if (!this.copyStored()) return
      } else if (this.block === 'coded') {
        if (!this.decodeSymbols()) return
      } else if (this.finalBlock) {
        this.ended = true
        return
      } else {
        if (this.short(headerBytes)) return
        this.startBlock()
      }
    }
  }

  private short(wanted: number): boolean {
    return !this.last && this.input.length - this.at < wanted
  }

  private startBlock(): void {
    this.finalBlock = this.take(1) === 1
    const kind = this.take(2)
    if (kind === 0) this.startStored()
    else if (kind === 1) {
      this.literals = fixedLiterals
      this.distances = fixedDistances
      this.block = 'coded'
    } else if (kind === 2) {
      this.readTables()
      this.block = 'coded'
    } else throw corrupt('it has a block of an unknown kind')
  }

  private startStored(): void {
    this.take(this.bits & 7)
    const length = this.take(16)
    if (this.take(16) !== (length ^ 0xffff)) throw corrupt('a stored block has an invalid length')
    this.storedLeft = length
    this.block = 'stored'
  }

  /** False when it must stop: input is wanted or the window is full. */
  private copyStored(): boolean {
    while (this.storedLeft > 0) {
      if (this.written === windowSize) return false
      if (this.bits >= 8) {
        this.window[this.written++] = this.take(8)
        this.storedLeft--
        continue
      }
      const ready = Math.min(this.storedLeft, this.input.length - this.at, windowSize - this.written)
      if (ready === 0) {
        if (this.last) throw truncated()
        return false
      }
      this.window.set(this.input.subarray(this.at, this.at + ready), this.written)
      this.at += ready
      this.written += ready
      this.storedLeft -= ready
    }
    this.block = 'none'
    return true
  }

  private readTables(): void {
    const literalCount = this.take(5) + 257
    const distanceCount = this.take(5) + 1
    const orderCount = this.take(4) + 4
    if (literalCount > 286 || distanceCount > 30) throw corrupt('a block has too many codes')
    const orderLengths = new Uint8Array(19)
    for (let index = 0; index < orderCount; index++) orderLengths[lengthOrder[index]!] = this.take(3)
    const order = huffmanTable(orderLengths)
    if (!order) throw corrupt('a block has invalid code lengths')
    const lengths = this.readLengths(order, literalCount + distanceCount)
    const literals = huffmanTable(lengths.subarray(0, literalCount))
    const distances = huffmanTable(lengths.subarray(literalCount))
    if (!literals || !distances || lengths[256] === 0) throw corrupt('a block has an invalid code')
    this.literals = literals
    this.distances = distances
  }

  private readLengths(order: HuffmanTable, count: number): Uint8Array {
    const lengths = new Uint8Array(count)
    let filled = 0
    while (filled < count) {
      const symbol = this.symbol(order)
      if (symbol < 16) {
        lengths[filled++] = symbol
        continue
      }
      if (symbol === 16 && filled === 0) throw corrupt('a block has an invalid repeat')
      const value = symbol === 16 ? lengths[filled - 1]! : 0
      const repeat = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7)
      if (filled + repeat > count) throw corrupt('a block has an invalid repeat')
      lengths.fill(value, filled, filled + repeat)
      filled += repeat
    }
    return lengths
  }

  /** False when it must stop: input is wanted or the window is full. */
  private decodeSymbols(): boolean {
    while (this.written <= windowSize - longestMatch) {
      this.decodeFast()
      if (this.short(symbolBytes)) return false
      if (this.written > windowSize - longestMatch) return false
      if (this.decodeSymbol()) return true
    }
    return false
  }

  /** One symbol with every check; true at the end of the block. */
  private decodeSymbol(): boolean {
    const symbol = this.symbol(this.literals)
    if (symbol < 256) {
      this.window[this.written++] = symbol
      return false
    }
    if (symbol === 256) {
      this.block = 'none'
      return true
    }
    if (symbol > 285) throw corrupt('it has an invalid length')
    const length = lengthBase[symbol - 257]! + this.take(lengthExtra[symbol - 257]!)
    const distanceSymbol = this.symbol(this.distances)
    if (distanceSymbol > 29) throw corrupt('it has an invalid distance')
    const distance = distanceBase[distanceSymbol]! + this.take(distanceExtra[distanceSymbol]!)
    if (distance > this.written) throw corrupt('a distance reaches before its beginning')
    copyMatch(this.window, this.written, length, distance)
    this.written += length
    return false
  }

  /**
   * The same with the state in local variables (several times as fast), while a symbol's 48 bits are surely there. It stops before anything unusual: the end
   * of the block and every fault are left to `decodeSymbol`.
   */
  private decodeFast(): void {
    const { window, input } = this
    const { entries: literals, short: shortLiterals } = this.literals
    const { entries: distances, short: shortDistances } = this.distances
    const literalMask = literals.length - 1
    const distanceMask = distances.length - 1
    const shortMask = (1 << shortBits) - 1
    const inputEnd = input.length - symbolBytes
    const windowEnd = windowSize - longestMatch
    let { hold, bits, at, written } = this
    while (at <= inputEnd && written <= windowEnd) {
      // Two bytes at a time keep `bits` between 16 and 31, which every code, and every run of extra bits, fits.
      if (bits < 16) {
        hold |= (input[at]! | (input[at + 1]! << 8)) << bits
        at += 2
        bits += 16
      }
      const entry = shortLiterals[hold & shortMask]! || literals[hold & literalMask]!
      const symbol = entry >>> 4
      if (symbol < 256) {
        if (entry === 0) break
        hold >>= entry & 15
        bits -= entry & 15
        window[written++] = symbol
        continue
      }
      if (symbol === 256 || symbol > 285) break
      const [holdBefore, bitsBefore, atBefore] = [hold, bits, at]
      hold >>= entry & 15
      bits -= entry & 15
      if (bits < 16) {
        hold |= (input[at]! | (input[at + 1]! << 8)) << bits
        at += 2
        bits += 16
      }
      const lengthBits = lengthExtra[symbol - 257]!
      const length = lengthBase[symbol - 257]! + (hold & ((1 << lengthBits) - 1))
      hold >>= lengthBits
      bits -= lengthBits
      if (bits < 16) {
        hold |= (input[at]! | (input[at + 1]! << 8)) << bits
        at += 2
        bits += 16
      }
      const distanceEntry = shortDistances[hold & shortMask]! || distances[hold & distanceMask]!
      const distanceSymbol = distanceEntry >>> 4
      hold >>= distanceEntry & 15
      bits -= distanceEntry & 15
      if (bits < 16) {
        hold |= (input[at]! | (input[at + 1]! << 8)) << bits
        at += 2
        bits += 16
      }
      const distanceBits = distanceSymbol < 30 ? distanceExtra[distanceSymbol]! : 0
      const distance =
        distanceSymbol < 30 ? distanceBase[distanceSymbol]! + (hold & ((1 << distanceBits) - 1)) : windowSize + 1
      hold >>= distanceBits
      bits -= distanceBits
      if (distanceEntry === 0 || distance > written) {
        hold = holdBefore
        bits = bitsBefore
        at = atBefore
        break
      }
      copyMatch(window, written, length, distance)
      written += length
    }
    this.hold = hold
    this.bits = bits
    this.at = at
    this.written = written
  }

  private symbol({ entries, bits }: HuffmanTable): number {
    this.need(bits)
    const entry = entries[this.hold & (entries.length - 1)]!
    if (entry === 0) throw corrupt('it has an invalid code')
    this.drop(entry & 15)
    return entry >>> 4
  }

  private take(count: number): number {
    this.need(count)
    const value = this.hold & ((1 << count) - 1)
    this.drop(count)
    return value
  }

  private need(count: number): void {
    while (this.bits < count) {
      if (this.at < this.input.length) this.hold |= this.input[this.at++]! << this.bits
      else this.phantom++
      this.bits += 8
    }
  }

  private drop(count: number): void {
    this.hold >>>= count
    this.bits -= count
    if (this.bits < this.phantom * 8) throw truncated()
  }
}

function copyMatch(window: Uint8Array, at: number, length: number, distance: number): void {
  const from = at - distance
  if (distance === 1) window.fill(window[from]!, at, at + length)
  else if (distance >= length && length > 32) window.copyWithin(at, from, from + length)
  else for (let index = 0; index < length; index++) window[at + index] = window[from + index]!
}

function corrupt(what: string): Error {
  return zipError('corrupt', `the deflate stream is corrupt: ${what}`)
}

function truncated(): Error {
  return zipError('truncated', 'the deflate stream is truncated (unexpected end of the compressed data)')
}
