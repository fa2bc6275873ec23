/** The largest eigenvalues of the Hessian of a loss, by Lanczos iteration with products from double backward. */
import { UsageError } from '../../core/index.js'
import { eigh } from '../../linalg/index.js'
import { enableGrad, Generator, type Tensor, tensor, toArray } from '../../tensor/index.js'
import { describe, empty, gradientsOf, kernels, tidy, together, typeCode, view } from '../../tensor/internal.js'
import { type NamedParameter, named, type Parameters } from '../params.js'

export interface SharpnessOptions {
  /** How many eigenvalues, largest first; 1 by default. */
  k?: number
  /** Iterations at most; 100 by default, and never more than there are parameters. Each costs one backward pass through the gradient. */
  iterations?: number
  /** Relative residual at which an eigenvalue counts as found; 1e-4 by default. */
  tolerance?: number
  /** Where the start vector comes from; a seed of its own by default, so that the answer is the same each time. */
  generator?: Generator
}

export interface Sharpness {
  /** Largest eigenvalues, largest first; fewer than k where the Krylov space ends before. */
  readonly eigenvalues: readonly number[]
  /** ||H x - lambda x|| of each, a bound on its error. */
  readonly residuals: readonly number[]
  /** 2 / the largest: gradient descent with a larger rate diverges on the quadratic model. Infinity where no direction curves up. */
  readonly largestRate: number
  readonly converged: boolean
  readonly iterations: number
}

/**
 * The k largest eigenvalues of the Hessian of `loss` with respect to parameters. The loss is evaluated once; `.grad` is left alone.
 *
 * Lanczos with full reorthogonalization (twice), in f64 whatever the parameters are. From below: an eigenvalue that is reported is at most the
 * true one, up to its residual. Multiple eigenvalues are found once (the Krylov space holds one vector of each). Not finite: the eigenvalues are
 * NaN and `converged` is false. Throws UsageError for a loss of several elements or one that does not depend on the parameters.
 * Source: Golub & Van Loan, "Matrix Computations", 4th ed., 10.1 to 10.3.
 *
 * @example
 * const { eigenvalues, largestRate } = sharpness(() => mseLoss(model.forward(x), y), model.parameters())
 */
export function sharpness(loss: () => Tensor, parameters: Parameters, options: SharpnessOptions = {}): Sharpness {
  const { k = 1, tolerance = 1e-4, generator = new Generator(0) } = options
  const all = named('sharpness', parameters).filter(({ value }) => value.requiresGrad && value.size > 0)
  if (!Number.isInteger(k) || k < 1) throw new UsageError(`sharpness: k = ${k}; expected a whole number of at least 1.`)
  if (all.length === 0) throw new UsageError('sharpness: no parameter requires a gradient. Try unfreeze().')
  const size = all.reduce((n, { value }) => n + value.size, 0)
  const most = Math.min(size, options.iterations ?? Math.max(100, 3 * k))
  return tidy(() => lanczos(hessianOf(loss, all), size, { k, most, tolerance, generator }))
}

/** v -> H v on vectors of all parameters, one after the other, in f64. */
function hessianOf(loss: () => Tensor, all: readonly NamedParameter[]): (v: Tensor) => Tensor {
  const values = all.map(({ value }) => value)
  const gradients = enableGrad(() => {
    const at = loss()
    if (at.size !== 1) throw new UsageError(`sharpness: the loss is ${describe(at)}; expected one element. Try mean().`)
    if (!at.requiresGrad) throw new UsageError('sharpness: the loss does not depend on the parameters.')
    return gradientsOf([at], [null], values, { createGraph: true })
  })
  // A gradient that does not depend on parameters (a linear loss) has no second derivative.
  const live = gradients.flatMap((g, i) => (g?.requiresGrad ? [{ g, i }] : []))
  const offsets = values.map((_, i) => values.slice(0, i).reduce((n, { size }) => n + size, 0))
  return (v) => {
    const out = empty('f64', v.shape)
    view(out).fill(0)
    tidy(() => {
      const seeds = live.map(({ g, i }) => pieceOf(v, offsets[i]!, g))
      const outputs = live.map(({ g }) => g)
      const products = live.length === 0 ? [] : gradientsOf(outputs, seeds, values, { retainGraph: true })
      for (const [i, product] of products.entries()) if (product !== null) writePiece(out, offsets[i]!, product)
    })
    return out
  }
}

/** Elements of v from an offset on, in the shape and type of g. */
function pieceOf(v: Tensor, offset: number, g: Tensor): Tensor {
  const piece = empty(g.dtype, g.shape)
  kernels().array.cast(typeCode.f64, typeCode[g.dtype], g.size, v.pointer + 8 * offset, piece.pointer)
  return piece
}

function writePiece(out: Tensor, offset: number, product: Tensor): void {
  const from = together(product)
  kernels().array.cast(typeCode[from.dtype], typeCode.f64, from.size, from.pointer, out.pointer + 8 * offset)
}

interface Plan {
  readonly k: number
  readonly most: number
  readonly tolerance: number
  readonly generator: Generator
}

const dot = (a: Tensor, b: Tensor): number => kernels().array.dot(typeCode.f64, a.size, a.pointer, b.pointer)
const addTo = (y: Tensor, alpha: number, x: Tensor): void =>
  kernels().array.axpy(typeCode.f64, y.size, alpha, x.pointer, y.pointer)

function lanczos(product: (v: Tensor) => Tensor, size: number, { k, most, tolerance, generator }: Plan): Sharpness {
  const basis: Tensor[] = []
  const [alphas, betas]: [number[], number[]] = [[], []]
  let next = scaled(generator.fill('normal', empty('f64', [size])))
  let scale = 0
  for (;;) {
    basis.push(next)
    const w = product(next)
    const alpha = dot(w, next)
    if (!Number.isFinite(alpha)) return broken(k, basis.length)
    alphas.push(alpha)
    // Twice is enough (Kahan): also takes alpha q_j and beta q_(j-1) away.
    for (let twice = 0; twice < 2; twice++) for (const q of basis) addTo(w, -dot(w, q), q)
    const beta = Math.sqrt(dot(w, w))
    scale = Math.max(scale, Math.abs(alpha) + beta)
    const isOver = basis.length >= most || beta <= size * 2 ** -52 * scale
    // The small eigenproblem is solved now and then: its cost grows with the cube of the iterations.
    if (isOver || basis.length % 5 === 0 || basis.length <= 3) {
      const found = ritz(alphas, betas, beta, k)
      const isFound = found.values.length >= k && found.values.every((value, i) => found.residuals[i]! <= tolerance * Math.max(Math.abs(value), 2 ** -52 * scale)) // biome-ignore format: one line
      if (isOver || isFound) {
        const isWhole = basis.length >= size || beta <= size * 2 ** -52 * scale
        const top = found.values[0]!
        return {
          eigenvalues: found.values,
          residuals: found.residuals,
          largestRate: top > 0 ? 2 / top : Number.POSITIVE_INFINITY,
          converged: isFound || isWhole,
          iterations: basis.length,
        }
      }
    }
    betas.push(beta)
    next = scaled(w)
  }
}

/** w to length 1, in place. */
function scaled(w: Tensor): Tensor {
  const data = view(w)
  const size = Math.sqrt(dot(w, w))
  for (let i = 0; i < data.length; i++) data[i]! /= size
  return w
}

/** The k largest eigenvalues of the tridiagonal matrix, and residuals by the last elements of its eigenvectors. */
function ritz(
  alphas: readonly number[],
  betas: readonly number[],
  beta: number,
  k: number,
): { values: number[]; residuals: number[] } {
  return tidy(() => {
    const n = alphas.length
    const T = alphas.map((alpha, i) =>
      alphas.map((_, j) => (i === j ? alpha : Math.abs(i - j) === 1 ? betas[Math.min(i, j)]! : 0)),
    )
    const { eigenvalues, eigenvectors } = eigh(tensor(T, { dtype: 'f64' }))
    const [values, vectors] = [toArray(eigenvalues), toArray(eigenvectors)]
    const places = Array.from({ length: Math.min(k, n) }, (_, i) => n - 1 - i)
    return {
      values: places.map((j) => values[j]!),
      residuals: places.map((j) => Math.abs(beta * vectors[(n - 1) * n + j]!)),
    }
  })
}

const broken = (k: number, iterations: number): Sharpness => ({
  eigenvalues: Array<number>(k).fill(Number.NaN),
  residuals: Array<number>(k).fill(Number.NaN),
  largestRate: Number.NaN,
  converged: false,
  iterations,
})
