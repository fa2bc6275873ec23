/** A few eigenvalues or singular values of large matrices, dense, sparse or given as operators, by block Lanczos with restarts. */
import {
  concat,
  type Generator,
  matmul,
  mul,
  noGrad,
  norm,
  randn,
  slice,
  sub,
  tensor,
  transpose,
} from '../tensor/index.js'
import { eigh } from './eigh.js'
import { type Operator, productsOf } from './operator.js'
import { LinalgError, ok } from './outcome.js'
import { qr } from './qr.js'
import { epsilon, type Tensor, tidy, UsageError, view } from './support.js'
import { svd } from './svd.js'

export interface SpectrumOptions {
  /** Top or bottom of the spectrum (`largest`). Of `eigsh` by value, `magnitude` by size. */
  which?: 'largest' | 'smallest' | 'magnitude'
  /** Residuals ||A v - theta v|| are at most `tol` times the largest eigenvalue found (1e-10). */
  tol?: number
  /** Products with blocks of vectors (300). */
  maxIterations?: number
  /** Vectors in a block (4, or k when it is smaller): at least the multiplicity of what is wanted finds repeated values surely. */
  block?: number
  generator?: Generator
  /** `false`: return what there is, with its residuals, when not all converged. */
  check?: boolean
}

export interface PartialEigh {
  /** Best first: largest, smallest, or largest in size. */
  readonly eigenvalues: Tensor
  /** [n, k], orthonormal. */
  readonly eigenvectors: Tensor
  /** ||A v - theta v||: a bound of each value's error, too. */
  readonly residuals: Tensor
  readonly outcome: 'converged' | 'iteration-limit'
  /** Products with blocks. */
  readonly iterations: number
}

/**
 * k eigenvalues and eigenvectors of symmetric A [n, n], from the top or the bottom of its spectrum. In f64; no gradient. Symmetry is trusted.
 *
 * Throws NumericalError (`iteration-limit`) when residuals stay above `tol`; `{ check: false }` returns them. Source: block Lanczos with full
 * reorthogonalization (Golub & Underwood 1977) and thick restarts (Wu & Simon 2000).
 *
 * @example
 * eigsh(A, 3, { which: 'smallest' }).eigenvalues
 */
export function eigsh(A: Operator, k: number, options: SpectrumOptions = {}): PartialEigh {
  return noGrad(() =>
    tidy(() => {
      const { m, n, apply } = productsOf('eigsh', A)
      if (m !== n) throw new UsageError(`eigsh: A is [${m}, ${n}]; expected a square, symmetric matrix. Try svds.`)
      return lanczos('eigsh', n, k, apply, options)
    }),
  )
}

export interface PartialSVD {
  /** [m, k], [k], [k, n]; values descending, or ascending for `smallest`. */
  readonly U: Tensor
  readonly S: Tensor
  readonly Vh: Tensor
  readonly outcome: 'converged' | 'iteration-limit'
  readonly iterations: number
}

/**
 * k singular values and vectors of A [m, n], from the top or the bottom. In f64; no gradient. Through A^T A (or A A^T): values below 1e-8 of the
 * largest are no more than small. Errors and sources as `eigsh`.
 */
export function svds(A: Operator, k: number, options: SpectrumOptions = {}): PartialSVD {
  return noGrad(() =>
    tidy(() => {
      const { m, n, apply, applyTransposed } = productsOf('svds', A)
      const isTall = m >= n
      const [there, again] = isTall ? [apply, applyTransposed] : [applyTransposed, apply]
      const {
        eigenvectors: V,
        outcome,
        iterations,
      } = lanczos('svds', Math.min(m, n), k, (X) => again(there(X)), options)
      // The SVD of A V has the values to full accuracy, and orthonormal vectors on both sides.
      const { U, S, Vh } = svd(there(V))
      const right = matmul(Vh, transpose(V))
      const result = isTall ? { U, S, Vh: right } : { U: transpose(right), S, Vh: transpose(U) }
      if (options.which !== 'smallest') return { ...result, outcome, iterations }
      return { U: result.U.flip(1), S: result.S.flip(0), Vh: result.Vh.flip(0), outcome, iterations }
    }),
  )
}

/** Orthonormal rows spanning those of W, without what lies in the span of `basis` (null for none); fewer where W has fewer directions. */
function orthonormalRows(W: Tensor, basis: Tensor | null, scale: number): Tensor {
  const clean = (X: Tensor): Tensor => {
    let rest = X
    for (let pass = 0; basis !== null && pass < 2; pass++)
      rest = sub(rest, matmul(matmul(rest, transpose(basis)), basis))
    return rest
  }
  const { Q, R } = qr(transpose(clean(W)), { pivoting: true })
  const [k, n] = [R.shape[0]!, R.shape[1]!]
  let rank = 0
  while (rank < k && Math.abs(view(R)[rank * n + rank]!) > scale) rank++
  // Normalizing enlarges what rounding left of the basis, so it is removed once more.
  const rows = clean(transpose(slice(Q, null, { stop: rank })))
  return rank === 0 ? rows : transpose(qr(transpose(rows)).Q)
}

function lanczos(
  op: string,
  n: number,
  k: number,
  apply: (X: Tensor) => Tensor,
  options: SpectrumOptions,
): PartialEigh {
  const { which = 'largest', tol = 1e-10, maxIterations = 300, generator } = options
  if (!Number.isInteger(k) || k < 1 || k > n)
    throw new UsageError(`${op}: k = ${k} of ${n} values; expected a whole number from 1 to ${n}.`)
  const block = Math.min(n, options.block ?? Math.min(k, 4))
  const most = Math.min(n, Math.max(2 * k + 8 * block, 40))
  const random = (rows: number): Tensor => randn([rows, n], { dtype: 'f64', ...(generator ? { generator } : {}) })
  const product = (rows: Tensor): Tensor => transpose(apply(transpose(rows))).contiguous()
  // Rows of V are the basis, those of AV their products: A's projection is V AV^T, whatever restarts have made of V.
  let V = orthonormalRows(random(block), null, 0)
  let AV = product(V)
  let next = AV
  for (let iterations = 1; ; iterations++) {
    const T = matmul(V, transpose(AV))
    const size = V.shape[0]!
    const { eigenvalues, eigenvectors } = eigh(mul(T.add(transpose(T)), 0.5))
    const order = orderOf(view(eigenvalues), which)
    const top = Math.max(...Array.from(view(eigenvalues), Math.abs))
    const scale = 8 * n * epsilon.f64 * top
    const wanted = Math.min(k, size)
    const pick = (count: number): Tensor => transpose(eigenvectors).indexSelect(placesTensor(order.slice(0, count)))
    const Y = pick(wanted)
    const [ritz, mapped] = [matmul(Y, V), matmul(Y, AV)]
    const values = eigenvalues.indexSelect(placesTensor(order.slice(0, wanted)))
    const residuals = norm(sub(mapped, mul(ritz, values.unsqueeze(1))), { axis: 1 })
    const isConverged = wanted === k && Math.max(...view(residuals)) <= Math.max(tol * top, scale)
    if (isConverged || size === n || iterations >= maxIterations) {
      const outcome = isConverged || size === n ? 'converged' : 'iteration-limit'
      if (outcome !== 'converged' && options.check !== false)
        throw new LinalgError({
          ...ok,
          outcome: 'not-converged',
          message: `${op}: after ${iterations} products the largest residual is ${Math.max(...view(residuals)).toExponential(1)}; expected at most ${(tol * top).toExponential(1)}. Try more maxIterations, a larger tol or block, or { check: false }.`,
        })
      return { eigenvalues: values, eigenvectors: transpose(ritz), residuals, outcome, iterations }
    }
    let fresh = orthonormalRows(next, V, scale)
    // An invariant subspace was found, such as one of repeated values: what else there is, random directions find.
    if (fresh.shape[0]! < block) {
      const filled = fresh.shape[0]! === 0 ? V : concat([V, fresh])
      const missing = Math.min(block - fresh.shape[0]!, n - filled.shape[0]!)
      if (missing > 0) fresh = concat([fresh, orthonormalRows(random(missing), filled, 1e-8)])
    }
    // What the restart drops is orthogonal to the new block already: A maps the Ritz vectors kept into their span and the block's.
    if (size + block > most && size + block < n) {
      const Z = pick(Math.min(size - 1, k + 2 * block))
      V = matmul(Z, V)
      AV = matmul(Z, AV)
    }
    fresh = slice(fresh, { stop: n - V.shape[0]! })
    next = product(fresh)
    V = concat([V, fresh])
    AV = concat([AV, next])
  }
}

/** Places of ascending values, best first. */
function orderOf(values: ArrayLike<number>, which: 'largest' | 'smallest' | 'magnitude'): number[] {
  const places = Array.from(values, (_, i) => i)
  if (which === 'smallest') return places
  if (which === 'largest') return places.reverse()
  return places.sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!))
}

function placesTensor(places: readonly number[]): Tensor {
  return tensor([...places], { dtype: 'i32' })
}
