/** Counts of one tensor's keys by one digit, kept small: there is one for each tensor of a model. */

/** Bins of which most are empty are kept as a list. */
const sparseShare = 6

export class Tally {
  /** Occupied bins, ascending; null where `counts` has all of them. */
  readonly #bins: Uint32Array | null
  readonly #counts: Uint8Array | Uint16Array | Uint32Array
  readonly length: number

  private constructor(length: number, bins: Uint32Array | null, counts: Uint8Array | Uint16Array | Uint32Array) {
    this.length = length
    this.#bins = bins
    this.#counts = counts
  }

  static empty(length: number): Tally {
    return new Tally(length, new Uint32Array(0), new Uint8Array(0))
  }

  /** Of a table with four counts for each bin. */
  static of(table: Uint32Array): Tally {
    const length = table.length / 4
    const bins: number[] = []
    const counts: number[] = []
    let most = 0
    for (let bin = 0, at = 0; bin < length; bin++, at += 4) {
      const count = table[at]! + table[at + 1]! + table[at + 2]! + table[at + 3]!
      if (count === 0) continue
      bins.push(bin)
      counts.push(count)
      if (count > most) most = count
    }
    const Narrow = most < 2 ** 8 ? Uint8Array : most < 2 ** 16 ? Uint16Array : Uint32Array
    if (bins.length * sparseShare <= length) return new Tally(length, Uint32Array.from(bins), Narrow.from(counts))
    const all = new Narrow(length)
    for (const [i, bin] of bins.entries()) all[bin] = counts[i]!
    return new Tally(length, null, all)
  }

  /** All of them together. */
  static total(tallies: readonly Tally[]): Float64Array {
    const total = new Float64Array(tallies[0]?.length ?? 0)
    for (const tally of tallies) {
      const counts = tally.#counts
      const bins = tally.#bins
      for (let i = 0; i < counts.length; i++) total[bins === null ? i : bins[i]!]! += counts[i]!
    }
    return total
  }

  at(bin: number): number {
    return this.sumBelow(bin + 1) - this.sumBelow(bin)
  }

  /** Over the bins before `end`. */
  sumBelow(end: number): number {
    let sum = 0
    for (let i = 0; i < this.#counts.length; i++) {
      if ((this.#bins === null ? i : this.#bins[i]!) >= end) break
      sum += this.#counts[i]!
    }
    return sum
  }
}
