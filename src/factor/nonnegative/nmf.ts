/** Non-negative matrix factorization: X as W H, neither with a negative element. */
import { UsageError } from '../../core/index.js'
import { div, matmul, max, mul, norm, ones, sub, type Tensor, to } from '../../tensor/index.js'
import { checkOptions, type Shape, tidy } from '../../tensor/internal.js'
import type { EstimatorJson, Restore } from '../estimator.js'
import { wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { amountOption, finiteRows, nonnegativeRows, wordOption } from '../samples.js'
import { solveCodes, type Weights } from './coordinateDescent.js'
import { type Chosen, improved } from './improve.js'
import { multiplicativeUpdates } from './multiplicative.js'
import type { Factors, NMFInit } from './start.js'

/** A penalty of both factors, or of each. */
export type Penalized = number | { readonly W?: number; readonly H?: number }

export interface NMFOptions {
  /** How many components. */
  k: number
  /**
   * Non-negative double SVD (`nndsvd`), the same with its zeros filled by the mean (`nndsvda`), random, or factors W [n, k] and H [k, d]. Left open, the
   * first of these (the second for multiplicative updates, which leave zeros as they are), beside other starts.
   */
  init?: NMFInit | Factors
  /**
   * How many starts: `init` (left open: both double SVDs), then random ones. Each has up to 100 iterations; the one of least loss goes on, to a
   * hundredth of `tol`. 8 where `init` is left open
   * and rows * columns * k is at most 10^7, else 1.
   */
  starts?: number
  /** Coordinate descent (the default), or multiplicative updates. */
  solver?: 'cd' | 'mu'
  /** Multiplicative updates can minimize the generalized Kullback-Leibler divergence too. */
  loss?: 'frobenius' | 'kullback-leibler'
  /** Sums of elements; scikit-learn's alpha * l1_ratio (0). */
  l1?: Penalized
  /** Half the sums of squares; scikit-learn's alpha * (1 - l1_ratio) (0). */
  l2?: Penalized
  /** At rest where the projected gradient has fallen to this part of the first (1e-4). */
  tol?: number
  /** 5000. */
  maxIterations?: number
  /** 0 by default. */
  seed?: number
}

const op = 'NMF'

/**
 * W [n, k] and H [k, d] that minimize half the squared Frobenius distance of X [n, d] from W H, plus penalties.
 *
 * @example
 * const model = new NMF({ k: 10 }).fit(x)
 * const W = model.transform(x)
 * model.inverseTransform(W) // near x
 */
export class NMF extends Learned {
  readonly method = 'nmf'
  protected readonly op = op
  readonly k: number
  readonly #options: Chosen & { readonly l1: Penalized; readonly l2: Penalized }
  #converged = true

  constructor(options: NMFOptions) {
    checkOptions(op, options, ['k', 'init', 'starts', 'solver', 'loss', 'l1', 'l2', 'tol', 'maxIterations', 'seed'])
    const { k, init = null, starts = null, solver = 'cd', loss = 'frobenius', l1 = 0, l2 = 0, tol = 1e-4, maxIterations = 5000, seed = 0 } = options // biome-ignore format: one line
    const all = { k, init, starts, solver, loss, l1, l2, tol, maxIterations, seed }
    super({ ...all, init: typeof init === 'object' && init !== null ? 'given' : init })
    wholeOption(op, 'k', k, 1)
    if (typeof init === 'string') wordOption(op, 'init', init, ['nndsvd', 'nndsvda', 'random'])
    wordOption(op, 'solver', solver, ['cd', 'mu'])
    wordOption(op, 'loss', loss, ['frobenius', 'kullback-leibler'])
    if (solver === 'cd' && loss !== 'frobenius')
      throw new UsageError(
        `NMF: loss ${JSON.stringify(loss)} by coordinate descent; expected "frobenius". Try solver: 'mu'.`,
      )
    if (starts !== null) wholeOption(op, 'starts', starts, 1)
    wholeOption(op, 'maxIterations', maxIterations, 1)
    wholeOption(op, 'seed', seed, 0)
    amountOption(op, 'tol', tol)
    for (const [name, value] of Object.entries({ l1, l2 }))
      for (const one of [partOf(value, 'W'), partOf(value, 'H')]) amountOption(op, name, one)
    this.k = k
    this.#options = all
  }

  /** Learns H of the rows of x [n, d]. Throws UsageError for negative elements. */
  fit(x: Tensor): this {
    this.fitTransform(x).dispose()
    return this
  }

  /** `fit(x)`, and its W [n, k]. */
  fitTransform(x: Tensor): Tensor {
    const { k } = this
    const { W, H, rows, iterations, converged, error } = tidy(() => {
      const samples = nonnegativeRows('NMF.fit', x)
      const unit = unitOf(samples)
      const scaled = unit === 1 ? samples : mul(samples, unit)
      const root = Math.sqrt(unit)
      const weights = this.#weights(...(samples.shape as [number, number]), root, root)
      const found = improved(scaled, this.#options, weights, root)
      const [distance, length] = [norm(sub(scaled, matmul(found.W, found.H))).item(), norm(scaled).item()]
      const error = { frobenius: distance / unit, relative: distance === 0 ? 0 : distance / length }
      const [W, H] = [found.W, found.H].map((one) => (unit === 1 ? one : div(one, root))) as [Tensor, Tensor]
      return { ...found, W, H, rows: samples.shape[0]!, error }
    })
    this.learn({ k, rows, columns: H.shape[1]!, iterations, reconstructionError: error }, { components: H })
    this.#converged = converged
    return W
  }

  /** Weights for n rows and d columns in units of their own, in which W was multiplied by `w` and H by `h`. */
  #weights(n: number, d: number, w: number, h: number): Record<'W' | 'H', Weights> {
    const { l1, l2, loss } = this.#options
    // The loss has the unit of the product, w h, for the Frobenius distance squared.
    const isSquare = loss === 'frobenius'
    const scaled = (factor: 'W' | 'H', count: number, own: number, other: number): Weights => ({
      l1: weightOf(count * partOf(l1, factor), isSquare ? [own, other, other] : [other]),
      l2: weightOf(count * partOf(l2, factor), isSquare ? [other, other] : [other, 1 / own]),
    })
    return { W: scaled('W', d, w, h), H: scaled('H', n, h, w) }
  }

  /** H [k, d]. */
  get components(): Tensor {
    return this.learned('components')
  }

  get iterations(): number {
    return this.figures().iterations!
  }

  /** Whether it came to rest before the limit of iterations. */
  get converged(): boolean {
    this.figures()
    return this.#converged
  }

  /** Of the rows that it was fitted on. */
  get reconstructionError(): { readonly frobenius: number; readonly relative: number } {
    return this.figures().reconstructionError!
  }

  /** W [n, k] of rows, for the H that was learned: non-negative least squares. */
  transform(x: Tensor): Tensor {
    const { components } = this
    return tidy(() => {
      const d = components.shape[1]!
      const samples = nonnegativeRows('NMF.transform', x, { columns: d })
      const [w, h] = [unitOf(samples), unitOf(components)]
      const [rows, H] = [mul(samples, w), to(mul(components, h), samples.dtype)]
      const weights = this.#weights(0, d, w / h, h)
      const start = (): Factors => ({ W: ones([rows.shape[0]!, this.k], { dtype: rows.dtype }), H })
      const W = this.#options.loss === 'frobenius' ? solveCodes(rows, H, weights.W) : multiplicativeUpdates(rows, start(), 'kullback-leibler', { tol: 1e-8, maxIterations: 2000, ...weights }, true).W // biome-ignore format: one line
      return to(mul(mul(to(W, 'f64'), h), 1 / w), samples.dtype)
    })
  }

  /** W H of codes [n, k]. */
  inverseTransform(z: Tensor): Tensor {
    return tidy(() => {
      const codes = finiteRows('NMF.inverseTransform', z, { columns: this.k })
      return matmul(codes, to(this.components, codes.dtype))
    })
  }

  /** Minus the Frobenius distance of x from its reconstruction. */
  score(x: Tensor): number {
    return tidy(() => -norm(sub(x, this.inverseTransform(this.transform(x)))).item())
  }

  protected shapes(json: EstimatorJson): Readonly<Record<string, Shape>> {
    return { components: [this.k, json.columns] }
  }
}

/** A weight times powers of two; where it is beyond everything, still a number whose products are. */
function weightOf(weight: number, units: readonly number[]): number {
  return weight === 0
    ? 0
    : Math.min(
        1e30,
        units.reduce((product, unit) => product * unit, weight),
      )
}

/** A power of four that brings x to elements about 1, so that products and sums of squares stay within range and thresholds mean the same. */
function unitOf(x: Tensor): number {
  const largest = max(x).item()
  if (largest === 0) return 1
  const most = x.dtype === 'f32' ? 60 : 500
  return 4 ** -Math.max(-most, Math.min(most, Math.round(Math.log2(largest) / 2)))
}

const partOf = (value: Penalized, factor: 'W' | 'H'): number =>
  typeof value === 'number' ? value : (value[factor] ?? 0)

/** A saved factorization. */
export const restoreNMF: Restore = (json, state) =>
  new NMF({ ...(json.options as unknown as NMFOptions), init: 'nndsvd', k: json.k }).restore(json, state)
