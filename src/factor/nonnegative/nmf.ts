/** Non-negative matrix factorization: X as W H, neither with a negative element. */
import { UsageError } from '../../core/index.js'
import { matmul, norm, ones, sub, type Tensor, to } from '../../tensor/index.js'
import { type Shape, tidy } from '../../tensor/internal.js'
import type { EstimatorJson, Restore } from '../estimator.js'
import { wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { amountOption, finiteRows, nonnegativeRows, wordOption } from '../samples.js'
import { coordinateDescent, solveCodes, type Weights } from './coordinateDescent.js'
import { multiplicativeUpdates } from './multiplicative.js'
import { type Factors, type NMFInit, startOf } from './start.js'

/** A penalty of both factors, or of each. */
export type Penalized = number | { readonly W?: number; readonly H?: number }

export interface NMFOptions {
  /** How many components. */
  k: number
  /** Non-negative double SVD (the default), the same with its zeros filled by the mean (`nndsvda`), random, or factors W [n, k] and H [k, d]. */
  init?: NMFInit | Factors
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
  readonly #options: Required<NMFOptions>
  #converged = true

  constructor(options: NMFOptions) {
    const {
      k,
      solver = 'cd',
      // Multiplication leaves zeros as they are.
      init = solver === 'mu' ? 'nndsvda' : 'nndsvd',
      loss = 'frobenius',
      l1 = 0,
      l2 = 0,
      tol = 1e-4,
      maxIterations = 1000,
      seed = 0,
    } = options
    const all = { k, init, solver, loss, l1, l2, tol, maxIterations, seed }
    super({ ...all, init: typeof init === 'string' ? init : 'given' })
    wholeOption(op, 'k', k, 1)
    if (typeof init === 'string') wordOption(op, 'init', init, ['nndsvd', 'nndsvda', 'random'])
    wordOption(op, 'solver', solver, ['cd', 'mu'])
    wordOption(op, 'loss', loss, ['frobenius', 'kullback-leibler'])
    if (solver === 'cd' && loss !== 'frobenius')
      throw new UsageError(
        `NMF: loss ${JSON.stringify(loss)} by coordinate descent; expected "frobenius". Try solver: 'mu'.`,
      )
    wholeOption(op, 'maxIterations', maxIterations, 1)
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
    const { k, tol, maxIterations, init, seed } = this.#options
    const { W, H, rows, iterations, converged, error } = tidy(() => {
      const samples = nonnegativeRows('NMF.fit', x)
      const [n, d] = samples.shape as [number, number]
      const start = startOf(samples, k, init, seed)
      const descent = { tol, maxIterations, ...this.#weights(n, d) }
      const { solver, loss } = this.#options
      const found =
        solver === 'cd'
          ? coordinateDescent(samples, start, descent)
          : multiplicativeUpdates(samples, start, loss, descent)
      const frobenius = norm(sub(samples, matmul(found.W, found.H))).item()
      const relative = frobenius === 0 ? 0 : frobenius / norm(samples).item()
      return { ...found, rows: n, error: { frobenius, relative } }
    })
    this.learn({ k, rows, columns: H.shape[1]!, iterations, reconstructionError: error }, { components: H })
    this.#converged = converged
    return W
  }

  #weights(n: number, d: number): { W: Weights; H: Weights } {
    const { l1, l2 } = this.#options
    return {
      W: { l1: d * partOf(l1, 'W'), l2: d * partOf(l2, 'W') },
      H: { l1: n * partOf(l1, 'H'), l2: n * partOf(l2, 'H') },
    }
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
      const H = to(components, samples.dtype)
      const weights = this.#weights(0, d)
      if (this.#options.loss === 'frobenius') return solveCodes(samples, H, weights.W)
      const W = ones([samples.shape[0]!, this.k], { dtype: samples.dtype })
      return multiplicativeUpdates(
        samples,
        { W, H },
        'kullback-leibler',
        { tol: 1e-8, maxIterations: 2000, ...weights },
        true,
      ).W
    })
  }

  /** W H of codes [n, k]. */
  inverseTransform(z: Tensor): Tensor {
    return tidy(() => matmul(finiteRows('NMF.inverseTransform', z, { columns: this.k }), this.components))
  }

  /** Minus the Frobenius distance of x from its reconstruction. */
  score(x: Tensor): number {
    return tidy(() => -norm(sub(x, this.inverseTransform(this.transform(x)))).item())
  }

  protected shapes(json: EstimatorJson): Readonly<Record<string, Shape>> {
    return { components: [this.k, json.columns] }
  }
}

const partOf = (value: Penalized, factor: 'W' | 'H'): number =>
  typeof value === 'number' ? value : (value[factor] ?? 0)

/** A saved factorization. */
export const restoreNMF: Restore = (json, state) =>
  new NMF({ ...(json.options as unknown as NMFOptions), init: 'nndsvd', k: json.k }).restore(json, state)
