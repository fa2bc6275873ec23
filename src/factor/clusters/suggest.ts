/** How many clusters: figures for each k, what each of them says, and a suggestion with its reasons. */
import { UsageError } from '../../core/index.js'
import { svd } from '../../linalg/index.js'
import {
  add,
  Generator,
  indexSelect,
  matmul,
  mean,
  mul,
  rand,
  sub,
  type Tensor,
  tensor,
  to,
} from '../../tensor/index.js'
import { checkOptions, empty, tidy, view } from '../../tensor/internal.js'
import { wholeOption } from '../input.js'
import { uniforms } from '../random.js'
import { finiteRows } from '../samples.js'
import { KMeans } from './kmeans.js'
import { calinskiHarabasz, daviesBouldin, silhouette } from './silhouette.js'
import { differentRows } from './start.js'

export interface SuggestKOptions {
  /** Numbers of clusters to compare: 2 to 10 by default, as far as there are rows. 1 is always looked at by the gap statistic. */
  ks?: readonly number[]
  /** Tables without clusters that the gap statistic compares with (10). */
  references?: number
  /** More rows than this are sampled (2,000). */
  sample?: number
  seed?: number
}

/** Figures of one k; what is not defined for it is null. */
export interface KFigures {
  readonly k: number
  readonly inertia: number
  readonly silhouette: number | null
  readonly calinskiHarabasz: number | null
  readonly daviesBouldin: number | null
  readonly gap: number
  /** Standard error of the gap, with that of the simulation. */
  readonly gapError: number
}

export interface SuggestedK {
  /** 1: no clusters. */
  readonly k: number
  readonly hasClusters: boolean
  readonly why: string
  readonly figures: readonly KFigures[]
  /** What each criterion says by itself. */
  readonly votes: Readonly<Record<'silhouette' | 'gap' | 'calinskiHarabasz' | 'daviesBouldin' | 'elbow', number | null>>
  /** Rows that were looked at. */
  readonly rows: number
  readonly isSampled: boolean
}

/** Inertia of k-means for each k, where the bend of the curve is looked for. */
export function inertiaCurve(
  x: Tensor,
  ks: readonly number[],
  options: { seed?: number; starts?: number } = {},
): { k: number; inertia: number }[] {
  // biome-ignore format: one line
  return ks.map((k) => ({ k, inertia: fitted(x, k, options).inertia }))
}

function fitted(
  x: Tensor,
  k: number,
  options: { seed?: number; starts?: number },
): { inertia: number; labels: Int32Array } {
  // biome-ignore format: one line
  const model = new KMeans({ k, ...options }).fit(x)
  const { inertia, labels } = model
  model.dispose()
  return { inertia, labels }
}

/** Below this mean silhouette, structure is weak or may be artificial (Kaufman & Rousseeuw 1990). */
const weak = 0.25
/** From here on it is reasonable. */
const reasonable = 0.5

/**
 * Suggests a number of clusters of rows x [n, d] for k-means. Criteria: largest mean silhouette (Rousseeuw 1987), largest Calinski-Harabasz and least
 * Davies-Bouldin figure, the gap statistic (Tibshirani, Walther & Hastie 2001: the first k whose gap is within a standard error of the next; references
 * uniform in a box along the principal axes), and the bend of the inertia curve, farthest below its chord.
 *
 * There are no clusters (k = 1) where the gap statistic finds none and the best silhouette is below 0.5, or where that is below 0.25; else k is what most
 * criteria say, of equally many what the silhouette says, else the least. It is a suggestion: what the clusters are for may ask for another.
 *
 * @example
 * const { k, why } = suggestK(x, { ks: [2, 3, 4, 5] })
 */
export function suggestK(x: Tensor, options: SuggestKOptions = {}): SuggestedK {
  const op = 'suggestK'
  checkOptions(op, options, ['ks', 'references', 'sample', 'seed'])
  const { references = 10, sample = 2000, seed = 0 } = options
  wholeOption(op, 'references', references, 2)
  wholeOption(op, 'sample', sample, 3)
  return tidy(() => {
    const all = to(finiteRows(op, x, { least: 3 }), 'f64')
    const isSampled = all.shape[0]! > sample
    const rows = isSampled ? sampled(all, sample, seed) : all
    const n = rows.shape[0]!
    const ks = chosenKs(op, options.ks, n)
    const gaps = gapsOf(rows, ks, references, seed)
    const figures = ks.map((k, at) => figuresOf(rows, k, gaps[at]!))
    return {
      ...judged(
        figures.filter(({ k }) => k > 1),
        firstGap(figures),
      ),
      figures,
      rows: n,
      isSampled,
    }
  })
}

function sampled(x: Tensor, count: number, seed: number): Tensor {
  const places = differentRows(x.shape[0]!, count, uniforms(seed)).sort((a, b) => a - b)
  return indexSelect(x, tensor(Int32Array.from(places)), 0)
}

/** 1 and those asked for, ascending. */
function chosenKs(op: string, ks: readonly number[] | undefined, n: number): number[] {
  const wanted = ks ?? Array.from({ length: Math.min(9, n - 2) }, (_, i) => i + 2)
  for (const k of wanted) wholeOption(op, 'one of ks', k, 1)
  const known = [...new Set([1, ...wanted])].sort((a, b) => a - b)
  if (known.length < 2 || known.at(-1)! >= n)
    throw new UsageError(`${op}: ks ${wanted.join(', ')} for ${n} rows; expected numbers from 2 to ${n - 1}.`)
  return known
}

interface Gap {
  readonly gap: number
  readonly gapError: number
  readonly inertia: number
  readonly labels: Int32Array
}

/** log of the inertia of references less that of the rows. */
function gapsOf(x: Tensor, ks: readonly number[], references: number, seed: number): Gap[] {
  const generator = new Generator(seed)
  const logs = ks.map((): number[] => [])
  const draw = referencesOf(x, generator)
  for (let b = 0; b < references; b++)
    tidy(() => {
      const reference = draw()
      for (const [at, k] of ks.entries()) logs[at]!.push(Math.log(fitted(reference, k, { seed, starts: 3 }).inertia))
    })
  return ks.map((k, at) => {
    const { inertia, labels } = fitted(x, k, { seed, starts: 10 })
    const average = logs[at]!.reduce((sum, one) => sum + one, 0) / references
    const spread = Math.sqrt(logs[at]!.reduce((sum, one) => sum + (one - average) ** 2, 0) / references)
    // Rows without any spread have no logarithm: any reference is as good.
    const gap = inertia === 0 ? 0 : average - Math.log(inertia)
    return {
      gap: Number.isFinite(gap) ? gap : 0,
      gapError: spread * Math.sqrt(1 + 1 / references) || 0,
      inertia,
      labels,
    }
  })
}

/** Draws tables of the same shape, uniform in the box of the rows along their principal axes. */
function referencesOf(x: Tensor, generator: Generator): () => Tensor {
  const n = x.shape[0]!
  const centre = mean(x, { axis: 0, keepDims: true })
  const { Vh } = svd(sub(x, centre))
  const scores = matmul(sub(x, centre), Vh.transpose())
  const rank = Vh.shape[0]!
  const [low, width] = [empty('f64', [1, rank]), empty('f64', [1, rank])]
  const [values, from, span] = [view(scores.contiguous()), view(low), view(width)]
  for (let c = 0; c < rank; c++) {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let i = 0; i < n; i++) {
      least = Math.min(least, values[i * rank + c]!)
      most = Math.max(most, values[i * rank + c]!)
    }
    from[c] = least
    span[c] = most - least
  }
  return () => matmul(add(mul(rand([n, rank], { dtype: 'f64', generator }), width), low), Vh)
}

function figuresOf(x: Tensor, k: number, { gap, gapError, inertia, labels }: Gap): KFigures {
  const plain = { k, inertia, gap, gapError }
  const found = new Set(labels).size
  if (found < 2 || found >= labels.length)
    return { ...plain, silhouette: null, calinskiHarabasz: null, daviesBouldin: null }
  return {
    ...plain,
    silhouette: silhouette(x, labels).mean,
    calinskiHarabasz: calinskiHarabasz(x, labels),
    daviesBouldin: daviesBouldin(x, labels),
  }
}

/** The first k whose gap is at least the next one less its error; the last where there is none. */
function firstGap(figures: readonly KFigures[]): number {
  const at = figures.findIndex((one, i) => {
    const next = figures[i + 1]
    return next === undefined || one.gap >= next.gap - next.gapError
  })
  return figures[at]!.k
}

function judged(figures: readonly KFigures[], gap: number): Pick<SuggestedK, 'k' | 'hasClusters' | 'why' | 'votes'> {
  const votes = {
    silhouette: bestBy(figures, (one) => one.silhouette),
    gap,
    calinskiHarabasz: bestBy(figures, (one) => one.calinskiHarabasz),
    daviesBouldin: bestBy(figures, (one) => (one.daviesBouldin === null ? null : -one.daviesBouldin)),
    elbow: elbowOf(figures),
  }
  const best = figures.find((one) => one.k === votes.silhouette)?.silhouette ?? null
  const shown = best === null ? 'no silhouette is defined' : `the best mean silhouette is ${best.toFixed(2)}`
  if (best === null || best < weak || (gap === 1 && best < reasonable)) {
    const found = gap === 1 ? 'the gap statistic finds no clusters' : `the gap statistic says ${gap}`
    return { k: 1, hasClusters: false, votes, why: `no clusters: ${shown}, and ${found}` }
  }
  const counts = new Map<number, number>()
  for (const vote of Object.values(votes)) if (vote !== null && vote > 1) counts.set(vote, (counts.get(vote) ?? 0) + 1)
  const most = Math.max(...counts.values())
  const tied = [...counts].filter(([, count]) => count === most).map(([k]) => k)
  const k = tied.includes(votes.silhouette!) ? votes.silhouette! : Math.min(...tied)
  const names = Object.entries(votes)
    .filter(([, vote]) => vote === k)
    .map(([name]) => name)
  const others = Object.entries(votes).filter(([, vote]) => vote !== null && vote !== k)
  const differ = others.length === 0 ? '' : `; ${others.map(([name, vote]) => `${name} says ${vote}`).join(', ')}`
  const own = figures.find((one) => one.k === k)!.silhouette!
  const strength = own < reasonable ? `, which is weak structure` : ''
  return { k, hasClusters: true, votes, why: `${k} clusters: by ${names.join(', ')}${differ}; mean silhouette ${own.toFixed(2)}${strength}` } // biome-ignore format: one line
}

/** The k of the largest figure, the first of equal ones. */
function bestBy(figures: readonly KFigures[], of: (one: KFigures) => number | null): number | null {
  let best: { k: number; value: number } | null = null
  for (const one of figures) {
    const value = of(one)
    if (value !== null && (best === null || value > best.value)) best = { k: one.k, value }
  }
  return best?.k ?? null
}

/** Where the curve of inertia is farthest below the line between its ends; null for fewer than three points or no bend. */
function elbowOf(figures: readonly KFigures[]): number | null {
  const [first, last] = [figures[0], figures.at(-1)]
  if (figures.length < 3 || first === undefined || last === undefined) return null
  const rise = (last.inertia - first.inertia) / (last.k - first.k)
  const below = bestBy(figures, (one) => first.inertia + rise * (one.k - first.k) - one.inertia)!
  return below === first.k || below === last.k ? null : below
}
