/** Flags: what is wrong with a tensor, how bad it is, and what to do. */
export { type Flaggable, flagTensors } from './flags.js'
export { resolveThresholds } from './resolve.js'
export { flagTable, type ThresholdInfo, type ThresholdName, type Thresholds } from './table.js'
