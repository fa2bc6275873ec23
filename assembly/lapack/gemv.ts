/** Matrix times vector, the half of every reduction that runs at the speed of memory: each reads its matrix once, four rows at a time. */
import { axpy, dot, lanes, sumLanes } from './vector'

/** y = A x with A [m, n]; `lda` in elements. */
export function gemv<T>(m: i32, n: i32, a: usize, lda: i32, x: usize, y: usize): void {
  const row = <usize>lda * sizeof<T>()
  const step = lanes<T>()
  const body = n - (n % step)
  let i = 0
  for (; i + 4 <= m; i += 4) {
    let s0 = v128.splat<T>(<T>0), s1 = s0, s2 = s0, s3 = s0
    let a0 = a, a1 = a0 + row, a2 = a1 + row, a3 = a2 + row
    let from = x
    let j = 0
    for (; j < body; j += step) {
      const v = v128.load(from)
      s0 = v128.add<T>(s0, v128.mul<T>(v, v128.load(a0)))
      s1 = v128.add<T>(s1, v128.mul<T>(v, v128.load(a1)))
      s2 = v128.add<T>(s2, v128.mul<T>(v, v128.load(a2)))
      s3 = v128.add<T>(s3, v128.mul<T>(v, v128.load(a3)))
      from += 16
      a0 += 16
      a1 += 16
      a2 += 16
      a3 += 16
    }
    let t0 = sumLanes<T>(s0), t1 = sumLanes<T>(s1), t2 = sumLanes<T>(s2), t3 = sumLanes<T>(s3)
    for (; j < n; j++) {
      const v = load<T>(from)
      t0 += v * load<T>(a0)
      t1 += v * load<T>(a1)
      t2 += v * load<T>(a2)
      t3 += v * load<T>(a3)
      from += sizeof<T>()
      a0 += sizeof<T>()
      a1 += sizeof<T>()
      a2 += sizeof<T>()
      a3 += sizeof<T>()
    }
    store<T>(y, t0)
    store<T>(y, t1, sizeof<T>())
    store<T>(y, t2, 2 * sizeof<T>())
    store<T>(y, t3, 3 * sizeof<T>())
    y += 4 * sizeof<T>()
    a += 4 * row
  }
  for (; i < m; i++) {
    store<T>(y, dot<T>(n, a, x))
    y += sizeof<T>()
    a += row
  }
}

/** y += alpha Aᵀ x with A [m, n]: a combination of rows. */
export function gevm<T>(m: i32, n: i32, alpha: T, a: usize, lda: i32, x: usize, y: usize): void {
  const row = <usize>lda * sizeof<T>()
  const step = lanes<T>()
  const body = n - (n % step)
  let i = 0
  for (; i + 4 <= m; i += 4) {
    const x0 = alpha * load<T>(x)
    const x1 = alpha * load<T>(x, sizeof<T>())
    const x2 = alpha * load<T>(x, 2 * sizeof<T>())
    const x3 = alpha * load<T>(x, 3 * sizeof<T>())
    let a0 = a, a1 = a0 + row, a2 = a1 + row, a3 = a2 + row
    const v0 = v128.splat<T>(x0), v1 = v128.splat<T>(x1), v2 = v128.splat<T>(x2), v3 = v128.splat<T>(x3)
    let to = y
    let j = 0
    for (; j < body; j += step) {
      const left = v128.add<T>(v128.mul<T>(v0, v128.load(a0)), v128.mul<T>(v1, v128.load(a1)))
      const right = v128.add<T>(v128.mul<T>(v2, v128.load(a2)), v128.mul<T>(v3, v128.load(a3)))
      v128.store(to, v128.add<T>(v128.load(to), v128.add<T>(left, right)))
      to += 16
      a0 += 16
      a1 += 16
      a2 += 16
      a3 += 16
    }
    for (; j < n; j++) {
      store<T>(to, load<T>(to) + (x0 * load<T>(a0) + x1 * load<T>(a1) + (x2 * load<T>(a2) + x3 * load<T>(a3))))
      to += sizeof<T>()
      a0 += sizeof<T>()
      a1 += sizeof<T>()
      a2 += sizeof<T>()
      a3 += sizeof<T>()
    }
    a += 4 * row
    x += 4 * sizeof<T>()
  }
  for (; i < m; i++) {
    axpy<T>(n, alpha * load<T>(x), a, y)
    a += row
    x += sizeof<T>()
  }
}

/** y = A x with symmetric A [n, n] given by its lower triangle, which is read once: each element serves its row and its column. */
export function symv<T>(n: i32, a: usize, lda: i32, x: usize, y: usize): void {
  const row = <usize>lda * sizeof<T>()
  const step = lanes<T>()
  memory.fill(y, 0, <usize>n * sizeof<T>())
  let i = 0
  for (; i + 4 <= n; i += 4) {
    const at = <usize>i * sizeof<T>()
    const x0 = load<T>(x + at), x1 = load<T>(x + at, sizeof<T>())
    const x2 = load<T>(x + at, 2 * sizeof<T>()), x3 = load<T>(x + at, 3 * sizeof<T>())
    const v0 = v128.splat<T>(x0), v1 = v128.splat<T>(x1), v2 = v128.splat<T>(x2), v3 = v128.splat<T>(x3)
    let s0 = v128.splat<T>(<T>0), s1 = s0, s2 = s0, s3 = s0
    let a0 = a, a1 = a0 + row, a2 = a1 + row, a3 = a2 + row
    let from = x, to = y
    // i is a multiple of four, hence of the lanes.
    for (let j = 0; j < i; j += step) {
      const v = v128.load(from)
      const r0 = v128.load(a0), r1 = v128.load(a1), r2 = v128.load(a2), r3 = v128.load(a3)
      s0 = v128.add<T>(s0, v128.mul<T>(v, r0))
      s1 = v128.add<T>(s1, v128.mul<T>(v, r1))
      s2 = v128.add<T>(s2, v128.mul<T>(v, r2))
      s3 = v128.add<T>(s3, v128.mul<T>(v, r3))
      const left = v128.add<T>(v128.mul<T>(v0, r0), v128.mul<T>(v1, r1))
      const right = v128.add<T>(v128.mul<T>(v2, r2), v128.mul<T>(v3, r3))
      v128.store(to, v128.add<T>(v128.load(to), v128.add<T>(left, right)))
      from += 16
      to += 16
      a0 += 16
      a1 += 16
      a2 += 16
      a3 += 16
    }
    corner<T>(4, a + at, row, x + at, y + at)
    store<T>(y + at, load<T>(y + at) + sumLanes<T>(s0))
    store<T>(y + at, load<T>(y + at, sizeof<T>()) + sumLanes<T>(s1), sizeof<T>())
    store<T>(y + at, load<T>(y + at, 2 * sizeof<T>()) + sumLanes<T>(s2), 2 * sizeof<T>())
    store<T>(y + at, load<T>(y + at, 3 * sizeof<T>()) + sumLanes<T>(s3), 3 * sizeof<T>())
    a += 4 * row
  }
  for (; i < n; i++) {
    const xi = load<T>(x + <usize>i * sizeof<T>())
    let sum = load<T>(a + <usize>i * sizeof<T>()) * xi
    for (let j = 0; j < i; j++) {
      const at = <usize>j * sizeof<T>()
      const value = load<T>(a + at)
      sum += value * load<T>(x + at)
      store<T>(y + at, load<T>(y + at) + value * xi)
    }
    store<T>(y + <usize>i * sizeof<T>(), load<T>(y + <usize>i * sizeof<T>()) + sum)
    a += row
  }
}

/** y += A x for the small triangle on the diagonal. */
function corner<T>(n: i32, a: usize, row: usize, x: usize, y: usize): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = load<T>(a + <usize>i * row + <usize>j * sizeof<T>())
      const yi = y + <usize>i * sizeof<T>(), yj = y + <usize>j * sizeof<T>()
      store<T>(yi, load<T>(yi) + value * load<T>(x + <usize>j * sizeof<T>()))
      if (i != j) store<T>(yj, load<T>(yj) + value * load<T>(x + <usize>i * sizeof<T>()))
    }
  }
}

/** Rows whose products wait in `scratch` before they are scaled. */
const wait: i32 = 1024

/** y = alpha op(A) x + beta y with A [m, n] as stored; beta = 0 never reads y. */
export function gemvScaled<T>(
  trans: bool, m: i32, n: i32, alpha: T, a: usize, lda: i32, x: usize, beta: T, y: usize, scratch: usize,
): void {
  const length = trans ? n : m
  if (trans || alpha == <T>0) {
    for (let i = 0; i < length; i++) {
      const to = y + <usize>i * sizeof<T>()
      store<T>(to, beta == <T>0 ? <T>0 : beta * load<T>(to))
    }
    if (alpha != <T>0) gevm<T>(m, n, alpha, a, lda, x, y)
    return
  }
  for (let from = 0; from < m; from += wait) {
    const rows = min(wait, m - from)
    gemv<T>(rows, n, a + <usize>from * <usize>lda * sizeof<T>(), lda, x, scratch)
    for (let i = 0; i < rows; i++) {
      const to = y + <usize>(from + i) * sizeof<T>()
      const value = alpha * load<T>(scratch + <usize>i * sizeof<T>())
      store<T>(to, beta == <T>0 ? value : value + beta * load<T>(to))
    }
  }
}
