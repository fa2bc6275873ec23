/** Dictionary learning: rows as sparse sums of atoms. */
import { svd } from '../../linalg/index.js'
import { abs, matmul, mul, norm, sub, sum, type Tensor, to, transpose, zeros } from '../../tensor/index.js'
import { checkOptions, empty, type Shape, tidy, view } from '../../tensor/internal.js'
import { unitOf } from '../clusters/points.js'
import { differentRows } from '../clusters/start.js'
import type { EstimatorJson, Restore } from '../estimator.js'
import { wholeOption } from '../input.js'
import { Learned } from '../learned.js'
import { withSigns } from '../linear/signs.js'
import { uniforms } from '../random.js'
import { amountOption, finiteRows } from '../samples.js'
import { lassoCodes } from './encode.js'

export interface DictionaryLearningOptions {
  /** How many atoms; there may be more than columns. */
  k: number
  /** Weight of the L1 norm of the codes (1). */
  alpha?: number
  /** At rest where the objective falls by at most this part of it (1e-8). */
  tol?: number
  /** 1000. */
  maxIterations?: number
  /** Of the rows that start as atoms where there are more than singular vectors (0). */
  seed?: number
}

/**
 * Codes Z [n, k] and atoms D [k, d] of length at most 1 that minimize 1/2 ||X - Z D||_F^2 + alpha ||Z||_1: in turn codes by coordinate descent, and atoms by block
 * coordinate descent on the ball (Mairal, Bach, Ponce & Sapiro 2009). From the right singular vectors of X, and rows of X where more atoms are asked
 * for. An atom that no row uses becomes the row that is represented worst. X is taken as it is, not centred. Not convex: a stationary point.
 *
 * Learned: `components` [k, d] (the atoms, f64), `objective`, `iterations`, `converged`. `transform` gives codes (`sparseEncode` with the same alpha),
 * `inverseTransform` rows, `score` minus the mean objective of a row. Throws UsageError for shapes and options, NumericalError for NaN and infinite values.
 *
 * @example
 * const model = new DictionaryLearning({ k: 50, alpha: 0.5 }).fit(patches)
 * model.inverseTransform(model.transform(patches)) // patches again, from few atoms each
 */
export class DictionaryLearning extends Learned {
  readonly method = 'dictionary'
  protected readonly op = 'DictionaryLearning'
  readonly k: number
  readonly #options: Required<DictionaryLearningOptions>
  #objective = Number.NaN
  #converged = true

  constructor(options: DictionaryLearningOptions) {
    const op = 'DictionaryLearning'
    checkOptions(op, options, ['k', 'alpha', 'tol', 'maxIterations', 'seed'])
    const { k, alpha = 1, tol = 1e-8, maxIterations = 1000, seed = 0 } = options
    wholeOption(op, 'k', k, 1)
    wholeOption(op, 'maxIterations', maxIterations, 1)
    wholeOption(op, 'seed', seed, 0)
    amountOption(op, 'alpha', alpha)
    amountOption(op, 'tol', tol)
    const all = { k, alpha, tol, maxIterations, seed }
    super(all)
    this.k = k
    this.#options = all
  }

  /** [k, d]. */
  get components(): Tensor {
    return this.learned('components')
  }

  /** 1/2 ||X - Z D||^2 + alpha ||Z||_1 of the rows that it was fitted on; NaN for one that was restored. */
  get objective(): number {
    this.figures()
    return this.#objective
  }

  get iterations(): number {
    return this.figures().iterations!
  }

  /** Whether it came to rest before the limit of iterations. */
  get converged(): boolean {
    this.figures()
    return this.#converged
  }

  fit(x: Tensor): this {
    const { k } = this
    const found = tidy(() => {
      const given = to(finiteRows('DictionaryLearning.fit', x), 'f64')
      const unit = unitOf(given)
      const rows = unit === 1 ? given : mul(given, unit)
      const { atoms, objective, iterations, converged, rest } = alternate(rows, this.#options, unit)
      const length = norm(rows).item()
      return {
        components: atoms,
        objective: objective / unit / unit,
        converged,
        figures: {
          rows: rows.shape[0]!,
          columns: rows.shape[1]!,
          iterations,
          reconstructionError: { frobenius: rest / unit, relative: length === 0 ? 0 : rest / length },
        },
      }
    })
    this.learn({ k, ...found.figures }, { components: found.components })
    this.#objective = found.objective
    this.#converged = found.converged
    return this
  }

  transform(x: Tensor): Tensor {
    return tidy(() => {
      const { components } = this
      const rows = finiteRows('DictionaryLearning.transform', x, { columns: components.shape[1]! })
      return to(lassoCodes(to(rows, 'f64'), components, this.#options.alpha), rows.dtype)
    })
  }

  inverseTransform(z: Tensor): Tensor {
    return tidy(() => {
      const codes = finiteRows('DictionaryLearning.inverseTransform', z, { columns: this.k })
      return matmul(codes, to(this.components, codes.dtype))
    })
  }

  score(x: Tensor): number {
    return tidy(() => {
      const { components } = this
      const { alpha } = this.#options
      const rows = to(finiteRows('DictionaryLearning.score', x, { columns: components.shape[1]! }), 'f64')
      return -objectiveOf(rows, lassoCodes(rows, components, alpha), components, alpha).value / rows.shape[0]!
    })
  }

  protected shapes(json: EstimatorJson): Readonly<Record<string, Shape>> {
    return { components: [this.k, json.columns] }
  }

  override dispose(): void {
    super.dispose()
    this.#objective = Number.NaN
    this.#converged = true
  }
}

function objectiveOf(X: Tensor, Z: Tensor, D: Tensor, alpha: number): { value: number; rest: number } {
  return tidy(() => {
    const rest = norm(sub(X, matmul(Z, D))).item()
    return { value: 0.5 * rest * rest + alpha * sum(abs(Z)).item(), rest }
  })
}

interface Alternated {
  readonly atoms: Tensor
  readonly objective: number
  readonly rest: number
  readonly iterations: number
  readonly converged: boolean
}

/** Rows in units of their own, in which alpha is alpha * unit. */
function alternate(X: Tensor, options: Required<DictionaryLearningOptions>, unit: number): Alternated {
  const { k, tol, maxIterations, seed } = options
  const alpha = options.alpha * unit
  const D = startingAtoms(X, k, seed)
  let Z = zeros([X.shape[0]!, k], { dtype: 'f64' })
  let { value, rest } = objectiveOf(X, Z, D, alpha)
  let iterations = 0
  let converged = false
  while (iterations < maxIterations && !converged) {
    iterations++
    const next = tidy(() => lassoCodes(X, D, alpha, { start: Z, rtol: 1e-6 }))
    Z.dispose()
    Z = next
    tidy(() => improveAtoms(X, Z, D))
    const now = objectiveOf(X, Z, D, alpha)
    converged = value - now.value <= tol * now.value
    value = now.value
    rest = now.rest
  }
  return { atoms: D, objective: value, rest, iterations, converged }
}

function startingAtoms(X: Tensor, k: number, seed: number): Tensor {
  const [n, d] = X.shape as [number, number]
  const D = empty('f64', [k, d])
  const { S, Vh: vectors } = tidy(() => svd(X))
  const values = view(S) as Float64Array
  // Vectors of what is zero but for rounding are arbitrary.
  const rank = values.filter((one) => one > Math.max(n, d) * 2 ** -52 * values[0]!).length
  const known = Math.min(k, rank)
  const [from, rows, into] = [view(withSigns(vectors)), view(X), view(D)]
  into.set(from.subarray(0, known * d))
  const draw = uniforms(seed)
  // Different rows while there are any.
  const places: number[] = []
  while (places.length < k - known) places.push(...differentRows(n, Math.min(n, k - known - places.length), draw))
  for (const [at, row] of places.entries()) into.set(rows.subarray(row * d, (row + 1) * d), (known + at) * d)
  for (let j = known; j < k; j++) toBall(into as Float64Array, j * d, d)
  return D
}

/** Brings atoms longer than 1 back to length 1. */
function toBall(values: Float64Array, from: number, d: number): void {
  let square = 0
  for (let at = from; at < from + d; at++) square += values[at]! ** 2
  const length = Math.sqrt(square)
  if (length > 1) for (let at = from; at < from + d; at++) values[at]! /= length
}

/** Passes over the atoms for the same codes. */
const passes = 5

/** Atoms in place: each to its minimum on the ball for codes Z and the other atoms. */
function improveAtoms(X: Tensor, Z: Tensor, D: Tensor): void {
  const [k, d] = D.shape as [number, number]
  const gram = matmul(transpose(Z), Z).contiguous()
  const products = matmul(transpose(Z), X).contiguous()
  const unused: number[] = []
  const [A, B, atoms] = [view(gram), view(products), view(D) as Float64Array]
  for (let j = 0; j < k; j++) if (A[j * k + j] === 0) unused.push(j)
  for (let pass = 0; pass < passes; pass++)
    for (let j = 0; j < k; j++) {
      const weight = A[j * k + j]!
      if (weight === 0) continue
      const gradient = new Float64Array(d)
      for (let r = 0; r < k; r++) {
        const a = A[j * k + r]!
        if (a !== 0) for (let c = 0; c < d; c++) gradient[c]! += a * atoms[r * d + c]!
      }
      for (let c = 0; c < d; c++) atoms[j * d + c]! += (B[j * d + c]! - gradient[c]!) / weight
      toBall(atoms, j * d, d)
    }
  if (unused.length > 0) replaceAtoms(X, Z, D, unused)
}

/** Atoms that no row uses become the rows that are represented worst, at length 1. */
function replaceAtoms(X: Tensor, Z: Tensor, D: Tensor, unused: readonly number[]): void {
  const [n, d] = X.shape as [number, number]
  const lengths = view(norm(sub(X, matmul(Z, D)), { axis: 1 })).slice()
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => lengths[b]! - lengths[a]! || a - b)
  const [rows, atoms] = [view(X), view(D) as Float64Array]
  for (const [at, j] of unused.entries()) {
    const row = order[at]
    if (row === undefined || lengths[row] === 0) return
    let square = 0
    for (let c = 0; c < d; c++) square += rows[row * d + c]! ** 2
    if (square > 0) for (let c = 0; c < d; c++) atoms[j * d + c] = rows[row * d + c]! / Math.sqrt(square)
  }
}

/** A saved dictionary. */
export const restoreDictionary: Restore = (json, state) =>
  new DictionaryLearning({ ...(json.options as unknown as DictionaryLearningOptions), k: json.k }).restore(json, state)
