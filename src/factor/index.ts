/** `normball/factor`: what low-rank or clustered structure is in a table. */

export { KMeans, type KMeansAlgorithm, type KMeansOptions } from './clusters/kmeans.js'
export type { Estimator, EstimatorJson, Method, Restore, Second, Targets } from './estimator.js'
export { NMF, type NMFOptions, type Penalized } from './nonnegative/nmf.js'
