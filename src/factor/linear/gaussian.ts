/** The log-likelihood of rows under a normal distribution given by its leading directions and the noise around them. */
import { NumericalError } from '../../core/index.js'
import type { Tensor } from '../../tensor/index.js'
import { view } from '../../tensor/internal.js'
import { squaresOf } from './squares.js'

interface Gaussian {
  readonly components: Tensor
  readonly explainedVariance: Tensor
  readonly mean: Tensor
  readonly noiseVariance: number
}

/**
 * Mean over rows of -1/2 (d log 2 pi + log det C + (x - mean)^T C^-1 (x - mean)), C = V^T diag(variance) V + noise (I - V^T V). Throws
 * NumericalError (`singular`) where C is.
 */
export function gaussianScore(
  op: string,
  x: Tensor,
  { components, explainedVariance, mean, noiseVariance }: Gaussian,
): number {
  const [k, d] = components.shape as readonly [number, number]
  const n = x.shape[0]!
  const variances = Float64Array.from(view(explainedVariance))
  const least = Math.min(variances.at(-1)!, k < d ? noiseVariance : Number.POSITIVE_INFINITY)
  if (!(least > variances[0]! * (d * 2 ** -52) ** 2))
    throw new NumericalError(
      'singular',
      `${op}: the covariance of ${d} columns has no variance beyond ${k} components, so that no row has a likelihood. Try a smaller k, or leaving constant columns out.`,
    )
  let logDeterminant = (d - k) * Math.log(k < d ? noiseVariance : 1)
  for (const variance of variances) logDeterminant += Math.log(variance)
  const { along, rest } = squaresOf(x, mean, components)
  let squares = k < d ? rest / noiseVariance : 0
  for (const [j, one] of along.entries()) squares += one / variances[j]!
  return -0.5 * (d * Math.log(2 * Math.PI) + logDeterminant + squares / n)
}
