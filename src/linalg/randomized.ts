/** The randomized singular value decomposition: a few dozen products with A in place of a full decomposition. */
import { type Generator, matmul, noGrad, norm, randn, slice, sub, to, transpose } from '../tensor/index.js'
import { type Operator, productsOf } from './operator.js'
import { qr } from './qr.js'
import { type Tensor, tidy, UsageError, view } from './support.js'
import { svd } from './svd.js'

export interface RandomizedOptions {
  /** Random vectors beyond k (10). */
  oversample?: number
  /** Products with A A^T that sharpen the range before it is used, with QR between (2); more for spectra that fall slowly. */
  powerIterations?: number
  /** Vectors that the error is estimated with (6): the bound holds with probability 1 - 10^-probes. */
  probes?: number
  generator?: Generator
}

export interface RandomizedSVD {
  /** [m, k], [k], [k, n]. */
  readonly U: Tensor
  readonly S: Tensor
  readonly Vh: Tensor
  /** Bound of ||A - U diag(S) Vh|| in the spectral norm. */
  readonly error: number
  /** With which it holds, over the random numbers. */
  readonly probability: number
}

/**
 * The k largest singular values and vectors of A [m, n], dense, sparse or an operator, approximately; no gradient. Computed in f64.
 *
 * The error bound is that of the range found (10 sqrt(2 / pi) times the largest residual of random vectors) and the first value left out.
 * Source: Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1, equation 4.3.
 *
 * @example
 * const { U, S, Vh, error } = randomizedSvd(A, 10)
 */
export function randomizedSvd(A: Operator, k: number, options: RandomizedOptions = {}): RandomizedSVD {
  const { oversample = 10, powerIterations = 2, probes = 6, generator } = options
  return noGrad(() =>
    tidy(() => {
      const { m, n, apply, applyTransposed } = productsOf('randomizedSvd', A)
      const most = Math.min(m, n)
      if (!Number.isInteger(k) || k < 0 || k > most)
        throw new UsageError(
          `randomizedSvd: k = ${k} of a [${m}, ${n}] matrix; expected a whole number from 0 to ${most}.`,
        )
      for (const [name, value] of Object.entries({ oversample, powerIterations, probes }))
        if (!Number.isInteger(value) || value < 0)
          throw new UsageError(`randomizedSvd: ${name} ${value}; expected a whole number from 0 on.`)
      const width = Math.min(most, k + oversample)
      const normals = (columns: number): Tensor =>
        randn([n, columns], { dtype: 'f64', ...(generator ? { generator } : {}) })
      let Q = qr(apply(normals(width))).Q
      for (let i = 0; i < powerIterations; i++) Q = qr(apply(qr(applyTransposed(Q)).Q)).Q
      const { U, S, Vh } = svd(transpose(applyTransposed(Q)))
      const rest = probes === 0 ? Number.POSITIVE_INFINITY : outsideBound(Q, apply(normals(probes)))
      const next = width > k ? view(S)[k]! : 0
      const type = 'dtype' in A && A.dtype === 'f32' ? 'f32' : 'f64'
      return {
        U: to(matmul(Q, slice(U, null, { stop: k })), type),
        S: to(slice(S, { stop: k }), type).clone(),
        Vh: to(slice(Vh, { stop: k }), type).clone(),
        // A square or full range leaves nothing out.
        error: rest + next,
        probability: 1 - 10 ** -probes,
      }
    }),
  )
}

/** 10 sqrt(2 / pi) max ||(I - Q Q^T) A w||. */
function outsideBound(Q: Tensor, Y: Tensor): number {
  const outside = sub(Y, matmul(Q, matmul(transpose(Q), Y)))
  return 10 * Math.sqrt(2 / Math.PI) * Math.max(0, ...view(norm(outside, { axis: 0 })))
}
