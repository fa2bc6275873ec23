/** ADWIN: the longest window without a change, in logarithmic memory. */
import { UsageError } from '../../core/index.js'
import { checkRange, DriftDetector, type DriftState } from './detector.js'

export interface ADWINOptions {
  /** Confidence: smaller sees fewer changes. Default 0.002. */
  delta?: number
  /** Looks for changes at every so many values. Default 32. */
  clock?: number
  /** Buckets of one size before two of them become one. Default 5. */
  maxBuckets?: number
  /** Shortest part of a window that is compared. Default 5. */
  minWindowLength?: number
  /** Windows up to this length are not looked at. Default 10. */
  gracePeriod?: number
  /** False (default: current river, MOA): every cut between buckets is tried. True: never that after the newest bucket of a size (older river, scikit-multiflow, frouros). */
  truncated?: boolean
  /** True (default, river): after a drift it starts anew. False (the paper, MOA): the newer part of the window stays. */
  restarts?: boolean
}

/** Buckets of 2^row values, the oldest first, in a ring of a power of two: their sums, and their sums of squares about their means. */
class Row {
  readonly #mask: number
  readonly #totals: Float64Array
  readonly #variances: Float64Array
  #first = 0
  count = 0

  constructor(most: number) {
    const room = 2 ** Math.ceil(Math.log2(most + 1))
    this.#mask = room - 1
    this.#totals = new Float64Array(room)
    this.#variances = new Float64Array(room)
  }

  total(i: number): number {
    return this.#totals[(this.#first + i) & this.#mask]!
  }

  variance(i: number): number {
    return this.#variances[(this.#first + i) & this.#mask]!
  }

  push(total: number, variance: number): void {
    const at = (this.#first + this.count++) & this.#mask
    this.#totals[at] = total
    this.#variances[at] = variance
  }

  drop(many: number): void {
    this.#first = (this.#first + many) & this.#mask
    this.count -= many
  }
}

/**
 * Adaptive windowing. The window is an exponential histogram of at most `maxBuckets` + 1 buckets for each power of two. A cut into n0 older and n1 newer
 * values tells a change where |mean0 - mean1| > sqrt(2 / m v log(2 log(n) / delta)) + 2 / (3 m) log(2 log(n) / delta), with v the window's variance
 * and 1 / m = 1 / (n0 - minWindowLength + 1) + 1 / (n1 - minWindowLength + 1); then the oldest bucket goes, until no cut tells one. The onset is
 * the oldest value that stays, which is coarse: buckets go one by one, and only until no cut tells a change.
 *
 * Source: Bifet & Gavalda (2007); as river has it.
 */
export class ADWIN extends DriftDetector {
  readonly name = 'adwin'
  readonly input = 'numbers'
  readonly #options: Required<ADWINOptions>
  /** Row k has buckets of 2^k values. */
  #rows: Row[]
  #total = 0
  #variance = 0
  /** How many values the window has. */
  width = 0
  #tick = 0

  constructor(options: ADWINOptions = {}) {
    super()
    this.#options = { delta: 0.002, clock: 32, maxBuckets: 5, minWindowLength: 5, gracePeriod: 10, truncated: false, restarts: true, ...options } // biome-ignore format: one line
    const { delta, clock, maxBuckets, minWindowLength, gracePeriod } = this.#options
    checkRange('ADWIN', { delta }, Number.MIN_VALUE, 1)
    checkRange('ADWIN', { minWindowLength }, 1, Number.POSITIVE_INFINITY)
    for (const [option, one, most] of [['clock', clock, Number.POSITIVE_INFINITY], ['maxBuckets', maxBuckets, 1e6]] as const) // biome-ignore format: one line
      if (!(one >= 1 && one <= most && (Number.isInteger(one) || one === most)))
        throw new UsageError(`ADWIN: ${option} = ${one}; expected a whole number from 1 ${most === 1e6 ? 'to 1000000' : 'on'}.`) // biome-ignore format: one line
    checkRange('ADWIN', { gracePeriod }, 0, Number.POSITIVE_INFINITY)
    this.#rows = [new Row(maxBuckets)]
  }

  /** Mean of the window. */
  get estimation(): number {
    return this.width === 0 ? 0 : this.#total / this.width
  }

  /** Buckets that are kept now. */
  get buckets(): number {
    return this.#rows.reduce((sum, row) => sum + row.count, 0)
  }

  protected start(): void {
    if (!this.#options.restarts && this.seen > 0) return
    this.#rows = [new Row(this.#options.maxBuckets)]
    this.#total = 0
    this.#variance = 0
    this.width = 0
    this.#tick = 0
  }

  override reset(): void {
    this.seen = 0
    super.reset()
  }

  protected step(value: number): DriftState {
    this.#insert(value)
    const { clock, gracePeriod } = this.#options
    this.#tick++
    if (this.#tick % clock !== 0 || this.width <= gracePeriod) return 'stable'
    let changed = false
    while (this.#hasCut()) {
      changed = true
      this.#drop()
    }
    return changed ? 'drift' : 'stable'
  }

  #insert(value: number): void {
    const before = this.width
    const off = before === 0 ? 0 : value - this.#total / before
    this.width++
    this.#variance += (before * off * off) / this.width
    this.#total += value
    this.#rows[0]!.push(value, 0)
    if (this.#rows[0]!.count > this.#options.maxBuckets) this.#compress()
  }

  /** Joins the two oldest buckets of a size that has too many. */
  #compress(): void {
    for (let k = 0; k < this.#rows.length; k++) {
      const row = this.#rows[k]!
      if (row.count <= this.#options.maxBuckets) return
      if (k + 1 === this.#rows.length) this.#rows.push(new Row(this.#options.maxBuckets))
      const size = 2 ** k
      const [a, b] = [row.total(0), row.total(1)]
      const off = a / size - b / size
      this.#rows[k + 1]!.push(a + b, row.variance(0) + row.variance(1) + size * 0.5 * off * off)
      row.drop(2)
    }
  }

  #drop(): void {
    const row = this.#rows.at(-1)!
    const size = 2 ** (this.#rows.length - 1)
    const total = row.total(0)
    this.width -= size
    this.#total -= total
    const off = total / size - this.#total / this.width
    this.#variance -= row.variance(0) + (size * this.width * off * off) / (size + this.width)
    row.drop(1)
    // A bucket of a smaller size may be the oldest now, and rows between may be empty.
    while (this.#rows.length > 1 && this.#rows.at(-1)!.count === 0) this.#rows.pop()
  }

  /** Whether some cut between buckets tells a change, from the oldest on. */
  #hasCut(): boolean {
    const { minWindowLength, truncated, delta } = this.#options
    const log = Math.log((2 * Math.log(this.width)) / delta)
    const spread = this.#variance / this.width
    let [n0, u0] = [0, 0]
    let [n1, u1] = [this.width, this.#total]
    for (let k = this.#rows.length - 1; k >= 0; k--) {
      const row = this.#rows[k]!
      const size = 2 ** k
      const last = truncated ? row.count - 1 : row.count
      for (let i = 0; i < last; i++) {
        const total = row.total(i)
        n0 += size
        n1 -= size
        u0 += total
        u1 -= total
        if (n1 < minWindowLength || n1 < 1 || n0 < minWindowLength) continue
        const inverse = 1 / (n0 - minWindowLength + 1) + 1 / (n1 - minWindowLength + 1)
        const gap = Math.abs(u0 / n0 - u1 / n1)
        const beyond = gap - (2 / 3) * log * inverse
        // Most cuts are far from the bound, and need no root.
        if (beyond <= 0 || beyond * beyond < 0.99 * (2 * inverse * spread * log)) continue
        if (gap > Math.sqrt(2 * inverse * spread * log) + (2 / 3) * log * inverse) return true
      }
    }
    return false
  }

  protected sinceOnset(): number {
    return this.width
  }
}
