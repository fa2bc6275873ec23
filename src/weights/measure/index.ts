/** Measuring one tensor. */
export { measureTensor } from './tensor.js'
export type { Measured, MeasureEngine, MeasureOptions, SliceFacts, TensorFacts } from './types.js'
