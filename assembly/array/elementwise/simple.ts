/** Unary operations that the machine has, or nearly. `T` is the element type. */
import { choose } from './lanes'

export class Neg<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.neg<T>(x) }
}

export class Abs<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.abs<T>(x) }
}

/** -1, 0 or 1; zeros and NaN are themselves. */
export class Sign<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 {
    const zero = v128.splat<T>(<T>0)
    if (isInteger<T>()) return v128.sub<T>(v128.gt<T>(zero, x), v128.gt<T>(x, zero))
    const one = v128.or(v128.and(x, v128.splat<T>(<T>-0.0)), v128.splat<T>(<T>1))
    return choose(v128.gt<T>(v128.abs<T>(x), zero), one, x)
  }
}

export class Floor<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.floor<T>(x) }
}

export class Ceil<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.ceil<T>(x) }
}

/** Halves to even. */
export class Round<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.nearest<T>(x) }
}

export class Trunc<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.trunc<T>(x) }
}

export class Sqrt<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.sqrt<T>(x) }
}

export class Rsqrt<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.div<T>(v128.splat<T>(<T>1), v128.sqrt<T>(x)) }
}

export class Reciprocal<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.div<T>(v128.splat<T>(<T>1), x) }
}

export class Square<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.mul<T>(x, x) }
}

/** NaN stays; -0 becomes 0. */
export class Relu<T> {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 {
    const zero = v128.splat<T>(<T>0)
    return v128.andnot(x, v128.le<T>(x, zero))
  }
}

export class Not {
  // @ts-ignore: decorator
  @inline at(x: v128): v128 { return v128.xor(x, i8x16.splat(1)) }
}

/** |x| < Infinity; the second operand is there for the loop's sake, as in the next. */
export class IsFinite<T> {
  // @ts-ignore: decorator
  @inline at(x: v128, _: v128): v128 { return v128.lt<T>(v128.abs<T>(x), v128.splat<T>(<T>Infinity)) }
}

export class IsInf<T> {
  // @ts-ignore: decorator
  @inline at(x: v128, _: v128): v128 { return v128.eq<T>(v128.abs<T>(x), v128.splat<T>(<T>Infinity)) }
}
