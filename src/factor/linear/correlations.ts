/** Correlations of the columns of a table: what factor analysis asks of them, by the matrix [p, p] or, with fewer rows than columns, by the rows. */
import { eigh } from '../../linalg/index.js'
import type { Tensor } from '../../tensor/index.js'
import { empty, lapack, tidy, view } from '../../tensor/internal.js'
import { runningMean } from './blocks.js'
import { scatterOf } from './scatter.js'
import { centredCopy } from './second.js'

/** R [p, p], with ones on its diagonal. */
export interface Correlations {
  /** p. */
  readonly columns: number
  /** The eigenpairs above 1 of diag(roots) R diag(roots), k at most, descending: vectors as rows [.., p]. */
  leading(roots: Float64Array, k: number): { readonly lambda: Float64Array; readonly vectors: Float64Array }
}

export interface Standardized {
  /** Of the columns that vary. */
  readonly correlations: Correlations
  readonly mean: Float64Array
  /** ddof 0, of all columns. */
  readonly deviations: Float64Array
  /** Columns that vary, ascending. */
  readonly active: readonly number[]
}

/** Of contiguous x [n, d]. Its tensors belong to the scope that is open. */
export function correlationsOf(op: string, x: Tensor): Standardized {
  const [n, d] = x.shape as readonly [number, number]
  return n < d ? byRows(op, x) : byMatrix(op, x)
}

function byMatrix(op: string, x: Tensor): Standardized {
  const [n, d] = x.shape as readonly [number, number]
  const running = runningMean(d)
  const scatter = view(scatterOf(op, x, running))
  const { mean } = running
  const deviations = Float64Array.from({ length: d }, (_, j) => Math.sqrt(scatter[j * (d + 1)]! / n))
  const active = varying(deviations, mean)
  const p = active.length
  const R = new Float64Array(p * p)
  for (const [a, i] of active.entries())
    for (const [b, j] of active.entries())
      R[a * p + b] = a === b ? 1 : scatter[Math.min(i, j) * d + Math.max(i, j)]! / n / deviations[i]! / deviations[j]!
  const leading = (roots: Float64Array, k: number) =>
    tidy(() => {
      const scaled = empty('f64', [p, p])
      const to = view(scaled)
      for (let i = 0; i < p; i++) for (let j = 0; j < p; j++) to[i * p + j] = R[i * p + j]! * roots[i]! * roots[j]!
      return aboveOne(scaled, k)
    })
  return { correlations: { columns: p, leading }, mean, deviations, active }
}

/** With Z [n, p] the standardized rows by sqrt(n), R = Z^T Z has the eigenvalues of Z Z^T [n, n], and zeros. */
function byRows(op: string, x: Tensor): Standardized {
  const [n, d] = x.shape as readonly [number, number]
  const { rows, mean } = centredCopy(op, x)
  const centred = view(rows)
  const deviations = new Float64Array(d)
  for (let at = 0; at < n * d; at++) deviations[at % d]! += centred[at]! ** 2 / n
  for (let j = 0; j < d; j++) deviations[j] = Math.sqrt(deviations[j]!)
  const active = varying(deviations, mean)
  const p = active.length
  const Z = new Float64Array(n * p)
  for (let i = 0; i < n; i++)
    for (const [a, j] of active.entries()) Z[i * p + a] = centred[i * d + j]! / deviations[j]! / Math.sqrt(n)
  const leading = (roots: Float64Array, k: number) =>
    tidy(() => {
      const scaled = empty('f64', [n, p])
      const to = view(scaled)
      for (let i = 0, at = 0; i < n; i++) for (let j = 0; j < p; j++, at++) to[at] = Z[at]! * roots[j]!
      const gram = empty('f64', [n, n])
      lapack().gemm('f64', false, true, n, n, p, 1, scaled.pointer, p, scaled.pointer, p, 0, gram.pointer, n)
      const { lambda, vectors: left } = aboveOne(gram, k)
      const fitted = lambda.length
      if (fitted === 0) return { lambda, vectors: left }
      const [W, V] = [empty('f64', [fitted, n]), empty('f64', [fitted, p])]
      view(W).set(left)
      lapack().gemm('f64', false, false, fitted, p, n, 1, W.pointer, n, scaled.pointer, p, 0, V.pointer, p)
      return { lambda, vectors: Float64Array.from(view(V), (one, at) => one / Math.sqrt(lambda[Math.floor(at / p)]!)) }
    })
  return { correlations: { columns: p, leading }, mean, deviations, active }
}

/** A column of equal numbers leaves what rounding made of its mean. */
const varying = (deviations: Float64Array, mean: Float64Array): number[] =>
  Array.from(deviations.keys()).filter((j) => deviations[j]! > 8 * 2 ** -52 * Math.abs(mean[j]!))

function aboveOne(symmetric: Tensor, k: number): { lambda: Float64Array; vectors: Float64Array } {
  const s = symmetric.shape[0]!
  const { eigenvalues, eigenvectors } = eigh(symmetric)
  const [w, V] = [view(eigenvalues), view(eigenvectors)]
  let fitted = 0
  while (fitted < Math.min(k, s) && w[s - 1 - fitted]! > 1) fitted++
  const vectors = new Float64Array(fitted * s)
  for (let m = 0; m < fitted; m++) for (let j = 0; j < s; j++) vectors[m * s + j] = V[j * s + s - 1 - m]!
  return { lambda: Float64Array.from({ length: fitted }, (_, m) => w[s - 1 - m]!), vectors }
}
