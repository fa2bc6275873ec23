/** The population stability index of a column over bins that its reference lays down, and what it reaches without shift. */
import { Uniforms } from '../permutation/random.js'
import { countSorted, opened, quantileEdges, widthEdges } from './bins.js'
import { psi } from './divergence.js'
import type { Settings } from './options.js'
import { placeOf } from './sample.js'
import { permutedThreshold, psiThreshold } from './thresholds.js'

export interface Stability {
  readonly value: number | null
  /** 95 % quantile for two samples of one population of these sizes. */
  readonly threshold: number | null
}

/** Values up to which a threshold is by permuting values, with edges laid anew each time; of more, counts are permuted. */
const mostPermuted = 5000

/** Ascending numbers that are finite. */
function finite(x: Float64Array): Float64Array {
  return x.subarray(placeOf(x, -Infinity, true), placeOf(x, Infinity))
}

/** Edges that a reference lays down, outer ones open; null where it has too few distinct values. */
function edgesOf(kind: 'quantile' | 'width', reference: Float64Array, bins: number): number[] | null {
  const x = finite(reference)
  if (x.length === 0 || x[0] === x[x.length - 1]) return null
  return opened(kind === 'quantile' ? quantileEdges(x, bins) : widthEdges(x[0]!, x[x.length - 1]!, bins))
}

/**
 * PSI of ascending numbers over quantile bins or bins of equal width of the reference; null where the reference is constant. The threshold is by the chi-squared
 * limit where every bin is well filled, else by permutation.
 */
export function stabilityOf(
  kind: 'quantile' | 'width',
  reference: Float64Array,
  current: Float64Array,
  { bins, floor, permutations, seed }: Settings,
): Stability {
  const edges = edgesOf(kind, reference, bins)
  if (!edges) return { value: null, threshold: null }
  const [a, b] = [countSorted(reference, edges), countSorted(current, edges)]
  const statistic = (p: ArrayLike<number>, q: ArrayLike<number>): number => psi(p, q, { floor })
  const value = statistic(a, b)
  if (isFine(a, b, floor)) return { value, threshold: psiThreshold(reference.length, current.length, a.length) }
  if (reference.length + current.length > mostPermuted)
    return { value, threshold: permutedThreshold(a, b, [statistic], { draws: permutations, seed })[0]! }
  const drawn = permutedSamples(reference, current, permutations, seed, (x, y) => {
    const own = edgesOf(kind, x, bins)
    return own ? statistic(countSorted(x, own), countSorted(y, own)) : 0
  })
  return { value, threshold: drawn.sort()[Math.min(permutations - 1, Math.ceil(0.95 * (permutations + 1)) - 1)]! }
}

/** A statistic of ascending samples for random splits of all values. */
function permutedSamples(
  reference: Float64Array,
  current: Float64Array,
  permutations: number,
  seed: number,
  statistic: (x: Float64Array, y: Float64Array) => number,
): Float64Array {
  const pooled = new Float64Array(reference.length + current.length)
  pooled.set(reference)
  pooled.set(current, reference.length)
  pooled.sort()
  const [x, y] = [new Float64Array(reference.length), new Float64Array(current.length)]
  const uniforms = new Uniforms(seed)
  return Float64Array.from({ length: permutations }, () => {
    // Each value is taken into the first with the share of those still open: all splits are equally likely, and both stay sorted.
    let open = x.length
    for (let i = 0; i < pooled.length; i++) {
      if (uniforms.next() * (pooled.length - i) < open) x[x.length - open--] = pooled[i]!
      else y[i - (x.length - open)] = pooled[i]!
    }
    return statistic(x, y)
  })
}

/** Whether every bin is filled well enough for the limit: 10 expected in both samples, and the floor out of reach. */
export function isFine(a: readonly number[], b: readonly number[], floor: number): boolean {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
  const [n, m] = [sum(a), sum(b)]
  return a.every((count, i) => {
    const share = (count + b[i]!) / (n + m)
    return share * Math.min(n, m) >= 10 && share >= 2 * floor
  })
}
