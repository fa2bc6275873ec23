/** What a regularization path is: the solutions of a penalized linear model for falling lambdas. */

/** When a feature (or group) first had a coefficient that is not zero. */
export interface Entry {
  /** Column of X, or group. */
  readonly index: number
  /** Place in `lambdas`. */
  readonly at: number
  readonly lambda: number
}

export interface Path {
  /** Descending. */
  readonly lambdas: readonly number[]
  readonly features: number
  /** Columns of y, or classes; 1 for a vector y. */
  readonly outputs: number
  /** Of each lambda [features * outputs], row by row: feature by feature. In the units of X as it was given. */
  readonly coefficients: readonly (readonly number[])[]
  /** Of each lambda [outputs]; zeros without intercept. */
  readonly intercepts: readonly (readonly number[])[]
  /** Effective degrees of freedom of each solution, without the intercept. */
  readonly df: readonly number[]
  /** Features (or groups) in the order in which they enter; those of one lambda by index. */
  readonly enters: readonly Entry[]
  /** What was minimized beside the penalty: `squared`, 1/(2n) ||Y - XW||^2, or `softmax`, the mean cross-entropy. */
  readonly loss: 'squared' | 'softmax'
  /** Duality gap of each solution over ||y||^2 (for `softmax` over the loss at zero); null where it is exact (ridge). */
  readonly gaps: readonly number[] | null
  /** Passes over the features, for each lambda; 0 for ridge. */
  readonly iterations: readonly number[]
}

export interface PathOptions {
  /** Penalties to solve for; they are put in descending order. Default: `count` of them from the least that makes all coefficients zero, down. */
  lambdas?: readonly number[]
  /** Default 100. */
  count?: number
  /** Smallest over largest lambda. Default 1e-3. */
  eps?: number
  /** A constant that is not penalized. Default true. */
  intercept?: boolean
  /** Penalize the coefficients of columns divided by their standard deviation (population's). Default false. */
  standardize?: boolean
  /** Largest duality gap over ||y||^2. Default 1e-10. */
  tol?: number
  /** Passes over the features for each lambda. Default 10000. */
  maxIterations?: number
  signal?: AbortSignal
  /** Called after each lambda. */
  onIteration?: (progress: { readonly iteration: number; readonly lambda: number; readonly df: number }) => void
  /** `false`: no NumericalError where a solution does not reach `tol`; see `gaps`. */
  check?: boolean
}
