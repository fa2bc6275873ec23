/** Collaborative filtering. */

export type { BootstrapOptions, Estimate } from './bootstrap.js'
export { type EvaluateOptions, evaluateRatings, type RatingEvaluation } from './evaluate.js'
export {
  type EvaluateInteractionsOptions,
  evaluateInteractions,
  type InteractionEvaluation,
} from './evaluateInteractions.js'
export { ImplicitALS, type ImplicitALSJson, type ImplicitALSOptions, type Interactions } from './implicitALS.js'
export {
  MatrixFactorization,
  type MatrixFactorizationJson,
} from './matrixFactorization.js'
export type {
  Cold,
  Predictions,
  Recommendation,
  Recommendations,
  Recommender,
  RecommendOptions,
  SimilarItem,
} from './model.js'
export type { MatrixFactorizationOptions } from './options.js'
export { ndcg } from './ranking.js'
export type { Duplicates, Id, Ratings } from './ratings.js'
export { type SplitRule, splitRatings } from './split.js'
export { interactionsOf, type RatingColumns, ratingsOf, type TableRatings } from './table.js'
