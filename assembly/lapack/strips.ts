/**
 * Substitution and multiplication with a small triangle: the bottom of trsm and trmm. The triangle is copied to a dense block, and B comes in
 * strips: one column of the triangle's order, each row 64 bytes of right-hand sides, contiguous, so that rows a power of two apart do not
 * fight for the same cache lines.
 */
import { lanes } from './vector'

/** Largest order of a triangle. */
export const triangleOrder: i32 = 32
/** Bytes of a strip's row: four vectors. */
export const stripRowBytes: usize = 64
/** Bytes of a triangle and of a strip in either type. */
export const triangleBytes: usize = <usize>(triangleOrder * triangleOrder) * 8
export const stripBytes: usize = <usize>triangleOrder * stripRowBytes

/** Right-hand sides in a strip. */
// @ts-ignore: decorator
@inline
export function stripColumns<T>(): i32 {
  return <i32>(stripRowBytes / sizeof<T>())
}

/** op(A) [n, n] to rows of `triangleOrder` elements at `target`; what the triangle does not have is left as it was. */
export function packTriangle<T>(lower: bool, trans: bool, unit: bool, n: i32, a: usize, lda: i32, target: usize): void {
  const row = <usize>triangleOrder * sizeof<T>()
  for (let i = 0; i < n; i++) {
    const from = a + <usize>i * <usize>lda * sizeof<T>()
    const first = lower ? 0 : i + 1
    const last = lower ? i : n
    const step = trans ? row : sizeof<T>()
    const corner = target + (trans ? <usize>i * sizeof<T>() : <usize>i * row)
    for (let j = first; j < last; j++) store<T>(corner + <usize>j * step, load<T>(from + <usize>j * sizeof<T>()))
    store<T>(corner + <usize>i * step, unit ? <T>1 : load<T>(from + <usize>i * sizeof<T>()))
  }
}

/** Rows of B [n, count] to a strip; columns beyond `count` become zeros. */
export function takeRowStrip<T>(n: i32, count: i32, b: usize, ldb: i32, strip: usize): void {
  const row = <usize>ldb * sizeof<T>()
  const bytes = <usize>count * sizeof<T>()
  for (let i = 0; i < n; i++) {
    if (bytes == stripRowBytes) {
      v128.store(strip, v128.load(b))
      v128.store(strip, v128.load(b, 16), 16)
      v128.store(strip, v128.load(b, 32), 32)
      v128.store(strip, v128.load(b, 48), 48)
    } else {
      memory.copy(strip, b, bytes)
      memory.fill(strip + bytes, 0, stripRowBytes - bytes)
    }
    strip += stripRowBytes
    b += row
  }
}

export function putRowStrip<T>(n: i32, count: i32, strip: usize, b: usize, ldb: i32): void {
  const row = <usize>ldb * sizeof<T>()
  const bytes = <usize>count * sizeof<T>()
  for (let i = 0; i < n; i++) {
    if (bytes == stripRowBytes) {
      v128.store(b, v128.load(strip))
      v128.store(b, v128.load(strip, 16), 16)
      v128.store(b, v128.load(strip, 32), 32)
      v128.store(b, v128.load(strip, 48), 48)
    } else memory.copy(b, strip, bytes)
    strip += stripRowBytes
    b += row
  }
}

/** The same of B [count, n], transposed on the way: a triangle on B's right is its transpose on Bᵀ's left. */
export function takeColumnStrip<T>(n: i32, count: i32, b: usize, ldb: i32, strip: usize): void {
  const row = <usize>ldb * sizeof<T>()
  const full = count & ~(lanes<T>() - 1), body = n & ~(lanes<T>() - 1)
  if (count < stripColumns<T>()) memory.fill(strip, 0, <usize>n * stripRowBytes)
  for (let r = 0; r < full; r += lanes<T>())
    for (let i = 0; i < body; i += lanes<T>())
      turn<T>(b + <usize>r * row + <usize>i * sizeof<T>(), row, strip + <usize>i * stripRowBytes + <usize>r * sizeof<T>(), stripRowBytes)
  for (let r = 0; r < count; r++)
    for (let i = r < full ? body : 0; i < n; i++)
      store<T>(
        strip + <usize>i * stripRowBytes + <usize>r * sizeof<T>(),
        load<T>(b + <usize>r * row + <usize>i * sizeof<T>()),
      )
}

export function putColumnStrip<T>(n: i32, count: i32, strip: usize, b: usize, ldb: i32): void {
  const row = <usize>ldb * sizeof<T>()
  const full = count & ~(lanes<T>() - 1), body = n & ~(lanes<T>() - 1)
  for (let r = 0; r < full; r += lanes<T>())
    for (let i = 0; i < body; i += lanes<T>())
      turn<T>(strip + <usize>i * stripRowBytes + <usize>r * sizeof<T>(), stripRowBytes, b + <usize>r * row + <usize>i * sizeof<T>(), row)
  for (let r = 0; r < count; r++)
    for (let i = r < full ? body : 0; i < n; i++)
      store<T>(
        b + <usize>r * row + <usize>i * sizeof<T>(),
        load<T>(strip + <usize>i * stripRowBytes + <usize>r * sizeof<T>()),
      )
}

/** Transposes a square of a vector's lanes. */
// @ts-ignore: decorator
@inline
function turn<T>(from: usize, step: usize, to: usize, toStep: usize): void {
  if (sizeof<T>() == 8) {
    const x = v128.load(from), y = v128.load(from + step)
    v128.store(to, v128.shuffle<f64>(x, y, 0, 2))
    v128.store(to + toStep, v128.shuffle<f64>(x, y, 1, 3))
    return
  }
  const x = v128.load(from), y = v128.load(from + step)
  const z = v128.load(from + 2 * step), w = v128.load(from + 3 * step)
  const xyLow = v128.shuffle<f32>(x, y, 0, 4, 1, 5), xyHigh = v128.shuffle<f32>(x, y, 2, 6, 3, 7)
  const zwLow = v128.shuffle<f32>(z, w, 0, 4, 1, 5), zwHigh = v128.shuffle<f32>(z, w, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<f64>(xyLow, zwLow, 0, 2))
  v128.store(to + toStep, v128.shuffle<f64>(xyLow, zwLow, 1, 3))
  v128.store(to + 2 * toStep, v128.shuffle<f64>(xyHigh, zwHigh, 0, 2))
  v128.store(to + 3 * toStep, v128.shuffle<f64>(xyHigh, zwHigh, 1, 3))
}

/** Strip := triangle^-1 strip, forward with a lower triangle, backward with an upper one. */
export function solveStrip<T>(lower: bool, unit: bool, n: i32, triangle: usize, strip: usize): void {
  for (let step = 0; step < n; step++) {
    const i = lower ? step : n - 1 - step
    const first = lower ? 0 : i + 1
    const last = lower ? i : n
    const row = triangle + <usize>(i * triangleOrder) * sizeof<T>()
    const to = strip + <usize>i * stripRowBytes
    let x0 = v128.load(to), x1 = v128.load(to, 16), x2 = v128.load(to, 32), x3 = v128.load(to, 48)
    let from = strip + <usize>first * stripRowBytes
    for (let p = first; p < last; p++) {
      const s = v128.load_splat<T>(row + <usize>p * sizeof<T>())
      x0 = v128.sub<T>(x0, v128.mul<T>(s, v128.load(from)))
      x1 = v128.sub<T>(x1, v128.mul<T>(s, v128.load(from, 16)))
      x2 = v128.sub<T>(x2, v128.mul<T>(s, v128.load(from, 32)))
      x3 = v128.sub<T>(x3, v128.mul<T>(s, v128.load(from, 48)))
      from += stripRowBytes
    }
    if (!unit) {
      const pivot = v128.load_splat<T>(row + <usize>i * sizeof<T>())
      x0 = v128.div<T>(x0, pivot)
      x1 = v128.div<T>(x1, pivot)
      x2 = v128.div<T>(x2, pivot)
      x3 = v128.div<T>(x3, pivot)
    }
    v128.store(to, x0)
    v128.store(to, x1, 16)
    v128.store(to, x2, 32)
    v128.store(to, x3, 48)
  }
}

/** Strip := alpha triangle strip, upwards with a lower triangle, so that a row is read before it is written. */
export function multiplyStrip<T>(lower: bool, n: i32, alpha: T, triangle: usize, strip: usize): void {
  const factor = v128.splat<T>(alpha)
  for (let step = 0; step < n; step++) {
    const i = lower ? n - 1 - step : step
    const first = lower ? 0 : i
    const last = lower ? i + 1 : n
    const row = triangle + <usize>(i * triangleOrder) * sizeof<T>()
    let x0 = v128.splat<T>(<T>0), x1 = x0, x2 = x0, x3 = x0
    let from = strip + <usize>first * stripRowBytes
    for (let p = first; p < last; p++) {
      const s = v128.load_splat<T>(row + <usize>p * sizeof<T>())
      x0 = v128.add<T>(x0, v128.mul<T>(s, v128.load(from)))
      x1 = v128.add<T>(x1, v128.mul<T>(s, v128.load(from, 16)))
      x2 = v128.add<T>(x2, v128.mul<T>(s, v128.load(from, 32)))
      x3 = v128.add<T>(x3, v128.mul<T>(s, v128.load(from, 48)))
      from += stripRowBytes
    }
    const to = strip + <usize>i * stripRowBytes
    v128.store(to, v128.mul<T>(factor, x0))
    v128.store(to, v128.mul<T>(factor, x1), 16)
    v128.store(to, v128.mul<T>(factor, x2), 32)
    v128.store(to, v128.mul<T>(factor, x3), 48)
  }
}
