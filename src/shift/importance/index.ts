/** Importance weights p_current(x) / p_reference(x) of reference rows, so that they stand for current ones. */

export type { KernelOptions } from './kernels.js'
export { type KliepOptions, type KliepWeights, kliep } from './kliep.js'
export { type LogisticWeightsOptions, logisticWeights } from './logistic.js'
export type { Rows } from './matrix.js'
export { type ClipOptions, effectiveSampleSize, type ImportanceWeights, weightColumn } from './ratio.js'
export { type UlsifOptions, type UlsifWeights, ulsif } from './ulsif.js'
