/** Measuring one tensor, and what comparing and editing take of it. */
export { isStack } from './lines.js'
export { fitsKept, matrixFigures, matrixFiguresOfPanels, methodFor } from './matrix.js'
export { Arena, isOutOfMemory, withArena } from './memory.js'
export { derivedFigures } from './spectrum/derived.js'
export { gramMatrix } from './spectrum/gram.js'
export { krylovSpectrum } from './spectrum/krylov.js'
export { orthonormalize } from './spectrum/orthonormal.js'
export {
  copyColumns,
  copyRows,
  type MatrixView,
  type Panels,
  panelRows,
  panelsOf,
  scaleFor,
} from './spectrum/panels.js'
export { padded } from './spectrum/spectrum.js'
export { bytesOf } from './stream.js'
export { fileOf, measure, measureTensor } from './tensor.js'
export type { Measured, MeasureEngine, MeasureOptions, MeasureTask, SliceFacts, TensorFacts } from './types.js'
