/** How many clusters: what the criteria of `suggestK` say of each number from 2 to 10. */
import type { Tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { type KFigures, suggestK } from '../clusters/suggest.js'
import type { StopRule } from './types.js'

/** Rows that are looked at, and tables without clusters that they are held against. */
const sample = 1000
const references = 5

export interface ClusterRules {
  readonly rules: readonly StopRule[]
  /** 1 where no clusters are found; null where there are too few rows to ask. */
  readonly suggestion: { readonly k: number; readonly why: string } | null
  /** Of the largest silhouette: what is shown where no clusters are found. */
  readonly k: number | null
}

const titles = {
  silhouette: 'silhouette',
  gap: 'gap statistic',
  calinskiHarabasz: 'Calinski-Harabasz',
  daviesBouldin: 'Davies-Bouldin',
  elbow: 'elbow of the inertia',
} as const

const show = (value: number): string => String(Number(value.toPrecision(3)))

/** `directions`: rows are compared by their directions, as spherical k-means does. */
export function clusterRules(x: Tensor, directions: boolean, seed: number): ClusterRules {
  if (x.shape[0]! < 4) return { rules: [{ rule: titles.silhouette, k: null, why: 'there are too few rows' }], suggestion: null, k: null } // biome-ignore format: one line
  const found = tidy(() => suggestK(directions ? unit(x) : x, { seed, sample, references }))
  const of = found.isSampled ? `, of ${found.rows} rows by chance` : ''
  const rules = Object.entries(titles).map(([key, rule]): StopRule => {
    const k = found.votes[key as keyof typeof titles]
    return { rule, k, why: `${reasonOf(key as keyof typeof titles, found.figures)}${of}` }
  })
  return { rules, suggestion: { k: found.k, why: found.why }, k: found.votes.silhouette }
}

/** Rows of length 1; zeros stay. */
function unit(x: Tensor): Tensor {
  const lengths = x.norm({ axis: 1, keepDims: true })
  return x.div(lengths.add(lengths.eq(0).to(x.dtype)))
}

function reasonOf(key: keyof typeof titles, figures: readonly KFigures[]): string {
  const list = (of: (one: KFigures) => number | null): string =>
    figures
      .filter((one) => of(one) !== null)
      .map((one) => `${one.k}: ${show(of(one)!)}`)
      .join(', ')
  if (key === 'silhouette') return `the largest of the mean silhouettes ${list((one) => one.silhouette)}`
  if (key === 'gap') return `the first within its error of the next: ${list((one) => one.gap)}`
  if (key === 'calinskiHarabasz') return `the largest of ${list((one) => one.calinskiHarabasz)}`
  if (key === 'daviesBouldin') return `the least of ${list((one) => one.daviesBouldin)}`
  return `where the inertia is farthest below the line between its ends: ${list((one) => one.inertia)}`
}
