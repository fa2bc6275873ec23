export { createKernels } from './kernels.js'
export type { Kernels, LinePass, Pointer, Statistics, StatisticsPass } from './types.js'
