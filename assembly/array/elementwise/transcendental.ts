/**
 * The transcendental operations by name; `T` is f32 or f64. The functions have files of their own. Largest errors seen over 20,000 (f64, against 60 digits)
 * and 200,000 (f32) points, in units of the last place:
 *
 *              f32   f64                 f32   f64                 f32   f64
 *   exp       0.88  1.00      sin       0.51  0.81      sigmoid   2.28  1.84
 *   expm1     0.51  1.01      cos       0.51  0.82      silu      2.29  1.80
 *   log       0.75  0.71      tan       0.51  0.74      softplus  0.51  1.43
 *   log1p     0.51  0.74      asin      0.51  0.86      gelu      0.55  3.9
 *   log2      0.51  0.68      acos      0.51  0.87      geluTanh  0.51  1.80
 *   tanh      1.29  1.10      atan      0.51  0.82      erf       0.60  1.19
 *   pow       0.51  0.81      atan2     0.51  1.32      elu       0.51  1.6
 *
 * sin, cos, tan of f64 beyond 10^6 are AssemblyScript's: 2.4.
 */
import {
  elu_f32, elu_f64, geluTanh_f32, geluTanh_f64, sigmoid_f32, sigmoid_f64, silu_f32, silu_f64, softplus_f32, softplus_f64,
} from './activations'
import { erf_f64, gelu_f64 } from './error'
import { exp_f32, exp_f64, expm1_f64, tanh_f32, tanh_f64 } from './exp'
import { acos_f64, asin_f64, atan2_f64, atan_f64 } from './inverse'
import { log1p_f64, log2_f64, log_f32, log_f64 } from './log'
import { pow_f32, pow_f64 } from './power'
import { floorDivide_f32, floorDivide_f64, remainder_f32, remainder_f64 } from './remainder'
import {
  acos_f32, asin_f32, atan2_f32, atan_f32, cos_f32, erf_f32, expm1_f32, gelu_f32, log1p_f32, log2_f32, sin_f32, tan_f32,
} from './single'
import { cos_f64, sin_f64, tan_f64 } from './trigonometric'

export class Exp<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? exp_f32(x) : exp_f64(x) }
}

export class Expm1<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? expm1_f32(x) : expm1_f64(x) }
}

export class Log<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? log_f32(x) : log_f64(x) }
}

export class Log1p<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? log1p_f32(x) : log1p_f64(x) }
}

export class Log2<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? log2_f32(x) : log2_f64(x) }
}

export class Sin<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? sin_f32(x) : sin_f64(x) }
}

export class Cos<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? cos_f32(x) : cos_f64(x) }
}

export class Tan<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? tan_f32(x) : tan_f64(x) }
}

export class Asin<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? asin_f32(x) : asin_f64(x) }
}

export class Acos<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? acos_f32(x) : acos_f64(x) }
}

export class Atan<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? atan_f32(x) : atan_f64(x) }
}

export class Tanh<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? tanh_f32(x) : tanh_f64(x) }
}

export class Sigmoid<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? sigmoid_f32(x) : sigmoid_f64(x) }
}

export class Erf<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? erf_f32(x) : erf_f64(x) }
}

export class Gelu<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? gelu_f32(x) : gelu_f64(x) }
}

export class GeluTanh<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? geluTanh_f32(x) : geluTanh_f64(x) }
}

export class Silu<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? silu_f32(x) : silu_f64(x) }
}

export class Softplus<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return sizeof<T>() == 4 ? softplus_f32(x) : softplus_f64(x) }
}

export class Pow<T> {
  // @ts-ignore: decorator
  @inline at(x: v128, y: v128): v128 { return sizeof<T>() == 4 ? pow_f32(x, y) : pow_f64(x, y) }
}

export class Atan2<T> {
  // @ts-ignore: decorator
  @inline at(x: v128, y: v128): v128 { return sizeof<T>() == 4 ? atan2_f32(x, y) : atan2_f64(x, y) }
}

export class Remainder<T> {
  // @ts-ignore: decorator
  @inline at(x: v128, y: v128): v128 { return sizeof<T>() == 4 ? remainder_f32(x, y) : remainder_f64(x, y) }
}

export class FloorDivide<T> {
  // @ts-ignore: decorator
  @inline at(x: v128, y: v128): v128 { return sizeof<T>() == 4 ? floorDivide_f32(x, y) : floorDivide_f64(x, y) }
}

export class Elu<T> {
  // @ts-ignore: decorator
  @inline at(x: v128, y: v128): v128 { return sizeof<T>() == 4 ? elu_f32(x, y) : elu_f64(x, y) }
}
