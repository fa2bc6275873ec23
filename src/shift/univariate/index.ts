/** Columns: tests, distances, thresholds. */
export { binCounts } from './bins.js'
export {
  type ChiSquaredResult,
  chiSquaredTest,
  type ExactCountsOptions,
  exactCounts,
  proportionTest,
} from './chiSquared.js'
export { compareColumns, compareTables, corrected, type TablesCompared } from './columns.js'
export { energyDistance1, wasserstein1 } from './distances.js'
export { hellinger, jensenShannon, psi, totalVariation } from './divergence.js'
export { type KsOptions, type KsResult, ksTest } from './ks.js'
export { benjaminiHochberg, bonferroni, holm } from './multiple.js'
export type { CompareOptions } from './options.js'
export { countsInOrder, fewestBlocks, ksInOrder, type OrderedResult } from './ordered.js'
export { andersonDarling, cramerVonMises, type MannWhitneyResult, mannWhitney } from './ranks.js'
export type { Values } from './sample.js'
export {
  jensenShannonThreshold,
  ksThreshold,
  type PermutedOptions,
  permutedThreshold,
  psiThreshold,
} from './thresholds.js'
export { welch } from './welch.js'
