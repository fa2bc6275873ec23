/** Boosted trees, for tests. */
export { type Binned, binColumns } from './bins.js'
export { type BoostedTrees, type BoostOptions, boostTrees } from './boost.js'
export { type Loss, logisticLoss, probabilities, productLoss, sigmoid, squaredLoss } from './losses.js'
