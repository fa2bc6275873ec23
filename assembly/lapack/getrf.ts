/**
 * P A = L U with partial pivoting, halved by columns (Toledo 1997): rows are contiguous, so exchanges are cheap, and all but narrow panels is
 * triangular systems and products.
 */
import { gemm, whole } from './gemm'
import { stripColumns, stripRowBytes } from './strips'
import { trsm } from './trsm'

/** Bytes that `panel` needs for a matrix of m rows. */
export function getrfPanelBytes(m: i32): usize {
  return (<usize>m + 1) * stripRowBytes
}

/** Exchanges row i of A with row pivots[i], for i from `first` up to `last`, or with `backward` down to it again; n columns. */
export function laswp<T>(n: i32, a: usize, lda: i32, pivots: usize, first: i32, last: i32, backward: bool): void {
  const row = <usize>lda * sizeof<T>()
  for (let step = first; step < last; step++) {
    const i = backward ? last - 1 - (step - first) : step
    const other = load<i32>(pivots + ((<usize>i) << 2))
    if (other != i) swap(<usize>n * sizeof<T>(), a + <usize>i * row, a + <usize>other * row)
  }
}

function swap(bytes: usize, x: usize, y: usize): void {
  let i: usize = 0
  for (; i + 16 <= bytes; i += 16) {
    const v = v128.load(x + i)
    v128.store(x + i, v128.load(y + i))
    v128.store(y + i, v)
  }
  for (; i < bytes; i += 4) {
    const v = load<u32>(x + i)
    store<u32>(x + i, load<u32>(y + i))
    store<u32>(y + i, v)
  }
}

/**
 * Factors A [m, n] in place; pivots [min(m, n)] count from the first row. Returns 0, or the 1-based place of the first pivot that is exactly
 * zero. `panel` holds `getrfPanelBytes(m)` and may be the scratch memory itself.
 */
export function getrf<T>(m: i32, n: i32, a: usize, lda: i32, pivots: usize, panel: usize, scratch: usize): i32 {
  const k = min(m, n)
  const columns = stripColumns<T>()
  if (k <= 0) return 0
  if (k <= columns) {
    const info = factorPanel<T>(m, k, a, lda, pivots, panel)
    if (n > k) {
      const right = a + <usize>k * sizeof<T>()
      laswp<T>(n - k, right, lda, pivots, 0, k, false)
      trsm<T>(true, true, false, true, k, n - k, <T>1, a, lda, right, lda, scratch)
      if (m > k) {
        const low = <usize>k * <usize>lda * sizeof<T>()
        gemm<T>(whole, false, false, m - k, n - k, k, <T>-1, a + low, lda, right, lda, <T>1, right + low, lda, scratch)
      }
    }
    return info
  }
  const half = ((k / 2 + columns - 1) / columns) * columns
  const right = a + <usize>half * sizeof<T>()
  const below = a + <usize>half * <usize>lda * sizeof<T>()
  const corner = below + <usize>half * sizeof<T>()
  const first = getrf<T>(m, half, a, lda, pivots, panel, scratch)
  laswp<T>(n - half, right, lda, pivots, 0, half, false)
  trsm<T>(true, true, false, true, half, n - half, <T>1, a, lda, right, lda, scratch)
  gemm<T>(whole, false, false, m - half, n - half, half, <T>-1, below, lda, right, lda, <T>1, corner, lda, scratch)
  const later = pivots + ((<usize>half) << 2)
  const second = getrf<T>(m - half, n - half, corner, lda, later, panel, scratch)
  laswp<T>(half, below, lda, later, 0, k - half, false)
  for (let i = half; i < k; i++) {
    const at = pivots + ((<usize>i) << 2)
    store<i32>(at, load<i32>(at) + half)
  }
  return first != 0 ? first : second != 0 ? half + second : 0
}

/** k <= one strip's columns: copied to rows of 64 bytes, so that neither the search for a pivot nor an update leaves the caches. */
function factorPanel<T>(m: i32, k: i32, a: usize, lda: i32, pivots: usize, panel: usize): i32 {
  const row = <usize>lda * sizeof<T>()
  const bytes = <usize>k * sizeof<T>()
  if (bytes < stripRowBytes) memory.fill(panel, 0, <usize>m * stripRowBytes)
  for (let i: usize = 0; i < <usize>m; i++) memory.copy(panel + i * stripRowBytes, a + i * row, bytes)
  let info = 0
  let pivot = largestBelow<T>(m, 0, panel)
  for (let j = 0; j < k; j++) {
    store<i32>(pivots + ((<usize>j) << 2), pivot)
    const top = panel + <usize>j * stripRowBytes
    if (pivot != j) swap(stripRowBytes, top, panel + <usize>pivot * stripRowBytes)
    if (load<T>(top + <usize>j * sizeof<T>()) == <T>0) {
      if (info == 0) info = j + 1
      pivot = j + 1 < k ? largestBelow<T>(m, j + 1, panel) : 0
    } else pivot = eliminate<T>(m, j, panel)
  }
  for (let i: usize = 0; i < <usize>m; i++) memory.copy(a + i * row, panel + i * stripRowBytes, bytes)
  return info
}

/** Row of the largest element of column j from the diagonal down. */
function largestBelow<T>(m: i32, j: i32, panel: usize): i32 {
  const at = panel + <usize>j * sizeof<T>()
  let best = j
  let most = abs<T>(load<T>(at + <usize>j * stripRowBytes))
  for (let i = j + 1; i < m; i++) {
    const size = abs<T>(load<T>(at + <usize>i * stripRowBytes))
    if (size > most) {
      most = size
      best = i
    }
  }
  return best
}

/** Column j's multipliers and the update of the columns behind it; returns the next column's pivot, found on the way. */
// @ts-ignore: decorator
@inline
function eliminate<T>(m: i32, j: i32, panel: usize): i32 {
  const isLate = j + 1 >= stripColumns<T>() / 2
  return isLate ? eliminateFrom<T>(m, j, panel, true) : eliminateFrom<T>(m, j, panel, false)
}

/** The same; from the middle of the panel on, `isLate`, only the second half of the rows changes. */
// @ts-ignore: decorator
@inline
function eliminateFrom<T>(m: i32, j: i32, panel: usize, isLate: bool): i32 {
  const top = panel + <usize>j * stripRowBytes
  const at = <usize>j * sizeof<T>()
  const after = min(at + sizeof<T>(), stripRowBytes - sizeof<T>())
  const pivot = load<T>(top + at)
  // The pivot's row with zeros up to the pivot: what stands left of it in other rows is kept.
  const held = panel + <usize>m * stripRowBytes
  memory.copy(held, top, stripRowBytes)
  memory.fill(held, 0, at + sizeof<T>())
  const u0 = v128.load(held), u1 = v128.load(held, 16), u2 = v128.load(held, 32), u3 = v128.load(held, 48)
  let best = j + 1
  let most: T = <T>-1
  let row = top + stripRowBytes
  for (let i = j + 1; i < m; i++) {
    const factor = load<T>(row + at) / pivot
    const s = v128.splat<T>(factor)
    if (!isLate) {
      v128.store(row, v128.sub<T>(v128.load(row), v128.mul<T>(s, u0)))
      v128.store(row, v128.sub<T>(v128.load(row, 16), v128.mul<T>(s, u1)), 16)
    }
    v128.store(row, v128.sub<T>(v128.load(row, 32), v128.mul<T>(s, u2)), 32)
    v128.store(row, v128.sub<T>(v128.load(row, 48), v128.mul<T>(s, u3)), 48)
    // Last: a vector is not to be loaded while part of it is on its way to memory.
    store<T>(row + at, factor)
    const size = abs<T>(load<T>(row + after))
    if (size > most) {
      most = size
      best = i
    }
    row += stripRowBytes
  }
  return best
}
