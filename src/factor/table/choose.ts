/** How many components or clusters: as asked, or as the rules have it; the rules are told in any case. */
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

/** Looks at x [n, d]. Tensors belong to the scope that is open. */
export async function chooseK(
  x: Tensor,
  method: TableMethod,
  second: Second | null,
  { k, seed = 0 }: FactorTableOptions,
): Promise<Chosen> {
  const [n, d] = x.shape as [number, number]
  const spectrum = wholeSpectrum(x, method.centres)
  const stop = spectrum === null || method.finds === 'clusters' ? [] : rulesOf(x, spectrum, method.centres, seed)
  if (method.needs === 'target') {
    const classes = new Set(second as readonly string[]).size
    const most = Math.max(1, Math.min(classes - 1, d))
    return { k: k ?? most, why: `one less than the ${classes} classes, at most one for each column`, stop: [], suggestion: null, spectrum } // biome-ignore format: one line
  }
  if (method.finds === 'clusters') {
    const rules = await clusterRules(x, method, seed)
    const best = rules.find((one) => one.k !== null)
    const suggested = best === undefined ? null : { k: best.k!, why: best.why }
    return { k: k ?? suggested?.k ?? Math.min(plain, n), why: suggested?.why ?? 'no rule applies', stop: rules, suggestion: suggested, spectrum } // biome-ignore format: one line
  }
  if (method.findsRank === true)
    return { k: k ?? Math.min(n, d), why: 'the rank of the low-rank part', stop, suggestion: null, spectrum }
  const suggestion = suggestionOf(stop)
  const fallback = Math.min(plain, n, d)
  const chosen = Math.max(1, Math.min(n, d, suggestion?.k ?? fallback))
  return { k: k ?? chosen, why: suggestion?.why ?? 'no rule applies', stop, suggestion, spectrum }
}

function rulesOf(x: Tensor, { values }: Spectrum, centred: boolean, seed: number): StopRule[] {
  const [n, d] = x.shape as [number, number]
  // The last of a centred table without more rows than columns is rounding error.
  const sigma = centred && n <= d ? values.slice(0, n - 1) : values
  if (sigma.length === 0) return []
  const shares = [0.8, 0.9, 0.95, 0.99].map((share) => shareRule(sigma, share))
  const corner = [elbowRule(sigma), thresholdRule(sigma, n, d)]
  if (!centred) return [...shares, ...corner]
  const mean = x.mean({ axis: 0 })
  return [...shares, kaiserRule(sigma, d), brokenStickRule(sigma, d), parallelRule(x.sub(mean), sigma, seed), ...corner]
}

/** Parallel analysis, which simulations find the most reliable (Zwick & Velicer 1986); else nine tenths of the variance. */
function suggestionOf(stop: readonly StopRule[]): Chosen['suggestion'] {
  const parallel = stop.find(({ rule }) => rule === 'parallel analysis')
  if (parallel !== undefined && parallel.k !== null && parallel.k > 0)
    return { k: parallel.k, why: `parallel analysis keeps ${parallel.k}: ${parallel.why}` }
  const share = stop.find(({ rule }) => rule.startsWith('90 %'))
  return share === undefined || share.k === null ? null : { k: share.k, why: share.why }
}
