/** Non-negative matrix factorization: X as W H, neither with a negative element. */
import { UsageError } from '../../core/index.js'
import { keep, matmul, norm, StateDict, sub, type Tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import type { Estimator, EstimatorJson, Restore } from '../estimator.js'
import { checkAmount, checkWhole, checkWord, samplesOf } from '../samples.js'
import { coordinateDescent, solveCodes } from './coordinateDescent.js'
import { type NMFInit, startOf } from './start.js'

/** A penalty of both factors, or of each. */
export type Penalized = number | { readonly W?: number; readonly H?: number }

export interface NMFOptions {
  /** How many components. */
  k: number
  /** Non-negative double SVD (the default), the same with its zeros filled by the mean (`nndsvda`), or random. */
  init?: NMFInit
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

interface Fitted {
  readonly components: Tensor
  readonly rows: number
  readonly iterations: number
  readonly converged: boolean
  readonly error: { readonly frobenius: number; readonly relative: number }
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
export class NMF implements Estimator {
  readonly method = 'nmf'
  readonly k: number
  readonly #options: Required<NMFOptions>
  #fitted: Fitted | null = null

  constructor(options: NMFOptions) {
    const {
      k,
      init = 'nndsvd',
      solver = 'cd',
      loss = 'frobenius',
      l1 = 0,
      l2 = 0,
      tol = 1e-4,
      maxIterations = 1000,
      seed = 0,
    } = options
    checkWhole(op, 'k', k)
    checkWord(op, 'init', init, ['nndsvd', 'nndsvda', 'random'])
    checkWord(op, 'solver', solver, ['cd', 'mu'])
    checkWord(op, 'loss', loss, ['frobenius', 'kullback-leibler'])
    checkWhole(op, 'maxIterations', maxIterations)
    checkAmount(op, 'tol', tol)
    for (const [name, value] of Object.entries({ l1, l2 }))
      for (const one of [partOf(value, 'W'), partOf(value, 'H')]) checkAmount(op, name, one)
    this.k = k
    this.#options = { k, init, solver, loss, l1, l2, tol, maxIterations, seed }
  }

  /** Learns H of the rows of x [n, d]. Throws UsageError for negative elements. */
  fit(x: Tensor): this {
    this.fitTransform(x).dispose()
    return this
  }

  /** `fit(x)`, and its W [n, k]. */
  fitTransform(x: Tensor): Tensor {
    const { k, tol, maxIterations, init, seed } = this.#options
    const { codes, fitted } = tidy(() => {
      const samples = samplesOf('NMF.fit', x, { nonnegative: true })
      const [n, d] = samples.shape as [number, number]
      const start = startOf(samples, k, init, seed)
      const { W, H, iterations, converged } = coordinateDescent(samples, start, { tol, maxIterations, ...this.#penalties(n, d) }) // biome-ignore format: one line
      const frobenius = norm(sub(samples, matmul(W, H))).item()
      const relative = frobenius === 0 ? 0 : frobenius / norm(samples).item()
      return { codes: W, fitted: { components: H, rows: n, iterations, converged, error: { frobenius, relative } } }
    })
    this.dispose()
    keep(fitted.components)
    this.#fitted = fitted
    return codes
  }

  #penalties(n: number, d: number): { l1W: number; l1H: number; l2W: number; l2H: number } {
    const { l1, l2 } = this.#options
    return {
      l1W: d * partOf(l1, 'W'),
      l1H: n * partOf(l1, 'H'),
      l2W: d * partOf(l2, 'W'),
      l2H: n * partOf(l2, 'H'),
    }
  }

  get #learned(): Fitted {
    if (this.#fitted === null) throw new UsageError('NMF: it has not been fitted. Try fit(x) first.')
    return this.#fitted
  }

  /** H [k, d]. */
  get components(): Tensor {
    return this.#learned.components
  }

  get iterations(): number {
    return this.#learned.iterations
  }

  /** Whether it came to rest before the limit of iterations. */
  get converged(): boolean {
    return this.#learned.converged
  }

  /** Of the rows that it was fitted on. */
  get reconstructionError(): { readonly frobenius: number; readonly relative: number } {
    return this.#learned.error
  }

  /** W [n, k] of rows, for the H that was learned: non-negative least squares. */
  transform(x: Tensor): Tensor {
    const { components } = this
    return tidy(() => {
      const d = components.shape[1]!
      const samples = samplesOf('NMF.transform', x, { columns: d, nonnegative: true })
      const { l1W, l2W } = this.#penalties(samples.shape[0]!, d)
      return solveCodes(samples, components, l1W, l2W)
    })
  }

  /** W H of codes [n, k]. */
  inverseTransform(z: Tensor): Tensor {
    return tidy(() => matmul(samplesOf('NMF.inverseTransform', z, { columns: this.k }), this.components))
  }

  /** Minus the Frobenius distance of x from its reconstruction. */
  score(x: Tensor): number {
    return tidy(() => -norm(sub(x, this.inverseTransform(this.transform(x)))).item())
  }

  toJSON(): EstimatorJson {
    const { components, rows, iterations, error } = this.#learned
    return {
      method: this.method,
      k: this.k,
      rows,
      columns: components.shape[1]!,
      options: { ...this.#options },
      explainedVarianceRatio: null,
      singularValues: null,
      reconstructionError: error,
      inertia: null,
      logLikelihood: null,
      iterations,
    }
  }

  /** `components` [k, d]. */
  stateDict(): StateDict {
    const state = new StateDict()
    state.set('components', this.components.clone())
    return state
  }

  /** For `restorers`. */
  restore(json: EstimatorJson, state: StateDict): this {
    const components = state.get('components')
    if (components === undefined || components.rank !== 2 || components.shape[0] !== this.k)
      throw new UsageError(`NMF: the file has no components [${this.k}, columns].`)
    this.dispose()
    this.#fitted = {
      components: keep(tidy(() => samplesOf(op, components, { nonnegative: true }).clone())),
      rows: json.rows,
      iterations: json.iterations ?? 0,
      converged: true,
      error: json.reconstructionError ?? { frobenius: Number.NaN, relative: Number.NaN },
    }
    return this
  }

  dispose(): void {
    this.#fitted?.components.dispose()
    this.#fitted = null
  }
}

const partOf = (value: Penalized, factor: 'W' | 'H'): number =>
  typeof value === 'number' ? value : (value[factor] ?? 0)

/** A saved factorization. */
export const restoreNMF: Restore = (json, state) =>
  new NMF({ ...(json.options as unknown as NMFOptions), k: json.k }).restore(json, state)
