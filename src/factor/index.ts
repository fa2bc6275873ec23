/** `normball/factor`: what low-rank or clustered structure is in a table. */

export { KMeans } from './clusters/kmeans.js'
export { KMedians } from './clusters/kmedians.js'
export { MiniBatchKMeans, type MiniBatchKMeansOptions } from './clusters/miniBatchKMeans.js'
export type { CentersOptions, KMeansAlgorithm, KMeansOptions } from './clusters/options.js'
export {
  calinskiHarabasz,
  daviesBouldin,
  type Silhouette,
  type SilhouetteOptions,
  silhouette,
} from './clusters/silhouette.js'
export { SphericalKMeans } from './clusters/sphericalKMeans.js'
export { inertiaCurve, type KFigures, type SuggestedK, type SuggestKOptions, suggestK } from './clusters/suggest.js'
export type { Estimator, EstimatorJson, Method, Restore, Second, Targets } from './estimator.js'
export {
  type BartlettTest,
  CCA,
  type CCAJson,
  type CCAOptions,
  type DiscriminantJson,
  FactorAnalysis,
  type FactorAnalysisOptions,
  IncrementalPCA,
  type IncrementalPCAOptions,
  JointFactorization,
  type JointFactorizationOptions,
  type JointJson,
  LinearDiscriminantAnalysis,
  type LinearDiscriminantAnalysisOptions,
  PCA,
  type PCAOptions,
  type PromaxOptions,
  promax,
  type ReconstructionError,
  RobustPCA,
  type RobustPCAJson,
  type RobustPCAOptions,
  type Rotation,
  reconstructionErrors,
  type Solver,
  TruncatedSVD,
  type TruncatedSVDOptions,
  type VarimaxOptions,
  varimax,
} from './linear/index.js'
export { NMF, type NMFOptions, type Penalized } from './nonnegative/nmf.js'
export {
  factorPicture,
  type PictureChannel,
  type PictureFigures,
  type PictureOptions,
  type PicturePoint,
} from './picture.js'
export {
  type BootstrapOptions,
  type Cold,
  type Duplicates,
  type Estimate,
  type EvaluateOptions,
  type EvaluateInteractionsOptions,
  evaluateInteractions,
  evaluateRatings,
  type Id,
  ImplicitALS,
  type ImplicitALSJson,
  type ImplicitALSOptions,
  type InteractionEvaluation,
  type Interactions,
  MatrixFactorization,
  type MatrixFactorizationJson,
  type MatrixFactorizationOptions,
  ndcg,
  type Predictions,
  type RatingColumns,
  type RatingEvaluation,
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
export { DictionaryLearning, type DictionaryLearningOptions } from './sparse/dictionary.js'
export { type SparseEncodeOptions, sparseEncode } from './sparse/encode.js'
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
  type Documents,
  type DocumentTerms,
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
