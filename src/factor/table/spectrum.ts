/** Singular values of a prepared table, and how far its nearest tables of rank k are from it in each norm. */
import type { Tensor } from '../../tensor/index.js'
import { reconstructionErrors } from '../linear/reconstruction.js'
import { type Spectrum, spectrumOf } from '../linear/spectrum.js'
import type { CurvePoint } from './types.js'

/** The smaller side of a table whose spectrum is computed whole. */
const largestSide = 2000
/** Elements that the norms of residuals may touch. */
const residualWork = 1e9
const mostPoints = 48

/** All singular values of x [n, d], centred or not; null where it is too large. Its tensor belongs to the scope that is open. */
export function wholeSpectrum(x: Tensor, centred: boolean): Spectrum | null {
  const [n, d] = x.shape as [number, number]
  const side = Math.min(n, d)
  if (side > largestSide || (centred && n < 2)) return null
  const randomized = { seed: 0, iterations: 0, oversampling: 0 }
  return spectrumOf('factorTable', x, { centred, solver: 'auto', count: () => 1, most: side, randomized })
}

/** Numbers of components to look at: all where they are few, else dense where k is small, with k itself and the rank. */
export function stepsOf(rank: number, k: number, elements: number): number[] {
  const affordable = Math.max(6, Math.min(mostPoints, Math.floor(residualWork / Math.max(1, elements))))
  if (rank < affordable) return Array.from({ length: rank + 1 }, (_, i) => i)
  const steps = new Set([0, 1, Math.min(k, rank), rank])
  for (let i = 0; i <= affordable && steps.size < affordable; i++) steps.add(Math.round(rank ** (i / affordable)))
  return [...steps].sort((a, b) => a - b)
}

/** Norms of X - X_k for some k from 0 to the rank of x [n, d]. */
export function curveOf(x: Tensor, centred: boolean, k: number): CurvePoint[] {
  const [n, d] = x.shape as [number, number]
  const steps = stepsOf(Math.min(n, d), k, n * d)
  const rank = Math.min(n, d)
  return reconstructionErrors(x, steps, { centred }).map(({ relative, ...norms }) => ({
    ...norms,
    // Of all components nothing is left but rounding error.
    ...(norms.k === rank && { l1: 0, linf: 0 }),
    share: 1 - relative ** 2,
  })) // biome-ignore format: one line
}
