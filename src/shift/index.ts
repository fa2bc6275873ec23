/** `normball/shift`: whether today's data is still the data that the model learned from, and if not, in which of three ways. */
export * from './importance/index.js'
export * from './label/index.js'
export * from './stream/index.js'
export { type LogisticFit, type LogisticOptions, type LogisticOutcome, logisticRegression } from './logistic.js'
export type { ColumnHistogram, ColumnShift, Finding, Mechanism, TableShift, Tested } from './types.js'
export { type NestedModels, nestedModels, type RatioTest } from './concept/nested.js'
export { shift } from './verdict/shift.js'
export type {
  Advice,
  ConceptReport,
  ErrorEffect,
  Estimate,
  LabelShift,
  LawTest,
  ShiftOptions,
  ShiftReport,
} from './verdict/types.js'
export {
  andersonDarling,
  benjaminiHochberg,
  binCounts,
  bonferroni,
  type ChiSquaredResult,
  type CompareOptions,
  chiSquaredTest,
  compareColumns,
  compareTables,
  corrected,
  countsInOrder,
  cramerVonMises,
  type ExactCountsOptions,
  energyDistance1,
  exactCounts,
  hellinger,
  holm,
  jensenShannon,
  jensenShannonThreshold,
  type KsOptions,
  type KsResult,
  ksInOrder,
  ksTest,
  ksThreshold,
  type MannWhitneyResult,
  mannWhitney,
  type OrderedResult,
  type PermutedOptions,
  permutedThreshold,
  proportionTest,
  psi,
  psiThreshold,
  type TablesCompared,
  totalVariation,
  type Values,
  wasserstein1,
  welch,
} from './univariate/index.js'
export {
  type ClassifierOptions,
  type ClassifierResult,
  type CompareRowsOptions,
  classifierTwoSample,
  compareRows,
  type EnergyResult,
  energyTest,
  type MmdOptions,
  type MmdResult,
  mmd,
  type ReconstructionOptions,
  type ReconstructionResult,
  reconstructionShift,
} from './multivariate/index.js'
export { autoBlockLength } from './permutation/blocks.js'
