/**
 * Coordinate descent for non-negative factors. Sources: Cichocki & Phan (2009), Hsieh & Dhillon (2011). Factors lie with their k components as rows, so
 * that the columns of a block are worked on side by side; X is read once for an iteration, each block for its codes and then for their products.
 */
import { dataKernels } from '../../kernels/index.js'
import type { Tensor } from '../../tensor/index.js'
import { empty, kernels, lapack, tidy, view } from '../../tensor/internal.js'
import type { Real } from '../samples.js'
import type { Factors } from './start.js'

/** Weights of the sums of elements, and of half the sums of squares, of one factor. */
export interface Weights {
  readonly l1: number
  readonly l2: number
}

export interface Descent {
  readonly tol: number
  readonly maxIterations: number
  /** What the rule of rest compares with, of iterations before these; null: of the first of these. */
  readonly first?: number | null
  readonly W: Weights
  readonly H: Weights
}

/** A block of X stays in the processor's cache between its two products. */
const blockBytes = 1024 * 1024

/** Rows of the factors are padded by zeros, which stay, to whole 64 bytes. */
const padded = (count: number, type: Real): number => {
  const unit = type === 'f32' ? 16 : 8
  return unit * Math.ceil(count / unit)
}

/** Codes of the rows of X in blocks: block b holds [k, width] of rows b * width and following. */
class Codes {
  readonly width: number
  readonly #all: Tensor
  readonly #bytes: number

  constructor(
    readonly X: Tensor,
    readonly k: number,
  ) {
    const [n, d] = X.shape as [number, number]
    const type = X.dtype as Real
    this.#bytes = type === 'f32' ? 4 : 8
    const rows = Math.max(64, Math.min(1024, Math.floor(blockBytes / (d * this.#bytes))))
    this.width = padded(Math.min(n, rows), type)
    this.#all = empty(type, [Math.ceil(n / this.width), k, this.width])
    view(this.#all).fill(0)
  }

  /** Visits blocks: their codes, the first of their rows of X, and how many these are. */
  forEach(visit: (codes: number, rows: number, count: number) => void): void {
    const { X, k, width } = this
    const [n, d] = X.shape as [number, number]
    for (let base = 0; base < n; base += width)
      visit(this.#all.pointer + base * k * this.#bytes, X.pointer + base * d * this.#bytes, Math.min(width, n - base))
  }

  /** From and to W [n, k]. */
  copy(W: Tensor, isIn: boolean): void {
    const { k, width } = this
    const [all, plain] = [view(this.#all), view(W)]
    for (let i = 0; i < W.shape[0]!; i++) {
      const [block, column] = [Math.floor(i / width) * width * k, i % width]
      for (let t = 0; t < k; t++)
        if (isIn) all[block + t * width + column] = plain[i * k + t]!
        else plain[i * k + t] = all[block + t * width + column]!
    }
  }
}

/** Improves the factors until the projected gradient is at most `tol` of that of the first iteration. */
export function coordinateDescent(
  X: Tensor,
  start: Factors,
  { tol, maxIterations, first: known = null, W: forW, H: forH }: Descent,
): Factors & { iterations: number; converged: boolean; first: number } {
  return tidy(() => {
    const [n, d, k] = [X.shape[0]!, X.shape[1]!, start.H.shape[0]!]
    const type = X.dtype as Real
    const codes = new Codes(X, k)
    codes.copy(start.W, true)
    const m = padded(d, type)
    const [H, gramH, gramW, products] = [empty(type, [k, m]), empty(type, [k, k]), empty(type, [k, k]), empty(type, [k, m])] // biome-ignore format: one line
    copyRows(start.H, H)
    const solve = new CodeStep(codes, H, gramH, forW)
    const gemm = gemmOf(type)
    const descend = dataKernels(kernels())[`descendColumns_${type}`]
    let [first, iterations] = [known ?? 0, 0]
    let converged = false
    while (iterations < maxIterations && !converged) {
      iterations++
      view(products).fill(0)
      view(gramW).fill(0)
      let violation = solve.sweep((block, rows, count) => {
        gemm(false, false, k, d, count, 1, block, codes.width, rows, d, 1, products.pointer, m)
        gemm(false, true, k, k, count, 1, block, codes.width, block, codes.width, 1, gramW.pointer, k)
      })
      penalize(products, gramW, k, d, m, forH)
      violation += descend(k, m, H.pointer, gramW.pointer, products.pointer)
      if (iterations === 1 && known === null) first = violation
      converged = violation <= tol * first
    }
    const [W, plain] = [empty(type, [n, k]), empty(type, [k, d])]
    codes.copy(W, false)
    copyRows(H, plain)
    return { W, H: plain, iterations, converged, first }
  })
}

/** A pass over the codes of all blocks for a fixed H [k, m]. */
class CodeStep {
  readonly #products: Tensor

  constructor(
    private readonly codes: Codes,
    private readonly H: Tensor,
    private readonly gram: Tensor,
    private readonly weights: Weights,
  ) {
    this.#products = empty(H.dtype, [codes.k, codes.width])
    view(this.#products).fill(0)
  }

  /** Passes over each block until `isDone` says so of the projected gradient (once by default); returns their sum. */
  sweep(
    visit: ((block: number, rows: number, count: number) => void) | null,
    isDone: (violation: number, pass: number) => boolean = () => true,
  ): number {
    const { codes, H, gram, weights } = this
    const { k, width } = codes
    const [d, m, type] = [codes.X.shape[1]!, H.shape[1]!, H.dtype as Real]
    const gemm = gemmOf(type)
    const descend = dataKernels(kernels())[`descendColumns_${type}`]
    const products = this.#products
    gemm(false, true, k, k, d, 1, H.pointer, m, H.pointer, m, 0, gram.pointer, k)
    const g = view(gram)
    for (let t = 0; t < k; t++) g[t * k + t]! += weights.l2
    let total = 0
    codes.forEach((block, rows, count) => {
      // What a longer block before left in the padding must not reach its codes.
      if (count < width) view(products).fill(0)
      gemm(false, true, k, count, d, 1, H.pointer, m, rows, d, 0, products.pointer, width)
      if (weights.l1 > 0) lower(products, weights.l1)
      for (let pass = 0; ; pass++) {
        const violation = descend(k, width, block, gram.pointer, products.pointer)
        total += violation
        if (isDone(violation, pass)) break
      }
      visit?.(block, rows, count)
    })
    return total
  }
}

/** The product of matrices in one type. */
function gemmOf(type: Real): (transA: boolean, transB: boolean, ...rest: Numbers) => void {
  const library = lapack()
  return (transA, transB, ...rest) => library.gemm(type, transA, transB, ...rest)
}

type Numbers = Parameters<ReturnType<typeof lapack>['gemm']> extends [Real, boolean, boolean, ...infer R] ? R : never

function lower(x: Tensor, by: number): void {
  const values = view(x)
  for (let i = 0; i < values.length; i++) values[i]! -= by
}

/** products -= l1 within the first d columns, and gram += l2 I. */
function penalize(products: Tensor, gram: Tensor, k: number, d: number, m: number, { l1, l2 }: Weights): void {
  const g = view(gram)
  for (let t = 0; t < k; t++) g[t * k + t]! += l2
  if (l1 === 0) return
  const p = view(products)
  for (let t = 0; t < k; t++) for (let c = 0; c < d; c++) p[t * m + c]! -= l1
}

/** Copies the columns that both have. */
function copyRows(from: Tensor, to: Tensor): void {
  const [a, b] = [view(from), view(to)]
  const [p, q] = [from.shape[1]!, to.shape[1]!]
  b.fill(0)
  for (let t = 0; t < from.shape[0]!; t++) b.set(a.subarray(t * p, t * p + Math.min(p, q)), t * q)
}

/** Passes after which least squares are given up, and what is left of the gradient where they are done. */
const mostPasses = 10_000
const rest = 1e-12

/** W [n, k] that minimizes 1/2 ||X - W H||^2 + l1 sum W + l2 / 2 ||W||^2 for a given H: non-negative least squares of each row. */
export function solveCodes(X: Tensor, H: Tensor, weights: Weights): Tensor {
  return tidy(() => {
    const [k, type] = [H.shape[0]!, X.dtype as Real]
    const codes = new Codes(X, k)
    const wide = empty(type, [k, padded(H.shape[1]!, type)])
    copyRows(H, wide)
    const step = new CodeStep(codes, wide, empty(type, [k, k]), weights)
    let first = 0
    const limit = type === 'f32' ? 1e-6 : rest
    step.sweep(null, (violation, pass) => {
      if (pass === 0) first = violation
      return violation <= limit * first || pass >= mostPasses
    })
    const W = empty(type, [X.shape[0]!, k])
    codes.copy(W, false)
    return W
  })
}
