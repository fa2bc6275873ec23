/** Linear factorizations: components, factors, discriminants, pairs of variates, joint factors. */
export { type BartlettTest, CCA, type CCAJson, type CCAOptions } from './cca.js'
export { FactorAnalysis, type FactorAnalysisOptions } from './factorAnalysis.js'
export { IncrementalPCA, type IncrementalPCAOptions } from './incrementalPca.js'
export { JointFactorization, type JointFactorizationOptions, type JointJson } from './joint.js'
export {
  type DiscriminantJson,
  LinearDiscriminantAnalysis,
  type LinearDiscriminantAnalysisOptions,
} from './lda.js'
export { PCA, type PCAOptions } from './pca.js'
export { type ReconstructionError, reconstructionErrors } from './reconstruction.js'
export { RobustPCA, type RobustPCAJson, type RobustPCAOptions } from './robustPca.js'
export { type PromaxOptions, promax, type Rotation, type VarimaxOptions, varimax } from './rotation.js'
export type { Solver } from './spectrum.js'
export { TruncatedSVD, type TruncatedSVDOptions } from './truncatedSvd.js'
