/** Whole tables: tests of rows. */
export { type ClassifierOptions, type ClassifierResult, classifierTwoSample } from './classifier.js'
export { type CompareRowsOptions, compareRows } from './compare.js'
export { type EnergyResult, energyTest, type MmdOptions, type MmdResult, mmd } from './mmd.js'
export { type ReconstructionOptions, type ReconstructionResult, reconstructionShift } from './reconstruction.js'
