/** Losses, as functions and as modules. */
export {
  BCELoss,
  BCEWithLogitsLoss,
  type BinaryCrossEntropyOptions,
  type BinaryLogitsOptions,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
} from './binary.js'
export { GIoULoss, giouLoss, IoULoss, iouLoss } from './boxes.js'
export type { ClassOptions } from './classes.js'
export { CrossEntropyLoss, type CrossEntropyOptions, crossEntropy } from './crossEntropy.js'
export { KLDivLoss, type KLDivOptions, klDiv, NLLLoss, nllLoss } from './likelihood.js'
export {
  CosineEmbeddingLoss,
  cosineEmbeddingLoss,
  HingeEmbeddingLoss,
  HingeLoss,
  hingeEmbeddingLoss,
  hingeLoss,
  type MarginOptions,
  MultiMarginLoss,
  type MultiMarginOptions,
  multiMarginLoss,
  TripletMarginLoss,
  type TripletOptions,
  tripletMarginLoss,
} from './margin.js'
export { NormLoss, type NormLossOptions, normLoss, residual } from './norm.js'
export type { ReductionOptions } from './reduction.js'
export {
  HuberLoss,
  type HuberOptions,
  huberLoss,
  L1Loss,
  l1Loss,
  MSELoss,
  mseLoss,
  PoissonNLLLoss,
  type PoissonNLLOptions,
  poissonNLLLoss,
  SmoothL1Loss,
  type SmoothL1Options,
  smoothL1Loss,
} from './regression.js'
