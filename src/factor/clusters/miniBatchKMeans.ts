/** k-means by batches of rows. */
import { UsageError } from '../../core/index.js'
import { type Tensor, to } from '../../tensor/index.js'
import { checkOptions, empty, type Shape, tidy, view } from '../../tensor/internal.js'
import { type Batches, eachBatch } from '../batches.js'
import type { EstimatorJson, Restore } from '../estimator.js'
import { wholeOption } from '../input.js'
import { uniforms } from '../random.js'
import { amountOption, finiteRows, wordOption } from '../samples.js'
import { assignAll } from './assigners.js'
import { type Assigned, Centers, type Clustering } from './estimator.js'
import { euclideanDistances } from './kmeans.js'
import { assignRows, lloydProblem } from './lloyd.js'
import { Patience } from './patience.js'
import { Points } from './points.js'
import { search } from './search.js'
import { differentRows, type KMeansInit, rowsAt } from './start.js'
import { total } from './sums.js'

export interface MiniBatchKMeansOptions {
  /** How many clusters. */
  k: number
  /** k-means of the first rows (see below) from greedy k-means++ (the default) or k different rows; or centres [k, d], which are taken as they are. */
  init?: KMeansInit
  /** How many starts that k-means has (3). */
  starts?: number
  /** Rows of a batch that `fit` draws (1024); a table of no more rows is the batch. */
  batchSize?: number
  /** Rows that `fit` draws to start from: 3 times `batchSize`, at least 3 k; all where there are fewer. */
  initSize?: number
  /** Passes over the table: `fit` draws at most so many times its rows (100). */
  maxIterations?: number
  /** `fit` ends where the centres of a batch move, squared and summed, by at most this part of the mean variance of the columns (0: not looked at). */
  tol?: number
  /** `fit` ends after so many batches that do not lower the smoothed inertia (10). */
  maxNoImprovement?: number
  /** Centres that have less than this part of the largest count of rows become rows of a batch (0.01); 0: none. */
  reassignmentRatio?: number
  /** A whole number (0). */
  seed?: number
}

type Chosen = Required<Omit<MiniBatchKMeansOptions, 'initSize'>> & { readonly initSize: number | null }

/** What is known after some batches: centres are f64. */
interface State {
  readonly centers: Float64Array
  /** Rows that each centre is the mean of. */
  readonly counts: Float64Array
  /** Batches, and rows since centres were last looked at for new places. */
  batches: number
  waiting: number
}

/** Rows of a batch, as their centres were before it. */
interface Step {
  readonly inertia: number
  /** How far the centres moved, squared and summed. */
  readonly moved: number
}

const op = 'MiniBatchKMeans'

/**
 * k-means by batches of rows (Sculley 2010), as scikit-learn's: each centre is the mean of all rows that batches gave to it, so that it moves the less the more it
 * has seen. Memory does not grow with the rows; the sum of squares is a few per cent above that of `KMeans`.
 *
 * `fit` draws batches (with replacement) and ends by `maxNoImprovement`: the inertia of a row, smoothed with weight 2 batchSize / (n + 1), has not fallen for so many
 * batches. `partialFit` learns from a batch [m, d], the first of at least k rows, whatever its size, also after loading; `fitBatches` starts anew on batches.
 * It starts from k-means of the first batch (`fit`: of `initSize` rows). Each 10 k rows, or where a count is 0, centres with less than `reassignmentRatio` of the
 * largest count become different rows of the batch, at most half as many as it has rows, with the least count of the others.
 *
 * Learned: `centers` [k, d] and `counts` [k] (f64), `batches`, `samplesSeen`; `labels` and `inertia` of the table, or of the last batch. What is random depends
 * on the seed and the number of the batch alone. `predict`, `transform`, `score` and errors as KMeans.
 *
 * @example
 * const model = new MiniBatchKMeans({ k: 3 }).partialFit(first)
 * model.partialFit(next).predict(next)
 */
export class MiniBatchKMeans extends Centers {
  readonly method = 'minibatch-kmeans'
  protected readonly op = op
  readonly #options: Chosen

  constructor(options: MiniBatchKMeansOptions) {
    const { init = 'k-means++', starts = 3, batchSize = 1024, initSize = null, maxIterations = 100, tol = 0, maxNoImprovement = 10, reassignmentRatio = 0.01, seed = 0, k } = options // biome-ignore format: one line
    checkOptions(op, options, ['k', 'init', 'starts', 'batchSize', 'initSize', 'maxIterations', 'tol', 'maxNoImprovement', 'reassignmentRatio', 'seed']) // biome-ignore format: one line
    const all = { k, init, starts, batchSize, initSize, maxIterations, tol, maxNoImprovement, reassignmentRatio, seed }
    super(k, { ...all, init: typeof init === 'string' ? init : 'given' })
    if (typeof init === 'string') wordOption(op, 'init', init, ['k-means++', 'random'])
    for (const [name, value] of Object.entries({ k, starts, batchSize, maxIterations, maxNoImprovement }))
      wholeOption(op, name, value, 1)
    if (initSize !== null) wholeOption(op, 'initSize', initSize, k)
    wholeOption(op, 'seed', seed, 0)
    amountOption(op, 'tol', tol)
    if (amountOption(op, 'reassignmentRatio', reassignmentRatio) >= 1)
      throw new UsageError(`${op}: reassignmentRatio is ${reassignmentRatio}; expected a number from 0 on, below 1.`)
    this.#options = all
  }

  protected cluster(x: Tensor): Clustering {
    const { k, initSize, maxIterations, maxNoImprovement, tol, seed } = this.#options
    const n = x.shape[0]!
    const batchSize = Math.min(n, this.#options.batchSize)
    const draw = uniforms(seed)
    const size = Math.min(n, initSize ?? Math.max(3 * batchSize, 3 * k))
    const state = this.#start(size === n ? x : sample(x, differentRows(n, size, draw)))
    const patience = new Patience(n, batchSize, maxNoImprovement)
    const { meanVariance, unit } = new Points(x)
    const least = (tol * meanVariance) / unit / unit
    const steps = Math.max(1, Math.floor((maxIterations * n) / batchSize))
    let isAtRest = false
    while (state.batches < steps && !isAtRest) {
      const { inertia, moved } = tidy(() => this.#step(state, batchSize === n ? x : drawn(x, batchSize, draw)))
      isAtRest = (tol > 0 && moved <= least && state.batches > 1) || patience.isOver(inertia)
    }
    this.#state = state
    const centers = asTensor(state, k)
    return { centers, ...assignRows(x, centers), iterations: state.batches, converged: isAtRest }
  }

  /** Of the fit that is under way: what `fit` hands on besides the clustering. */
  #state: State | null = null

  protected override found(clustering: Clustering, { rows }: { rows: number }): this {
    const { counts, batches, waiting } = this.#state!
    this.#state = null
    return tidy(() =>
      super.found(clustering, { rows, more: { counts: vector(counts), progress: vector([batches, waiting]) } }),
    )
  }

  /** Rows that each centre is the mean of, [k]. */
  get counts(): Tensor {
    return this.learned('counts')
  }

  /** Batches since it started. */
  get batches(): number {
    return this.figures().iterations!
  }

  /** Rows of all batches since it started; of a table its rows. */
  get samplesSeen(): number {
    return this.figures().rows
  }

  /** Learns from a batch [m, d] of rows beside those before. */
  partialFit(batch: Tensor): this {
    return this.#add(`${op}.partialFit`, batch, !this.isFitted)
  }

  /** Starts anew on batches [.., d] of rows, which stay the caller's. */
  async fitBatches(batches: Batches): Promise<this> {
    const name = `${op}.fitBatches`
    await eachBatch(name, batches, (batch, isFirst) => void this.#add(name, batch, isFirst))
    return this
  }

  #add(name: string, batch: Tensor, isFirst: boolean): this {
    return tidy(() => {
      const x = finiteRows(name, batch, isFirst ? { least: this.k } : { columns: this.centers.shape[1]! })
      const state = isFirst ? this.#start(x) : this.#before()
      const before = isFirst ? 0 : this.samplesSeen
      this.#step(state, x)
      this.#state = state
      const centers = asTensor(state, this.k)
      return this.found({ centers, ...assignRows(x, centers), iterations: state.batches, converged: true }, { rows: before + x.shape[0]! }) // biome-ignore format: one line
    })
  }

  #before(): State {
    const [batches, waiting] = view(this.learned('progress'))
    return {
      centers: Float64Array.from(view(this.centers)),
      counts: Float64Array.from(view(this.counts)),
      batches: batches!,
      waiting: waiting!,
    }
  }

  /** Centres of k-means of rows x, which have no rows yet. */
  #start(x: Tensor): State {
    const { k, init, starts, seed } = this.#options
    return tidy(() => {
      const points = new Points(x)
      const problem = lloydProblem(points, { maxIterations: 300, tol: 1e-4, bounds: 'hamerly' })
      const isGiven = typeof init !== 'string'
      const asked = { k, init, starts: isGiven ? 1 : starts, swaps: 0, draw: uniforms(seed) }
      const found = search(op, isGiven ? { ...problem, run: asGiven(x.shape[0]!) } : problem, asked)
      const centers = Float64Array.from(view(found.centers), (value) => value / points.unit)
      return { centers, counts: new Float64Array(k), batches: 0, waiting: 0 }
    })
  }

  /** Moves the centres of a state towards the rows of a batch. */
  #step(state: State, x: Tensor): Step {
    const { k } = this
    const points = new Points(x)
    const [m, d] = x.shape as [number, number]
    const labels = empty('i32', [m])
    view(labels).fill(-1)
    const before = state.centers.slice()
    const centers = points.inward(asTensor(state, k))
    assignAll(points, centers, labels, null)
    const inertia = total(view(points.labelSquares(centers, labels)) as Float64Array) / points.unit / points.unit
    const [means, sizes] = [empty('f64', [k, d]), empty('f64', [k])]
    view(means).fill(0)
    view(sizes).fill(0)
    points.addSums(0, m, labels, means, sizes)
    points.toMeans(means, view(sizes), centers)
    const [towards, added] = [view(means), view(sizes)]
    for (let j = 0; j < k; j++) {
      if (added[j] === 0) continue
      state.counts[j]! += added[j]!
      const share = added[j]! / state.counts[j]!
      for (let at = j * d; at < (j + 1) * d; at++)
        state.centers[at]! += share * (towards[at]! / points.unit - state.centers[at]!)
    }
    this.#reassign(state, x)
    state.batches++
    const moved = before.reduce((sum, value, at) => sum + (state.centers[at]! - value) ** 2, 0)
    return { inertia: inertia / m, moved }
  }

  /** Centres that few rows belong to become rows of the batch. */
  #reassign(state: State, x: Tensor): void {
    const { k, reassignmentRatio, seed } = this.#options
    const { counts } = state
    const [m, d] = x.shape as [number, number]
    state.waiting += m
    if (state.waiting < 10 * k && !counts.includes(0)) return
    state.waiting = 0
    const limit = reassignmentRatio * Math.max(...counts)
    const few = Array.from(counts.keys()).filter((j) => counts[j]! < limit)
    few.sort((a, b) => counts[a]! - counts[b]! || a - b)
    const chosen = few.slice(0, Math.floor(m / 2))
    if (chosen.length === 0) return
    const rows = differentRows(m, chosen.length, uniforms(seed + stride * (1 + state.batches)))
    const from = view(x)
    const least = counts.reduce(
      (a, count, j) => (chosen.includes(j) ? a : Math.min(a, count)),
      Number.POSITIVE_INFINITY,
    )
    for (const [at, j] of chosen.entries()) {
      state.centers.set(from.subarray(rows[at]! * d, (rows[at]! + 1) * d), j * d)
      counts[j] = least
    }
  }

  protected distances(x: Tensor, centers: Tensor): Tensor {
    return euclideanDistances(x, centers)
  }

  protected assign(x: Tensor, centers: Tensor): Assigned {
    return assignRows(x, centers)
  }

  protected override shapes(json: EstimatorJson): Readonly<Record<string, Shape>> {
    return { ...super.shapes(json), counts: [this.k], progress: [2] }
  }
}

/** Seeds of batches lie so far apart. */
const stride = 2 ** 32

const vector = (values: ArrayLike<number>): Tensor => {
  const out = empty('f64', [values.length])
  view(out).set(values)
  return out
}

/** [k, d]. */
function asTensor({ centers }: State, k: number): Tensor {
  const out = empty('f64', [k, centers.length / k])
  view(out).set(centers)
  return out
}

/** Rows of x, drawn with replacement. */
function drawn(x: Tensor, count: number, draw: () => number): Tensor {
  const n = x.shape[0]!
  return sample(
    x,
    Array.from({ length: count }, () => Math.floor(draw() * n)),
  )
}

/** These rows of x, in its type. */
function sample(x: Tensor, rows: readonly number[]): Tensor {
  return to(rowsAt(x, rows), x.dtype)
}

/** Centres that are at rest as they are. */
const asGiven = (n: number) => (start: Tensor) => ({
  centers: start.clone(),
  labels: new Int32Array(n),
  costs: new Float64Array(n),
  iterations: 0,
  converged: true,
})

/** A saved mini-batch k-means, which goes on from there. */
export const restoreMiniBatchKMeans: Restore = (json, state) =>
  new MiniBatchKMeans({ ...(json.options as unknown as MiniBatchKMeansOptions), init: 'k-means++', k: json.k }).restore(json, state) // biome-ignore format: one line
