/** `normball/norms`: norms as objects, which penalties, projections, clipping, pruning and optimizers take. */
export { distance, rescale, sharp } from './functions.js'
export { group, infNorm, oneNorm } from './group.js'
export type { Groups } from './groups.js'
export { kSupport } from './kSupport.js'
export { type Lp, lp } from './lp.js'
export {
  frobenius,
  kyFan,
  nuclear,
  rank,
  type SpectralNorm,
  type SpectralSteepestOptions,
  schatten,
  spectral,
} from './matrices.js'
export { type NewtonSchulzOptions, newtonSchulz } from './newtonSchulz.js'
export type { AlongOptions, Norm, Operand, Regularizer, ValueOptions } from './norm.js'
export { orderedL1 } from './ordered.js'
export { normNames, parseNorm } from './parse.js'
export { type ElasticNetOptions, elasticNet, squared, sumOfPowers } from './penalties.js'
export { isNorm } from './regularizer.js'
export { l0, l1, l2, linf } from './vectors.js'
export { weighted } from './weighted.js'
