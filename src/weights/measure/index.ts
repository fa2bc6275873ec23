/** Measuring one tensor. */
export { isStack } from './lines.js'
export { measureTensor } from './tensor.js'
export type { Measured, MeasureEngine, MeasureOptions, SliceFacts, TensorFacts } from './types.js'
