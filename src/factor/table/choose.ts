/** How many components or clusters: as asked, or as the rules have it; the rules are told in any case. */
import { UsageError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import type { Second } from '../estimator.js'
import type { Spectrum } from '../linear/spectrum.js'
import { clusterRules } from './clusterRules.js'
import type { TableMethod } from './makers.js'
import type { FactorTableOptions } from './options.js'
import { wholeSpectrum } from './spectrum.js'
import { brokenStickRule, elbowRule, kaiserRule, parallelRule, shareRule, thresholdRule } from './stop.js'
import type { StopRule } from './types.js'

export interface Chosen {
  readonly k: number
  readonly why: string
  readonly stop: readonly StopRule[]
  /** What the rules speak for. */
  readonly suggestion: { readonly k: number; readonly why: string } | null
  /** Of the prepared table, centred where the method centres; null where it is too large. */
  readonly spectrum: Spectrum | null
}

/** Components of a first look, where no rule applies. */
const plain = 2

/** Looks at x [n, d]. Tensors belong to the scope that is open. Throws UsageError for a share of the variance where the method does not go by it. */
export async function chooseK(
  x: Tensor,
  method: TableMethod,
  second: Second | null,
  options: FactorTableOptions,
): Promise<Chosen> {
  const { k } = options
  if (k === undefined || !(k > 0 && k < 1)) return byRules(x, method, second, options)
  const refuse = (why: string): never => {
    throw new UsageError(`factorTable: k ${k} is a share of the variance; ${why}; expected a whole number.`)
  }
  if (method.needs !== 'nothing' || method.finds === 'clusters' || method.findsRank === true)
    return refuse(`${method.title} does not go by it`)
  const { k: _, ...rest } = options
  const chosen = await byRules(x, method, second, rest)
  if (chosen.spectrum === null) return refuse('the table has too many columns for all singular values')
  const { k: fewest, why } = shareRule(chosen.spectrum.values, k)
  return { ...chosen, k: Math.max(1, fewest ?? 1), why: `${why}; ${100 * k} % were asked for` }
}

async function byRules(
  x: Tensor,
  method: TableMethod,
  second: Second | null,
  { k, seed = 0, options = {} }: FactorTableOptions,
): Promise<Chosen> {
  const [n, d] = x.shape as [number, number]
  if (method.needs === 'second') return chooseOfTwo(x, second as Tensor, method, k, seed, options)
  const spectrum = wholeSpectrum(x, method.centres)
  const stop = spectrum === null || method.finds === 'clusters' ? [] : rulesOf(x, spectrum, method.centres, seed)
  if (method.needs === 'target') {
    const classes = new Set(second as readonly string[]).size
    const most = Math.max(1, Math.min(classes - 1, d))
    return { k: k ?? most, why: `one less than the ${classes} classes, at most one for each column`, stop: [], suggestion: null, spectrum } // biome-ignore format: one line
  }
  if (method.finds === 'clusters') {
    const { rules, suggestion, k: best } = clusterRules(x, method.byDirection === true, seed)
    const shown = best ?? Math.min(plain, n)
    // One cluster is nothing to look at: where there are none, what comes nearest is shown.
    const isNone = suggestion?.k === 1
    const why = suggestion === null ? 'no rule applies' : isNone ? `${suggestion.why}; shown is what has the largest silhouette` : suggestion.why // biome-ignore format: one line
    return { k: k ?? (isNone ? shown : (suggestion?.k ?? shown)), why, stop: rules, suggestion, spectrum }
  }
  if (method.findsRank === true)
    return { k: k ?? Math.min(n, d), why: 'the rank of the low-rank part', stop, suggestion: null, spectrum }
  const suggestion = suggestionOf(stop)
  const fallback = Math.min(plain, n, d)
  const chosen = Math.max(1, Math.min(n, d, suggestion?.k ?? fallback))
  return { k: k ?? chosen, why: suggestion?.why ?? 'no rule applies', stop, suggestion, spectrum }
}

/** Of two tables: by Bartlett's test for pairs, by the rules on both side by side for shared components. */
async function chooseOfTwo(
  x: Tensor,
  y: Tensor,
  method: TableMethod,
  asked: number | undefined,
  seed: number,
  options: Readonly<Record<string, unknown>>,
): Promise<Chosen> {
  const { bartlettRule, balanced } = await import('./two.js')
  if (method.pairs) {
    const rule = bartlettRule(x, y, options)
    const k = rule.k === null ? 1 : Math.max(1, rule.k)
    const why = `${rule.rule}: ${rule.why}`
    return { k: asked ?? k, why, stop: [rule], suggestion: rule.k === null || rule.k === 0 ? null : { k, why }, spectrum: null } // biome-ignore format: one line
  }
  const both = balanced(x, y)
  const spectrum = wholeSpectrum(both, true)
  const stop = spectrum === null ? [] : rulesOf(both, spectrum, true, seed)
  const suggestion = suggestionOf(stop)
  const most = Math.min(...both.shape)
  return { k: asked ?? Math.max(1, Math.min(most, suggestion?.k ?? plain)), why: suggestion?.why ?? 'no rule applies', stop, suggestion, spectrum: null } // biome-ignore format: one line
}

function rulesOf(x: Tensor, { values }: Spectrum, centred: boolean, seed: number): StopRule[] {
  const [n, d] = x.shape as [number, number]
  // The last of a centred table without more rows than columns is rounding error.
  const sigma = centred && n <= d ? values.slice(0, n - 1) : values
  if (sigma.length === 0) return []
  const shares = [0.8, 0.9, 0.95, 0.99].map((share) => shareRule(sigma, share))
  const corner = [elbowRule(sigma), thresholdRule(sigma, n, d)]
  const mean = x.mean({ axis: 0 })
  if (!centred) return [...shares, ...corner, parallelBesideMean(x, mean, seed)]
  return [...shares, kaiserRule(sigma, d), brokenStickRule(sigma, d), parallelRule(x.sub(mean), sigma, seed), ...corner]
}

/**
 * Parallel analysis of the centred table; one more for the mean, where that is not zero: X of rank r + 1 has rank r about its mean, or r + 1. The first
 * of a table that is not centred is little more than its mean and holds most of the sum of squares, so that shares say nothing.
 */
function parallelBesideMean(x: Tensor, mean: Tensor, seed: number): StopRule {
  const [n, d] = x.shape as [number, number]
  const own = wholeSpectrum(x, true)
  if (own === null) return { rule: 'parallel analysis', k: null, why: 'it needs two rows' }
  const found = parallelRule(x.sub(mean), own.values, seed)
  const isCentred = mean.norm().item() * Math.sqrt(n) <= 1e-9 * x.norm().item()
  if (found.k === null || isCentred) return found
  return { ...found, k: Math.min(n, d, found.k + 1), why: `one for the mean, and of the centred table ${found.k}: ${found.why}` } // biome-ignore format: one line
}

/** Parallel analysis, which simulations find the most reliable (Zwick & Velicer 1986); else nine tenths of the variance. */
function suggestionOf(stop: readonly StopRule[]): Chosen['suggestion'] {
  const parallel = stop.find(({ rule }) => rule === 'parallel analysis')
  if (parallel !== undefined && parallel.k !== null && parallel.k > 0)
    return { k: parallel.k, why: `parallel analysis keeps ${parallel.k}: ${parallel.why}` }
  const share = stop.find(({ rule }) => rule.startsWith('90 %'))
  return share === undefined || share.k === null ? null : { k: share.k, why: share.why }
}
