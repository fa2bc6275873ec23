/**
 * What a sum sums, as types: `changetype<Fold>(0)` is an object without a place, whose methods are all inlined, so that one loop serves every
 * fold. `take` turns an element into a term, `join` adds terms, `finish` makes the figure; all in f64.
 */

@unmanaged
export class Sum {
  // @ts-ignore: decorator
  @inline
  zero(): f64 {
    return 0
  }
  // @ts-ignore: decorator
  @inline
  take(x: f64): f64 {
    return x
  }
  // @ts-ignore: decorator
  @inline
  join(a: f64, b: f64): f64 {
    return a + b
  }
  // @ts-ignore: decorator
  @inline
  take2(x: v128): v128 {
    return x
  }
  // @ts-ignore: decorator
  @inline
  join2(a: v128, b: v128): v128 {
    return f64x2.add(a, b)
  }
}

@unmanaged
export class Product {
  // @ts-ignore: decorator
  @inline
  zero(): f64 {
    return 1
  }
  // @ts-ignore: decorator
  @inline
  take(x: f64): f64 {
    return x
  }
  // @ts-ignore: decorator
  @inline
  join(a: f64, b: f64): f64 {
    return a * b
  }
  // @ts-ignore: decorator
  @inline
  take2(x: v128): v128 {
    return x
  }
  // @ts-ignore: decorator
  @inline
  join2(a: v128, b: v128): v128 {
    return f64x2.mul(a, b)
  }
}

@unmanaged
export class SumOfSizes {
  // @ts-ignore: decorator
  @inline
  zero(): f64 {
    return 0
  }
  // @ts-ignore: decorator
  @inline
  take(x: f64): f64 {
    return abs(x)
  }
  // @ts-ignore: decorator
  @inline
  join(a: f64, b: f64): f64 {
    return a + b
  }
  // @ts-ignore: decorator
  @inline
  take2(x: v128): v128 {
    return f64x2.abs(x)
  }
  // @ts-ignore: decorator
  @inline
  join2(a: v128, b: v128): v128 {
    return f64x2.add(a, b)
  }
}

@unmanaged
export class SumOfSquares {
  // @ts-ignore: decorator
  @inline
  zero(): f64 {
    return 0
  }
  // @ts-ignore: decorator
  @inline
  take(x: f64): f64 {
    return x * x
  }
  // @ts-ignore: decorator
  @inline
  join(a: f64, b: f64): f64 {
    return a + b
  }
  // @ts-ignore: decorator
  @inline
  take2(x: v128): v128 {
    return f64x2.mul(x, x)
  }
  // @ts-ignore: decorator
  @inline
  join2(a: v128, b: v128): v128 {
    return f64x2.add(a, b)
  }
}

/** The largest size, NaN where there is one. */
@unmanaged
export class LargestSize {
  // @ts-ignore: decorator
  @inline
  zero(): f64 {
    return 0
  }
  // @ts-ignore: decorator
  @inline
  take(x: f64): f64 {
    return abs(x)
  }
  // @ts-ignore: decorator
  @inline
  join(a: f64, b: f64): f64 {
    return max(a, b)
  }
  // @ts-ignore: decorator
  @inline
  take2(x: v128): v128 {
    return f64x2.abs(x)
  }
  // @ts-ignore: decorator
  @inline
  join2(a: v128, b: v128): v128 {
    return f64x2.max(a, b)
  }
}
