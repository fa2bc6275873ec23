/** The elementwise exponentials and logarithms by type, and one for arguments that are known to be near. */
import { exp_f32, exp_f64, halves, halves32, reduced, reduced32, shifted, shifted32, whole, whole32 } from '../elementwise/exp'
import { log_f64 } from '../elementwise/log'

// @ts-ignore: decorator
@inline
export function exp<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? exp_f64(x) : exp_f32(x)
}

/** e^x for |x| < 87 (f32) or 708 (f64), the same bits as `exp`; anything beyond. */
// @ts-ignore: decorator
@inline
export function expNear<T>(x: v128): v128 {
  if (sizeof<T>() == 8) {
    const t = halves(x)
    return shifted(reduced(whole(t), x, f64x2.splat(0)), t)
  }
  const t = halves32(x)
  return shifted32(reduced32(whole32(t), x), t)
}

export function logOne(x: f64): f64 {
  return f64x2.extract_lane(log_f64(f64x2.splat(x)), 0)
}
