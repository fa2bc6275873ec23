/** `normball/norms`: norms as objects, which penalties, projections, clipping, pruning and optimizers take. */
export { group, infNorm, oneNorm } from './group.js'
export type { Groups } from './groups.js'
export { frobenius, kyFan, nuclear, spectral } from './matrices.js'
export { type NewtonSchulzOptions, newtonSchulz } from './newtonSchulz.js'
export type { AlongOptions, Norm, Operand, Regularizer, ValueOptions } from './norm.js'
export { l1, l2, linf } from './vectors.js'
