export { createKernels } from './kernels.js'
export type { Kernels, LinePass, MatrixPass, Pointer, Statistics, StatisticsPass } from './types.js'
