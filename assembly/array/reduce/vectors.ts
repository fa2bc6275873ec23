/** Products of vectors, and sums of one with a multiple of another. */
import { bytes, lanes, pair0, pair1, pair2, pair3 } from './pairs'

/** aᵀ b, kept in f64. */
export function dotOf<T>(n: i32, a: usize, b: usize): f64 {
  let i = 0
  let total: f64 = 0
  if (n >= 8) {
    let s0 = f64x2.splat(0), s1 = s0, s2 = s0, s3 = s0
    if (n >= 64) {
      // Two halves side by side: memory is fetched ahead on two tracks for each vector.
      let s4 = s0, s5 = s0, s6 = s0, s7 = s0
      const half = (n >>> 4) << 3
      let c = a + bytes<T>(half), d = b + bytes<T>(half)
      for (const end = c; a < end; a += 8 * sizeof<T>()) {
        s0 = f64x2.add(s0, f64x2.mul(pair0<T>(a), pair0<T>(b)))
        s1 = f64x2.add(s1, f64x2.mul(pair1<T>(a), pair1<T>(b)))
        s2 = f64x2.add(s2, f64x2.mul(pair2<T>(a), pair2<T>(b)))
        s3 = f64x2.add(s3, f64x2.mul(pair3<T>(a), pair3<T>(b)))
        s4 = f64x2.add(s4, f64x2.mul(pair0<T>(c), pair0<T>(d)))
        s5 = f64x2.add(s5, f64x2.mul(pair1<T>(c), pair1<T>(d)))
        s6 = f64x2.add(s6, f64x2.mul(pair2<T>(c), pair2<T>(d)))
        s7 = f64x2.add(s7, f64x2.mul(pair3<T>(c), pair3<T>(d)))
        b += 8 * sizeof<T>()
        c += 8 * sizeof<T>()
        d += 8 * sizeof<T>()
      }
      s0 = f64x2.add(s0, s4)
      s1 = f64x2.add(s1, s5)
      s2 = f64x2.add(s2, s6)
      s3 = f64x2.add(s3, s7)
      a = c
      b = d
      i = half << 1
    }
    for (; i + 8 <= n; i += 8) {
      s0 = f64x2.add(s0, f64x2.mul(pair0<T>(a), pair0<T>(b)))
      s1 = f64x2.add(s1, f64x2.mul(pair1<T>(a), pair1<T>(b)))
      s2 = f64x2.add(s2, f64x2.mul(pair2<T>(a), pair2<T>(b)))
      s3 = f64x2.add(s3, f64x2.mul(pair3<T>(a), pair3<T>(b)))
      a += 8 * sizeof<T>()
      b += 8 * sizeof<T>()
    }
    s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3))
    total = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
  }
  for (; i < n; i++) {
    total += <f64>load<T>(a) * <f64>load<T>(b)
    a += sizeof<T>()
    b += sizeof<T>()
  }
  return total
}

/** y += alpha x in T's own arithmetic; that of i32 wraps around. */
export function axpyOf<T>(n: i32, alpha: T, x: usize, y: usize): void {
  const factor = v128.splat<T>(alpha)
  let i = 0
  for (; i + lanes<T>() <= n; i += lanes<T>()) {
    v128.store(y, v128.add<T>(v128.load(y), v128.mul<T>(factor, v128.load(x))))
    x += 16
    y += 16
  }
  for (const end = y + bytes<T>(n - i); y < end; y += sizeof<T>()) {
    store<T>(y, load<T>(y) + alpha * load<T>(x))
    x += sizeof<T>()
  }
}
