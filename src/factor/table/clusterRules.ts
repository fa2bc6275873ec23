/** How many clusters: each number from 2 to 10 is tried on the rows, or on a sample of them. */
import { type Tensor, tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import { silhouette } from '../clusters/silhouette.js'
import { differentRows } from '../clusters/start.js'
import { uniforms } from '../random.js'
import type { TableMethod } from './makers.js'
import type { StopRule } from './types.js'

const most = 10
/** Rows that are looked at. */
const sample = 2000
const show = (value: number): string => String(Number(value.toPrecision(3)))

/**
 * The number with the largest mean silhouette (Rousseeuw 1987), and where the inertia bends most. Beside a silhouette below 0.25 it is said that there
 * is no substantial structure (Kaufman & Rousseeuw 1990).
 */
export async function clusterRules(x: Tensor, method: TableMethod, seed: number): Promise<StopRule[]> {
  const n = x.shape[0]!
  const rows = n > sample ? Int32Array.from(differentRows(n, sample, uniforms(seed))).sort() : null
  const some = rows === null ? x : x.indexSelect(tensor(rows), 0)
  const tried: { readonly k: number; readonly silhouette: number; readonly inertia: number }[] = []
  for (let k = 2; k <= Math.min(most, some.shape[0]! - 1); k++) {
    const model = await method.make(k, seed, { starts: 3 })
    try {
      model.fit(some)
      const labels = (model as unknown as { labels: Int32Array }).labels
      if (new Set(labels).size < 2) break
      tried.push({ k, silhouette: tidy(() => silhouette(some, labels).mean), inertia: model.toJSON().inertia ?? 0 })
    } finally {
      model.dispose()
    }
  }
  if (tried.length === 0) return [{ rule: 'silhouette', k: null, why: 'there are too few different rows' }]
  const best = tried.reduce((a, b) => (b.silhouette > a.silhouette ? b : a))
  const all = tried.map((one) => `${one.k}: ${show(one.silhouette)}`).join(', ')
  const weak = best.silhouette < 0.25 ? '; that is no substantial structure' : ''
  const of = rows === null ? '' : `, of ${sample} rows by chance`
  return [{ rule: 'silhouette', k: best.k, why: `mean silhouettes ${all}${of}${weak}` }, bend(tried)]
}

/** The number after which the inertia falls least beside before: the largest second difference of its logarithm. */
function bend(tried: readonly { readonly k: number; readonly inertia: number }[]): StopRule {
  let [best, most] = [null as number | null, 0]
  for (let i = 1; i + 1 < tried.length; i++) {
    const [a, b, c] = [tried[i - 1]!.inertia, tried[i]!.inertia, tried[i + 1]!.inertia].map((one) => Math.log(one))
    const turn = a! - 2 * b! + c!
    if (turn > most) [best, most] = [tried[i]!.k, turn]
  }
  return { rule: 'elbow of the inertia', k: best, why: best === null ? 'the inertia has no corner' : `the inertia falls fast up to ${best} clusters and slower after` } // biome-ignore format: one line
}
