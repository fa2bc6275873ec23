export type { Kernels, LinePass, Pointer, Statistics, StatisticsPass } from './types.js'
