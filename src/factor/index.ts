/** `normball/factor`: what low-rank or clustered structure is in a table. */

export { KMeans } from './clusters/kmeans.js'
export { KMedians } from './clusters/kmedians.js'
export type { CentersOptions, KMeansAlgorithm, KMeansOptions } from './clusters/options.js'
export {
  calinskiHarabasz,
  daviesBouldin,
  type Silhouette,
  type SilhouetteOptions,
  silhouette,
} from './clusters/silhouette.js'
export { SphericalKMeans } from './clusters/sphericalKMeans.js'
export type { Estimator, EstimatorJson, Method, Restore, Second, Targets } from './estimator.js'
export { FactorAnalysis, type FactorAnalysisOptions } from './linear/factorAnalysis.js'
export { PCA, type PCAOptions } from './linear/pca.js'
export { type ReconstructionError, reconstructionErrors } from './linear/reconstruction.js'
export { type PromaxOptions, promax, type Rotation, type VarimaxOptions, varimax } from './linear/rotation.js'
export type { Solver } from './linear/spectrum.js'
export { TruncatedSVD, type TruncatedSVDOptions } from './linear/truncatedSvd.js'
export { NMF, type NMFOptions, type Penalized } from './nonnegative/nmf.js'
export {
  type Cold,
  type Duplicates,
  type Id,
  MatrixFactorization,
  type MatrixFactorizationJson,
  type MatrixFactorizationOptions,
  type Predictions,
  type RatingColumns,
  type Ratings,
  type Recommendation,
  type Recommendations,
  type Recommender,
  type RecommendOptions,
  ratingsOf,
  type SimilarItem,
  type SplitRule,
  splitRatings,
  type TableRatings,
} from './ratings/index.js'
export { type FactoredTable, factorTable } from './table/factorTable.js'
export type { FactorTableOptions } from './table/options.js'
export type {
  ClusterFigures,
  CurvePoint,
  FactorTableReport,
  OutlierRow,
  Outliers,
  Preparation,
  Scatter,
  StopRule,
} from './table/types.js'
export {
  type AnalogyOptions,
  type Corpus,
  cooccurrences,
  type DocumentTerms,
  type Documents,
  documentTerms,
  encodeWords,
  GloVe,
  type GloVeOptions,
  type Neighbour,
  PPMI,
  type PPMIOptions,
  type PpmiOptions,
  ppmi,
  SkipGram,
  type SkipGramOptions,
  type TermOptions,
  type Terms,
  type TextOptions,
  type TokenOptions,
  Topics,
  type TopicsJson,
  type TopicsOptions,
  tokenize,
  type Vocabulary,
  type VocabularyOptions,
  vocabularyOf,
  type WindowOptions,
  WordVectors,
  type WordVectorsJson,
} from './words/index.js'
