/** ADWIN: the longest window without a change, in logarithmic memory. */
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

/** Buckets of 2^row values, the oldest first: their sums, and their sums of squares about their means. */
interface Row {
  readonly totals: number[]
  readonly variances: number[]
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
  #rows: Row[] = [{ totals: [], variances: [] }]
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
    checkRange('ADWIN', { clock, maxBuckets, minWindowLength }, 1, Number.POSITIVE_INFINITY)
    checkRange('ADWIN', { gracePeriod }, 0, Number.POSITIVE_INFINITY)
  }

  /** Mean of the window. */
  get estimation(): number {
    return this.width === 0 ? 0 : this.#total / this.width
  }

  /** Buckets that are kept now. */
  get buckets(): number {
    return this.#rows.reduce((sum, row) => sum + row.totals.length, 0)
  }

  protected start(): void {
    if (!this.#options.restarts && this.seen > 0) return
    this.#rows = [{ totals: [], variances: [] }]
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
    this.#rows[0]!.totals.push(value)
    this.#rows[0]!.variances.push(0)
    this.#compress()
  }

  /** Joins the two oldest buckets of a size that has too many. */
  #compress(): void {
    for (let k = 0; k < this.#rows.length; k++) {
      const { totals, variances } = this.#rows[k]!
      if (totals.length <= this.#options.maxBuckets) return
      if (k + 1 === this.#rows.length) this.#rows.push({ totals: [], variances: [] })
      const size = 2 ** k
      const [a, b] = totals.splice(0, 2) as [number, number]
      const [va, vb] = variances.splice(0, 2) as [number, number]
      const off = a / size - b / size
      this.#rows[k + 1]!.totals.push(a + b)
      this.#rows[k + 1]!.variances.push(va + vb + size * 0.5 * off * off)
    }
  }

  #drop(): void {
    const { totals, variances } = this.#rows.at(-1)!
    const size = 2 ** (this.#rows.length - 1)
    const total = totals.shift()!
    this.width -= size
    this.#total -= total
    const off = total / size - this.#total / this.width
    this.#variance -= variances.shift()! + (size * this.width * off * off) / (size + this.width)
    // A bucket of a smaller size may be the oldest now, and rows between may be empty.
    while (this.#rows.length > 1 && this.#rows.at(-1)!.totals.length === 0) this.#rows.pop()
  }

  /** Whether some cut between buckets tells a change, from the oldest on. */
  #hasCut(): boolean {
    const { minWindowLength, truncated, delta } = this.#options
    const log = Math.log((2 * Math.log(this.width)) / delta)
    const spread = this.#variance / this.width
    let [n0, u0] = [0, 0]
    let [n1, u1] = [this.width, this.#total]
    for (let k = this.#rows.length - 1; k >= 0; k--) {
      const { totals } = this.#rows[k]!
      const size = 2 ** k
      const last = truncated ? totals.length - 1 : totals.length
      for (let i = 0; i < last; i++) {
        n0 += size
        n1 -= size
        u0 += totals[i]!
        u1 -= totals[i]!
        if (n1 < minWindowLength || n1 < 1 || n0 < minWindowLength) continue
        const inverse = 1 / (n0 - minWindowLength + 1) + 1 / (n1 - minWindowLength + 1)
        const eps = Math.sqrt(2 * inverse * spread * log) + (2 / 3) * log * inverse
        if (Math.abs(u0 / n0 - u1 / n1) > eps) return true
      }
    }
    return false
  }

  protected sinceOnset(): number {
    return this.width
  }
}
