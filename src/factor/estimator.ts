/** What every factorization is: an estimator that learns from a matrix, and can be saved. */
import type { StateDict, Tensor } from '../tensor/index.js'

/** Targets of a supervised method (LDA): a class or a number for each row. */
export type Targets = readonly number[] | readonly string[] | Int32Array | Float64Array

/** The second table of a method that needs two with the same rows (CCA, joint factorization), or targets. */
export type Second = Tensor | Targets

/** Methods by the names that the command line, JSON and saved files use. */
export type Method =
  | 'pca'
  | 'svd'
  | 'factor-analysis'
  | 'lda'
  | 'nmf'
  | 'dictionary'
  | 'cca'
  | 'joint'
  | 'robust-pca'
  | 'incremental-pca'
  | 'kmeans'
  | 'minibatch-kmeans'
  | 'kmedians'
  | 'spherical-kmeans'
  | 'als'
  | 'implicit-als'
  | 'embeddings'
  | 'topics'

/** Plain JSON: figures of a fit. What a method does not have is null. */
export interface EstimatorJson {
  readonly method: Method
  readonly k: number
  /** Of the table that it was fitted on. */
  readonly rows: number
  readonly columns: number
  /** As given to the constructor. */
  readonly options: Readonly<Record<string, unknown>>
  readonly explainedVarianceRatio: readonly number[] | null
  readonly singularValues: readonly number[] | null
  /** Of the table that it was fitted on: ||X - X'||_F, and that by ||X||_F (of the centred X, where the method centres). */
  readonly reconstructionError: { readonly frobenius: number; readonly relative: number } | null
  readonly inertia: number | null
  /** Mean over the rows. */
  readonly logLikelihood: number | null
  readonly iterations: number | null
}

/**
 * Rows are samples, columns features. Every method takes f32 or f64 and computes in f64 unless it says otherwise; results have the input's dtype.
 * What a fit learned are fields, tensors that live until `dispose`.
 */
export interface Estimator {
  readonly method: Method
  /** Learns from x [n, d]; throws UsageError for shapes and ValueError for NaN or infinite values. Returns itself. */
  fit(x: Tensor, y?: Second): this
  /** Scores, codes or distances [n, k] of rows [n, d]. */
  transform(x: Tensor): Tensor
  /** Rows [n, d] of codes [n, k]. */
  inverseTransform(z: Tensor): Tensor
  /** How well it fits rows that it may not have seen: larger is better (each method says what it is). */
  score(x: Tensor, y?: Second): number
  toJSON(): EstimatorJson
  /** What it learned, as `saveEstimator` writes it. */
  stateDict(): StateDict
  /** Frees its tensors. */
  dispose(): void
}

/** Rebuilds an estimator of its JSON and tensors. */
export type Restore = (json: EstimatorJson, state: StateDict) => Estimator
