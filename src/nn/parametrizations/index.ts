/** Weights that are functions of what is trained. */
export { type OrthogonalMap, type OrthogonalOptions, orthogonal } from './orthogonal.js'
export { isParametrized, Parametrization, registerParametrization, removeParametrizations } from './parametrize.js'
export { type SpectralNormOptions, spectralNorm } from './spectralNorm.js'
export { removeWeightNorm, type WeightNormOptions, weightNorm } from './weightNorm.js'
