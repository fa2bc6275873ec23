/** Exports of the array module: see src/kernels/array.ts. */
export { addStrided } from './add'
export { binary, binaryScalar } from './binary'
export { binaryStrided, where } from './broadcast'
export { cast, firstNonfinite } from './cast'
export { fill, ramp } from './fill'
export { gatherStrided, scatterStrided } from './move'
export { unary } from './unary'
