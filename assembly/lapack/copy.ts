/** Copies between layouts. `order` is null (0) or i32 indices: line i of the target is line order[i] of the source. */

const block: i32 = 16

// @ts-ignore: decorator
@inline
function pick(order: usize, i: i32): i32 {
  return order == 0 ? i : load<i32>(order + ((<usize>i) << 2))
}

/** B [n, m] = Aᵀ with A [m, n]; with `order`, column i of B is row order[i] of A. */
export function transpose<T>(m: i32, n: i32, a: usize, lda: i32, order: usize, b: usize, ldb: i32): void {
  const rowB = <usize>ldb * sizeof<T>()
  for (let i = 0; i < m; i += block) {
    const lastRow = min(m, i + block)
    for (let j = 0; j < n; j += block) {
      const last = min(n, j + block)
      for (let r = i; r < lastRow; r++) {
        let from = a + (<usize>pick(order, r) * <usize>lda + <usize>j) * sizeof<T>()
        let to = b + <usize>j * rowB + <usize>r * sizeof<T>()
        for (let k = j; k < last; k++) {
          store<T>(to, load<T>(from))
          from += sizeof<T>()
          to += rowB
        }
      }
    }
  }
}

/**
 * Float64 rows of A [m, n] to B; with `order`, row i of B is row order[i] of A. What would be subnormal in f32 becomes 0: products with it
 * would be slow, and it is far below any tolerance.
 */
export function takeRows<T>(m: i32, n: i32, a: usize, lda: i32, order: usize, b: usize, ldb: i32): void {
  for (let i = 0; i < m; i++) {
    let from = a + ((<usize>pick(order, i) * <usize>lda) << 3)
    let to = b + <usize>i * <usize>ldb * sizeof<T>()
    if (sizeof<T>() == 8) {
      memory.copy(to, from, (<usize>n) << 3)
      continue
    }
    for (let j = 0; j < n; j++) {
      const value = load<f64>(from)
      store<T>(to, Math.abs(value) < 1.1754943508222875e-38 ? <T>0 : <T>value)
      from += 8
      to += sizeof<T>()
    }
  }
}

/** A [m, n] = 0 but for ones at [i, i + shift]. */
export function setIdentity<T>(m: i32, n: i32, shift: i32, a: usize, lda: i32): void {
  for (let i = 0; i < m; i++) {
    const row = a + <usize>i * <usize>lda * sizeof<T>()
    memory.fill(row, 0, <usize>n * sizeof<T>())
    if (i + shift >= 0 && i + shift < n) store<T>(row + <usize>(i + shift) * sizeof<T>(), <T>1)
  }
}

/** Mirrors the upper triangle of A [n, n] into the lower. */
export function mirrorUpper<T>(n: i32, a: usize, lda: i32): void {
  const row = <usize>lda * sizeof<T>()
  for (let i = 0; i < n; i += block) {
    for (let j = i; j < n; j += block) {
      const lastRow = min(n, i + block), last = min(n, j + block)
      for (let r = i; r < lastRow; r++)
        for (let k = max(j, r + 1); k < last; k++)
          store<T>(a + <usize>k * row + <usize>r * sizeof<T>(), load<T>(a + <usize>r * row + <usize>k * sizeof<T>()))
    }
  }
}
