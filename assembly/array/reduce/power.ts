/** x^p for 0 <= x <= 1 and p > 0, as e^(p log x): the absolute error is below 1e-16 however large p is, for where log x is off by a part of 1e-16, so is t = p log x, and t e^t >= -1 / e. */
import { exp_f64 } from '../elementwise/exp'
import { log_f64 } from '../elementwise/log'

// @ts-ignore: decorator
@inline
export function powerOfPart(x: v128, p: v128): v128 {
  return exp_f64(f64x2.mul(p, log_f64(x)))
}

/** sum^(1 / p) for sum >= 1. */
export function root(sum: f64, p: f64): f64 {
  return f64x2.extract_lane(exp_f64(f64x2.div(log_f64(f64x2.splat(sum)), f64x2.splat(p))), 0)
}
