/** A sparse matrix times a vector. Indices are trusted: whoever builds a matrix checks them. */

// @ts-ignore: decorator
@inline
function at<T>(x: usize, index: usize): f64 {
  return <f64>load<T>(x + <usize>load<u32>(index) * sizeof<T>())
}

/**
 * y = alpha A x + beta y, sums in f64. Four sums a row, so that none waits for another, and no loop for
 * what is left after blocks of four: rows of a handful are the common case.
 */
export function product<T>(rows: i32, indptr: usize, indices: usize, values: usize, alpha: f64, x: usize, beta: f64, y: usize): void {
  let from = load<u32>(indptr)
  let index = indices + (<usize>from << 2)
  let value = values + <usize>from * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    indptr += 4
    const to = load<u32>(indptr)
    const end = indices + (<usize>to << 2)
    let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, s3: f64 = 0
    for (; index + 16 <= end; index += 16) {
      s0 += <f64>load<T>(value) * at<T>(x, index)
      s1 += <f64>load<T>(value, sizeof<T>()) * at<T>(x, index + 4)
      s2 += <f64>load<T>(value, 2 * sizeof<T>()) * at<T>(x, index + 8)
      s3 += <f64>load<T>(value, 3 * sizeof<T>()) * at<T>(x, index + 12)
      value += 4 * sizeof<T>()
    }
    s0 += s2
    s1 += s3
    if (index + 8 <= end) {
      s0 += <f64>load<T>(value) * at<T>(x, index)
      s0 += <f64>load<T>(value, sizeof<T>()) * at<T>(x, index + 4)
      index += 8
      value += 2 * sizeof<T>()
    }
    if (index < end) {
      s0 += <f64>load<T>(value) * at<T>(x, index)
      index += 4
      value += sizeof<T>()
    }
    const sum = alpha * (s0 + s1)
    store<T>(y, <T>(beta == 0 ? sum : sum + beta * <f64>load<T>(y)))
    y += sizeof<T>()
  }
}

/** y += alpha Aᵀ x: every row's multiple, where its indices say, in order. */
export function transposedProduct<T>(rows: i32, indptr: usize, indices: usize, values: usize, alpha: f64, x: usize, y: usize): void {
  let from = load<u32>(indptr)
  let index = indices + (<usize>from << 2)
  let value = values + <usize>from * sizeof<T>()
  for (let i = 0; i < rows; i++) {
    indptr += 4
    const end = indices + (<usize>load<u32>(indptr) << 2)
    const factor = alpha * <f64>load<T>(x)
    for (; index < end; index += 4) {
      const to = y + <usize>load<u32>(index) * sizeof<T>()
      store<T>(to, <T>(<f64>load<T>(to) + factor * <f64>load<T>(value)))
      value += sizeof<T>()
    }
    x += sizeof<T>()
  }
}
