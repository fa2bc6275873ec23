/** Binary operations that the machine has, or nearly. `T` is the element type. */
import { choose } from './lanes'

export class Add<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.add<T>(a, b) }
}

export class Sub<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.sub<T>(a, b) }
}

export class Mul<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.mul<T>(a, b) }
}

export class Div<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.div<T>(a, b) }
}

/** NaN is passed on. One comparison and a NaN test are quicker than the machine's own, which also order zeros. */
export class Max<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.max<T>(a, b) }
}

export class Min<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.min<T>(a, b) }
}

/** x > 0 ? x : x slope. */
export class LeakyRelu<T> {
  // @ts-ignore: decorator
  @inline at(x: v128, slope: v128): v128 {
    return choose(v128.gt<T>(x, v128.splat<T>(<T>0)), x, v128.mul<T>(x, slope))
  }
}

/** y <= 0 ? 0 : g, which is relu's gradient; NaN of y lets g through. */
export class ReluBackward<T> {
  // @ts-ignore: decorator
  @inline at(g: v128, y: v128): v128 { return v128.andnot(g, v128.le<T>(y, v128.splat<T>(<T>0))) }
}

export class Eq<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.eq<T>(a, b) }
}

export class Ne<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.ne<T>(a, b) }
}

export class Lt<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.lt<T>(a, b) }
}

export class Le<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.le<T>(a, b) }
}

export class Gt<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.gt<T>(a, b) }
}

export class Ge<T> {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.ge<T>(a, b) }
}

/** Of bools, bytes of 0 and 1: the six comparisons are bit operations. */
export class And {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.and(a, b) }
}

export class Or {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.or(a, b) }
}

export class Xor {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.xor(a, b) }
}

/** a and not b. */
export class AndNot {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.andnot(a, b) }
}

/** a or not b. */
export class OrNot {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.xor(v128.andnot(b, a), i8x16.splat(1)) }
}

export class Xnor {
  // @ts-ignore: decorator
  @inline at(a: v128, b: v128): v128 { return v128.xor(v128.xor(a, b), i8x16.splat(1)) }
}
