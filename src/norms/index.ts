/** `normball/norms`: norms as objects, which penalties, projections, clipping, pruning and optimizers take. */
export type { AlongOptions, Norm, Operand, Regularizer, ValueOptions } from './norm.js'
export { l1, l2, linf } from './vectors.js'
