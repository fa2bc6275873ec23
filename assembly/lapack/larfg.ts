/** Householder's reflector H = I - tau v vᵀ with H x = beta e, v = 1 at the pivot (LAPACK's larfg). */
import { nrm2, scal } from './vector'

/** Results of the last `larfg`. */
export let beta: f64 = 0
export let tau: f64 = 0

/** Turns x [n] into v in place, 1 at `pivot` (0 or n - 1) included; beta and tau are left in the variables above. */
export function larfg<T>(n: i32, x: usize, pivot: i32): void {
  const at = x + <usize>pivot * sizeof<T>()
  const rest = pivot == 0 ? x + sizeof<T>() : x
  let alpha = <f64>load<T>(at)
  let norm = nrm2<T>(n - 1, rest)
  store<T>(at, <T>1)
  tau = 0
  beta = alpha
  if (norm == 0) return
  // Below this, 1 / (alpha - beta) may overflow: lift the vector first, and lower beta in the end.
  const safe: f64 = sizeof<T>() == 8 ? 1e-290 : 1e-30
  const lift: f64 = sizeof<T>() == 8 ? 1.3407807929942597e154 : 1.8014398509481984e16
  let lifted = 0
  while (Math.max(Math.abs(alpha), norm) < safe && lifted < 20) {
    scal<T>(n - 1, lift, rest)
    alpha *= lift
    norm = nrm2<T>(n - 1, rest)
    lifted++
  }
  const larger = Math.max(Math.abs(alpha), norm)
  const ratio = Math.min(Math.abs(alpha), norm) / larger
  const length = larger * Math.sqrt(1 + ratio * ratio)
  let value = alpha >= 0 ? -length : length
  tau = (value - alpha) / value
  scal<T>(n - 1, 1 / (alpha - value), rest)
  for (; lifted > 0; lifted--) value /= lift
  beta = value
}
