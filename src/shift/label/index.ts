/** Label shift: class shares of data without labels, and what follows from them. */
export {
  type BbseOptions,
  type BlackBoxEstimate,
  bbse,
  type LabelShiftEstimate,
  type RllsOptions,
  rlls,
} from './blackBox.js'
export { bcts, type Calibration, temperatureScaling } from './calibrate.js'
export type { Conditioning } from './confusion.js'
export { correctPosteriors, labelWeights, weightedAccuracy } from './correct.js'
export { type OutputTests, outputTests, type PriorChange, priorChange } from './detect.js'
export { type EmOptions, type EmResult, saerens } from './em.js'
export {
  type EstimateLabelShiftOptions,
  estimateLabelShift,
  type Interval,
  type LabelShiftMethod,
  type LabelShiftReport,
  type LabelShiftRow,
  labelShiftMethods,
} from './estimate.js'
export type { Labelled, Probabilities } from './scores.js'
