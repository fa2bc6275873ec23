/** Estimators by their method, so that a saved one can be made again. */
import type { Method, Restore } from './estimator.js'

/** Each is loaded when it is first asked for. */
export const restorers: Partial<Readonly<Record<Method, () => Promise<Restore>>>> = {
  kmeans: async () => (await import('./clusters/kmeans.js')).restoreKMeans,
  'minibatch-kmeans': async () => (await import('./clusters/miniBatchKMeans.js')).restoreMiniBatchKMeans,
  kmedians: async () => (await import('./clusters/kmedians.js')).restoreKMedians,
  'spherical-kmeans': async () => (await import('./clusters/sphericalKMeans.js')).restoreSphericalKMeans,
  dictionary: async () => (await import('./sparse/dictionary.js')).restoreDictionary,
  nmf: async () => (await import('./nonnegative/nmf.js')).restoreNMF,
  'factor-analysis': async () => (await import('./linear/factorAnalysis.js')).restoreFactorAnalysis,
  lda: async () => (await import('./linear/lda.js')).restoreDiscriminant,
  cca: async () => (await import('./linear/cca.js')).restoreCCA,
  joint: async () => (await import('./linear/joint.js')).restoreJoint,
  pca: async () => (await import('./linear/pca.js')).restorePCA,
  'incremental-pca': async () => (await import('./linear/incrementalPca.js')).restoreIncrementalPCA,
  'robust-pca': async () => (await import('./linear/robustPca.js')).restoreRobustPCA,
  svd: async () => (await import('./linear/truncatedSvd.js')).restoreTruncatedSVD,
  embeddings: async () => (await import('./words/index.js')).restoreEmbeddings,
  topics: async () => (await import('./words/index.js')).restoreTopics,
  'implicit-als': async () => (await import('./ratings/index.js')).ImplicitALS.restore,
  als: async () => (await import('./ratings/index.js')).MatrixFactorization.restore,
}
