/** One column of numbers (or of times, or of lengths) in two tables. */

import type { PermutationOptions } from '../permutation/labels.js'
import type { ColumnHistogram, ColumnShift } from '../types.js'
import { countSorted, distinctOf, opened, sturges, widthEdges } from './bins.js'
import { hellinger, jensenShannon } from './divergence.js'
import { ksOf } from './ks.js'
import { type Merged, merged } from './merge.js'
import type { Settings } from './options.js'
import { fewestBlocks, ksInOrder, type OrderedResult } from './ordered.js'
import { finitePart, type Sorted, sortedView, type Values, withSorted } from './sample.js'
import { isFine, stabilityOf } from './stability.js'
import { jensenShannonThreshold, ksThreshold, permutedThreshold } from './thresholds.js'

/** The parts of a column's report that its values give. */
export type Measured = Pick<
  ColumnShift,
  | 'ks'
  | 'chi2'
  | 'wasserstein'
  | 'psi'
  | 'psiEqualWidth'
  | 'js'
  | 'hellinger'
  | 'p'
  | 'effect'
  | 'effectName'
  | 'thresholds'
  | 'histogram'
> & { readonly notes: readonly string[] }

/** Nothing could be measured. */
export const unmeasured: Measured = {
  ks: null,
  chi2: null,
  wasserstein: null,
  psi: null,
  psiEqualWidth: null,
  js: null,
  hellinger: null,
  p: null,
  effect: null,
  effectName: null,
  thresholds: { psi: null, js: null, effect: null },
  histogram: null,
  notes: [],
}

export const ksEffect = 'Kolmogorov-Smirnov distance'

/** Values of the reference that few are shown one by one rather than in ranges. */
export const fewDistinct = 20

/** Compares numbers; NaN is left out and told. */
export function compareNumbers(reference: Values, current: Values, settings: Settings): Measured {
  return withSorted(reference, current, (a, b) => {
    const notes = [told('reference', a), told('current table', b)].filter((note) => note !== null)
    if (a.count === 0 || b.count === 0) return { ...unmeasured, notes }
    const figures = merged(a, b)
    const ks = ksOf(figures)
    const ordered = settings.timeOrder ? ordinaryOrder(reference, current, settings) : null
    if (ordered) notes.push(blocksNote(ordered, a.count + b.count))
    const [finiteA, finiteB] = [finitePart(a), finitePart(b)]
    const areFinite = finiteA === a && finiteB === b
    const canMeasure = finiteA.count > 0 && finiteB.count > 0
    const wasserstein = areFinite ? figures.area : canMeasure ? merged(finiteA, finiteB).area : null
    if (!areFinite)
      notes.push('infinite values count in ranks and outer bins, and are left out of the Wasserstein distance')
    const [x, y] = [sortedView(a), sortedView(b)]
    const byQuantile = stabilityOf('quantile', x, y, settings)
    const byWidth = stabilityOf('width', x, y, settings)
    if (byWidth.value === null) notes.push('constant in the reference: no bins for the stability index')
    const shape = shapeOf(x, y, finiteA, finiteB)
    return {
      ...unmeasured,
      ks: { statistic: ks.statistic, p: ks.p },
      wasserstein,
      psi: byQuantile.value,
      psiEqualWidth: byWidth.value,
      js: shape ? jensenShannon(shape.reference, shape.current) : null,
      hellinger: shape ? hellinger(shape.reference, shape.current) : null,
      p: ordered?.p ?? ks.p,
      effect: ks.statistic,
      effectName: ksEffect,
      thresholds: {
        psi: byQuantile.threshold,
        js: shape ? shapeThreshold(shape, settings) : null,
        effect: ordered?.threshold ?? ksThreshold(a.count, b.count),
      },
      histogram: shape ? histogramOf(shape) : null,
      notes: [...notes, ...tiesNote(figures)],
    }
  })
}

function ordinaryOrder(reference: Values, current: Values, settings: Settings): OrderedResult {
  const known = (values: Values): Float64Array => Float64Array.from(values).filter((value) => !Number.isNaN(value))
  return ksInOrder(known(reference), known(current), orderOptions(settings))
}

/** How blocks are permuted. */
export function orderOptions({ permutations, seed, blockLength }: Settings): PermutationOptions {
  return { permutations, seed, ...(blockLength === null ? {} : { blockLength }) }
}

/** What is said of a p-value by blocks. */
export function blocksNote({ blockLength }: OrderedResult, rows: number): string {
  const blocks = Math.ceil(rows / blockLength)
  const few = blocks < fewestBlocks ? ', too few to tell a shift from slow change' : ''
  return `the deciding p-value permutes ${blocks} blocks of ${blockLength} rows${few}`
}

export function told(where: string, sample: Pick<Sorted, 'nan'>): string | null {
  return sample.nan > 0 ? `${sample.nan} values of the ${where} are NaN and left out` : null
}

/** Ties make the p-value of the Kolmogorov-Smirnov test too large. */
export function tiesNote({ n, m, distinct }: Pick<Merged, 'n' | 'm' | 'distinct'>): string[] {
  return distinct < 10 && n + m > 20 ? [`${distinct} distinct values: the p-value errs to the safe side`] : []
}

function rangeOf(sample: Sorted): [number, number] {
  const x = sortedView(sample)
  return [x[0]!, x[x.length - 1]!]
}

export interface Shape {
  readonly edges: readonly number[] | null
  readonly values: readonly number[] | null
  readonly reference: readonly number[]
  readonly current: readonly number[]
}

/**
 * Bins that both samples are seen in: the values themselves where the reference has at most 20 of them, else Sturges's number of bins of one width over
 * both; infinite values in the outer ones.
 */
function shapeOf(x: Float64Array, y: Float64Array, finiteA: Sorted, finiteB: Sorted): Shape | null {
  const own = distinctOf(x, fewDistinct)
  const other = own && distinctOf(y, 50 * fewDistinct)
  if (own && other) {
    const values = [...new Set([...own, ...other])].sort((p, q) => p - q)
    // A value is the bin that begins at it, and Infinity closes the last.
    const edges = [...values, Infinity]
    return { edges: null, values, reference: countSorted(x, edges), current: countSorted(y, edges) }
  }
  if (finiteA.count === 0 || finiteB.count === 0) return null
  const [low, high] = [rangeOf(finiteA), rangeOf(finiteB)].reduce(([a, b], [c, d]) => [Math.min(a, c), Math.max(b, d)])
  const edges = widthEdges(low, high, sturges(finiteA.count + finiteB.count))
  const open = opened(edges)
  return { edges, values: null, reference: countSorted(x, open), current: countSorted(y, open) }
}

export function shapeThreshold({ reference, current }: Shape, { permutations, seed }: Settings): number {
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
  if (isFine(reference, current, 0)) return jensenShannonThreshold(sum(reference), sum(current), reference.length)
  return permutedThreshold(reference, current, [jensenShannon], { draws: permutations, seed })[0]!
}

export function histogramOf({ edges, values, reference, current }: Shape): ColumnHistogram {
  const share = (counts: readonly number[]): number[] => {
    const total = counts.reduce((sum, count) => sum + count, 0)
    return counts.map((count) => count / total)
  }
  return {
    edges,
    categories: values ? values.map(String) : null,
    reference: share(reference),
    current: share(current),
  }
}
