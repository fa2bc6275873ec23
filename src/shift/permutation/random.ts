/** Random numbers one at a time from a seed, and draws of counts without replacement. */

import { lnGamma } from '../../distributions/index.js'
import { Generator } from '../../tensor/index.js'
import { uniforms } from '../draw.js'

const batch = 4096

/** Uniform numbers of [0, 1), the same for the same seed on every machine. */
export class Uniforms {
  readonly #generator: Generator
  #buffer: Float64Array = new Float64Array(0)
  #at = 0

  constructor(seed: number) {
    this.#generator = new Generator(seed)
  }

  next(): number {
    if (this.#at === this.#buffer.length) {
      this.#buffer = uniforms(batch, this.#generator)
      this.#at = 0
    }
    return this.#buffer[this.#at++]!
  }

  /** A standard normal number (Box & Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next())
  }

  /** A whole number from 0 to n - 1. */
  below(n: number): number {
    return Math.floor(this.next() * n)
  }

  /** Puts the elements in random order, each order equally likely (Fisher & Yates). */
  shuffle(x: Int32Array | Uint8Array | Float64Array): void {
    for (let i = x.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const kept = x[i]!
      x[i] = x[j]!
      x[j] = kept
    }
  }
}

/** Beyond this variance a count is drawn from the normal limit and rounded, which quantiles of a thousand draws cannot tell apart. */
const largeVariance = 400

/** Up to this many marked ones are asked one by one, which is quicker than a probability of the mode. */
const fewMarked = 16

/** How many of `marked` among `total` are in a random draw of `drawn`: hypergeometric; of more than a few by inversion outwards from the mode. */
export function hypergeometric(marked: number, total: number, drawn: number, uniforms: Uniforms): number {
  const low = Math.max(0, drawn - (total - marked))
  const high = Math.min(marked, drawn)
  if (low === high) return low
  if (marked <= fewMarked) {
    let taken = 0
    for (let i = 0; i < marked; i++) if (uniforms.next() * (total - i) < drawn - taken) taken++
    return taken
  }
  const share = marked / total
  const variance = drawn * share * (1 - share) * ((total - drawn) / (total - 1))
  if (variance > largeVariance)
    return Math.min(high, Math.max(low, Math.round(drawn * share + Math.sqrt(variance) * uniforms.normal())))
  const mode = Math.min(high, Math.max(low, Math.floor(((marked + 1) * (drawn + 1)) / (total + 2))))
  const ways = (n: number, k: number): number => lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1)
  const peak = Math.exp(ways(marked, mode) + ways(total - marked, drawn - mode) - ways(total, drawn))
  let left = uniforms.next() - peak
  if (left < 0) return mode
  let [below, above] = [mode, mode]
  let [pBelow, pAbove] = [peak, peak]
  while (below > low || above < high) {
    if (above < high) {
      pAbove *= ((marked - above) * (drawn - above)) / ((above + 1) * (total - marked - drawn + above + 1))
      above++
      left -= pAbove
      if (left < 0) return above
    }
    if (below > low) {
      pBelow *= (below * (total - marked - drawn + below)) / ((marked - below + 1) * (drawn - below + 1))
      below--
      left -= pBelow
      if (left < 0) return below
    }
    // Both tails are below what a uniform number can tell apart.
    if (pAbove + pBelow < 1e-18) break
  }
  return mode
}

/**
 * Splits pooled counts at random into two samples, the first of n: how often each bin is in the first, as when labels of all values are shuffled. `out`
 * gets the counts of the first.
 */
export function splitCounts(pooled: ArrayLike<number>, n: number, uniforms: Uniforms, out: Float64Array): void {
  let total = 0
  for (let i = 0; i < pooled.length; i++) total += pooled[i]!
  let open = n
  for (let i = 0; i < pooled.length; i++) {
    const taken = open === 0 ? 0 : hypergeometric(pooled[i]!, total, open, uniforms)
    out[i] = taken
    open -= taken
    total -= pooled[i]!
  }
}
