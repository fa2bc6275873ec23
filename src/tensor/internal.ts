/**
 * What folders above need to add operations of their own: memory, layout, and the tape. Entered as an index is, but not public: programs use
 * `index.ts`.
 */
export { gradientsOf } from './autograd/backward.js'
export type { Rule } from './autograd/node.js'
export { alias, record } from './autograd/tape.js'
export { elementBytes, floatType, isFloat, typeCode } from './dtype.js'
export { sumTo } from './ops/broadcast.js'
export { checkOptions } from './ops/options.js'
export { castOf, checkTensor, copyInto, copyOf, together } from './ops/raw.js'
export { withGenerator } from './random.js'
export { kernels, lapack, writePlan } from './runtime.js'
export { tidy } from './scope.js'
export {
  broadcastShapes,
  broadcastStrides,
  checkAxes,
  checkAxis,
  checkShape,
  contiguousStrides,
  count,
  isContiguous,
  type Shape,
  sameShape,
} from './shape.js'
export { describe, empty, view, viewOf } from './tensor.js'
