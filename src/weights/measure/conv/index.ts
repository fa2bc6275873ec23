/** The true operator norm of convolutions. */
export { type ConvLayout, convLayout } from './layout.js'
export { convFigures, isFeasible } from './operator.js'
