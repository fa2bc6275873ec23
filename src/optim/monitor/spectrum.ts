/**
 * The largest singular value of a weight that changes little between two looks: power iteration that starts from the vector of the look before,
 * so that two products are enough. A matrix of few rows or columns is measured exactly, by the eigenvalues of its small Gram matrix.
 */
import { Generator, keep, type Tensor } from '../../tensor/index.js'
import { empty, kernels, lapack, tidy, together, view } from '../../tensor/internal.js'
import { euclidean } from './measure.js'

export interface Spectrum {
  /** Exact for few rows or columns, else from below. */
  readonly spectral: number
  /** ||W||_F^2 / ||W||_2^2; null for a zero matrix. */
  readonly stableRank: number | null
}

/** Rows or columns up to which the Gram matrix costs less than iterations. */
const small = 16
/** Iterations of the first look at most, and of each later one. */
const [firstly, later] = [50, 2]
const tolerance = 1e-7

/** Of one weight; holds a vector between looks. */
export class SpectrumProbe {
  #v: Tensor | null = null

  /** null for vectors and where elements are not finite. */
  look(weight: Tensor): Spectrum | null {
    if (weight.rank < 2 || weight.size === 0) return null
    const frobenius = euclidean(weight)
    if (!Number.isFinite(frobenius)) return null
    if (frobenius === 0) return { spectral: 0, stableRank: null }
    const [m, n] = [weight.shape[0]!, weight.size / weight.shape[0]!]
    const spectral = tidy(() => {
      const W = together(weight)
      return Math.min(m, n) === 1 ? frobenius : Math.min(m, n) <= small ? byGram(W, m, n) : this.#iterate(W, m, n)
    })
    if (!(spectral > 0 && Number.isFinite(spectral))) return null
    // Rounding must not take it past what bounds it.
    const held = Math.min(spectral, frobenius)
    return { spectral: held, stableRank: Math.max(1, (frobenius / held) ** 2) }
  }

  #iterate(W: Tensor, m: number, n: number): number {
    const type = W.dtype as 'f32' | 'f64'
    const isFirst = this.#v === null
    this.#v ??= keep(new Generator(0).fill('normal', empty(type, [n])))
    const [u, v] = [empty(type, [m]), this.#v]
    let sigma = 0
    for (let i = 0; i < (isFirst ? firstly : later); i++) {
      const before = sigma
      if (i === 0) normalize(v)
      lapack().gemv(type, false, m, n, 1, W.pointer, n, v.pointer, 0, u.pointer)
      const size = normalize(u)
      lapack().gemv(type, true, m, n, 1, W.pointer, n, u.pointer, 0, v.pointer)
      sigma = normalize(v)
      if (!(size > 0 && sigma > 0)) {
        this.dispose()
        return 0
      }
      if (Math.abs(sigma - before) <= tolerance * sigma) break
    }
    return sigma
  }

  dispose(): void {
    this.#v?.dispose()
    this.#v = null
  }
}

/** Scales to length 1 in place; returns the length before. A vector has as many elements as a layer has units: few. */
function normalize(x: Tensor): number {
  const { array } = kernels()
  const code = x.dtype === 'f32' ? 0 : 1
  const size = Math.sqrt(array.dot(code, x.size, x.pointer, x.pointer))
  if (size > 0 && Number.isFinite(size)) {
    const data = view(x)
    for (let i = 0; i < data.length; i++) data[i]! /= size
  }
  return size
}

function byGram(W: Tensor, m: number, n: number): number {
  const type = W.dtype as 'f32' | 'f64'
  const k = Math.min(m, n)
  const [G, w] = [empty(type, [k, k]), empty(type, [k])]
  lapack().syrk(type, 'lower', k === n && k !== m, k, Math.max(m, n), 1, W.pointer, n, 0, G.pointer, k)
  const info = lapack().syevd(type, false, 'lower', k, G.pointer, k, w.pointer)
  return info === 0 ? Math.sqrt(view(w)[k - 1]!) : Number.NaN
}
