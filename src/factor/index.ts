/** `normball/factor`: what low-rank or clustered structure is in a table. */
export type { Estimator, EstimatorJson, Method, Restore, Second, Targets } from './estimator.js'
