/** Packing: operands copied into the order in which tiles read them, panels padded with zeros, so that tiles need no bounds. Strides are bytes. */
import { tileColumns, tileRowBytes, tileRows } from './tile'

/** op(A) [m, k] to panels of six rows: for each k, the panel's six elements. */
export function packA<T>(trans: bool, m: i32, k: i32, a: usize, lda: usize, target: usize): void {
  for (let i = 0; i < m; i += tileRows) {
    const rows = min(tileRows, m - i)
    if (trans) packColumnPanel<T>(rows, k, a + <usize>i * sizeof<T>(), lda, target)
    else packRowPanel<T>(rows, k, a + <usize>i * lda, lda, target)
    target += <usize>k * <usize>tileRows * sizeof<T>()
  }
}

/** Six (or fewer) rows as they lie, interleaved. */
function packRowPanel<T>(rows: i32, k: i32, a: usize, lda: usize, target: usize): void {
  if (rows < tileRows) {
    memory.fill(target, 0, <usize>k * <usize>tileRows * sizeof<T>())
    for (let i = 0; i < rows; i++) {
      let to = target + <usize>i * sizeof<T>()
      const row = a + <usize>i * lda
      for (let p = 0; p < k; p++) {
        store<T>(to, load<T>(row + <usize>p * sizeof<T>()))
        to += <usize>tileRows * sizeof<T>()
      }
    }
    return
  }
  const a1 = lda, a2 = lda * 2, a3 = lda * 3, a4 = lda * 4, a5 = lda * 5
  for (let p = 0; p < k; p++) {
    store<T>(target, load<T>(a))
    store<T>(target, load<T>(a + a1), sizeof<T>())
    store<T>(target, load<T>(a + a2), 2 * sizeof<T>())
    store<T>(target, load<T>(a + a3), 3 * sizeof<T>())
    store<T>(target, load<T>(a + a4), 4 * sizeof<T>())
    store<T>(target, load<T>(a + a5), 5 * sizeof<T>())
    target += <usize>tileRows * sizeof<T>()
    a += sizeof<T>()
  }
}

/** The same of Aᵀ, where the six elements are neighbours already. */
function packColumnPanel<T>(rows: i32, k: i32, a: usize, lda: usize, target: usize): void {
  const width = <usize>tileRows * sizeof<T>()
  if (rows < tileRows) {
    memory.fill(target, 0, <usize>k * width)
    for (let p = 0; p < k; p++) {
      for (let i: usize = 0; i < <usize>rows; i++) store<T>(target + i * sizeof<T>(), load<T>(a + i * sizeof<T>()))
      target += width
      a += lda
    }
    return
  }
  for (let p = 0; p < k; p++) {
    v128.store(target, v128.load(a))
    if (sizeof<T>() == 8) {
      v128.store(target, v128.load(a, 16), 16)
      v128.store(target, v128.load(a, 32), 32)
    } else {
      store<u64>(target, load<u64>(a, 16), 16)
    }
    target += width
    a += lda
  }
}

/** op(B) [k, n] to panels of two vectors: for each k, the panel's row. */
export function packB<T>(trans: bool, k: i32, n: i32, b: usize, ldb: usize, target: usize): void {
  const columns = tileColumns<T>()
  let j = 0
  for (; !trans && j + 4 * columns <= n; j += 4 * columns) {
    packFourPanels<T>(k, b + <usize>j * sizeof<T>(), ldb, target)
    target += 4 * <usize>k * tileRowBytes
  }
  for (; j < n; j += columns) {
    const width = min(columns, n - j)
    if (width < columns) memory.fill(target, 0, <usize>k * tileRowBytes)
    if (trans) packTransposedPanel<T>(width, k, b + <usize>j * ldb, ldb, target)
    else packPanel<T>(width, k, b + <usize>j * sizeof<T>(), ldb, target)
    target += <usize>k * tileRowBytes
  }
}

/** Four panels at once read whole cache lines, which would be lost between panels where rows lie a power of two apart. */
function packFourPanels<T>(k: i32, b: usize, ldb: usize, target: usize): void {
  const panel = <usize>k * tileRowBytes
  let second = target + panel, third = second + panel, fourth = third + panel
  for (let p = 0; p < k; p++) {
    v128.store(target, v128.load(b))
    v128.store(target, v128.load(b, 16), 16)
    v128.store(second, v128.load(b, 32))
    v128.store(second, v128.load(b, 48), 16)
    v128.store(third, v128.load(b, 64))
    v128.store(third, v128.load(b, 80), 16)
    v128.store(fourth, v128.load(b, 96))
    v128.store(fourth, v128.load(b, 112), 16)
    target += tileRowBytes
    second += tileRowBytes
    third += tileRowBytes
    fourth += tileRowBytes
    b += ldb
  }
}

function packPanel<T>(width: i32, k: i32, b: usize, ldb: usize, target: usize): void {
  if (width < tileColumns<T>()) {
    for (let p = 0; p < k; p++) {
      for (let j: usize = 0; j < <usize>width; j++) store<T>(target + j * sizeof<T>(), load<T>(b + j * sizeof<T>()))
      target += tileRowBytes
      b += ldb
    }
    return
  }
  for (let p = 0; p < k; p++) {
    v128.store(target, v128.load(b))
    v128.store(target, v128.load(b, 16), 16)
    target += tileRowBytes
    b += ldb
  }
}

function packTransposedPanel<T>(width: i32, k: i32, b: usize, ldb: usize, target: usize): void {
  let j = 0
  for (; j + 4 <= width; j += 4) {
    let row = b + <usize>j * ldb
    let to = target + <usize>j * sizeof<T>()
    const b1 = ldb, b2 = ldb * 2, b3 = ldb * 3
    for (let p = 0; p < k; p++) {
      store<T>(to, load<T>(row))
      store<T>(to, load<T>(row + b1), sizeof<T>())
      store<T>(to, load<T>(row + b2), 2 * sizeof<T>())
      store<T>(to, load<T>(row + b3), 3 * sizeof<T>())
      row += sizeof<T>()
      to += tileRowBytes
    }
  }
  for (; j < width; j++) {
    let row = b + <usize>j * ldb
    let to = target + <usize>j * sizeof<T>()
    for (let p = 0; p < k; p++) {
      store<T>(to, load<T>(row))
      row += sizeof<T>()
      to += tileRowBytes
    }
  }
}
