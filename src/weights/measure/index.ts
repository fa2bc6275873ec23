/** Measuring one tensor. */
export { isStack } from './lines.js'
export { Arena } from './memory.js'
export { gramMatrix } from './spectrum/gram.js'
export { copyColumns, copyRows, type MatrixView } from './spectrum/panels.js'
export { measureTensor } from './tensor.js'
export type { Measured, MeasureEngine, MeasureOptions, SliceFacts, TensorFacts } from './types.js'
