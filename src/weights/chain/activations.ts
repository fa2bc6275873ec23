/** The largest slope of activations, which is their Lipschitz constant in every norm (entrywise ones) or in l1, l2 and linf (softmax). */

interface Constant {
  readonly bound: number
  readonly why: string
}

const slope = (bound: number, why = 'largest slope'): Constant => ({ bound, why })
const one = slope(1)
/** Rearranges or drops entries. */
const still = slope(1, 'moves entries only')

/** By name, lower-case letters and digits. */
export const activationConstants: Readonly<Record<string, Constant>> = {
  identity: one,
  relu: one,
  relu6: one,
  hardtanh: one,
  elu: slope(1, 'largest slope, for alpha of 1 or less'),
  celu: one,
  // lambda alpha, just below 0 (Klambauer et al. 2017).
  selu: slope(1.7580993408473766),
  // At sqrt(2): Phi(sqrt 2) + sqrt 2 phi(sqrt 2).
  gelu: slope(1.1289041451851547),
  gelutanh: slope(1.128993068658773),
  silu: slope(1.099839320128867),
  swish: slope(1.099839320128867),
  mish: slope(1.0884981612517279),
  sigmoid: slope(0.25),
  hardsigmoid: slope(1 / 6),
  hardswish: slope(1.5),
  tanh: one,
  tanhshrink: one,
  softsign: one,
  softplus: one,
  logsigmoid: one,
  sin: one,
  cos: one,
  abs: one,
  // Rows of diag(p) - p p^T sum to 2 p (1 - p) in absolute value, which bounds the l1, l2 and linf norms (Gershgorin).
  softmax: slope(0.5, 'row sums 2 p (1 - p) of its Jacobian'),
  dropout: slope(1, 'does nothing after training'),
  flatten: still,
  reshape: still,
  transpose: still,
  crop: still,
}
