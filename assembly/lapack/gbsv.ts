/**
 * Band systems by LU with partial pivoting (LAPACK's gbsv). Row i of the work matrix holds A[i, i - kl .. i + ku + kl]: exchanges widen U by kl,
 * and rows, being contiguous, are what is combined.
 */
import { axpy } from './vector'

/** Elements of `work`. */
export function gbsvWork(n: i32, kl: i32, ku: i32): i32 {
  return n * (2 * kl + ku + 1)
}

/** B [n, count] := A^-1 B with A's band in `ab` [n, kl + ku + 1]. Returns 0, or the 1-based place of the first zero pivot, and then B is spoilt. */
export function gbsv<T>(n: i32, kl: i32, ku: i32, count: i32, ab: usize, b: usize, ldb: i32, work: usize): i32 {
  const given = <usize>(kl + ku + 1) * sizeof<T>()
  const width = 2 * kl + ku + 1
  const row = <usize>width * sizeof<T>()
  const rowB = <usize>ldb * sizeof<T>()
  for (let i = 0; i < n; i++) {
    const to = work + <usize>i * row
    memory.copy(to, ab + <usize>i * given, given)
    memory.fill(to + given, 0, row - given)
  }
  let info = 0
  for (let j = 0; j < n; j++) {
    // Where column j stands in row j; it moves left by one in each row below.
    const diagonal = work + <usize>j * row + <usize>kl * sizeof<T>()
    const step = row - sizeof<T>()
    const below = min(kl, n - 1 - j)
    const right = min(kl + ku, n - 1 - j)
    let best = 0
    let most = abs<T>(load<T>(diagonal))
    for (let i = 1; i <= below; i++) {
      const size = abs<T>(load<T>(diagonal + <usize>i * step))
      if (size > most) {
        most = size
        best = i
      }
    }
    if (best > 0) {
      swap<T>(right + 1, diagonal, diagonal + <usize>best * step)
      swap<T>(count, b + <usize>j * rowB, b + <usize>(j + best) * rowB)
    }
    const pivot = load<T>(diagonal)
    if (pivot == <T>0) {
      if (info == 0) info = j + 1
      continue
    }
    for (let i = 1; i <= below; i++) {
      const at = diagonal + <usize>i * step
      const factor = load<T>(at) / pivot
      if (factor == <T>0) continue
      axpy<T>(right, -factor, diagonal + sizeof<T>(), at + sizeof<T>())
      axpy<T>(count, -factor, b + <usize>j * rowB, b + <usize>(j + i) * rowB)
    }
  }
  if (info != 0) return info
  for (let i = n - 1; i >= 0; i--) {
    const diagonal = work + <usize>i * row + <usize>kl * sizeof<T>()
    const right = min(kl + ku, n - 1 - i)
    const to = b + <usize>i * rowB
    for (let j = 1; j <= right; j++)
      axpy<T>(count, -load<T>(diagonal + <usize>j * sizeof<T>()), to + <usize>j * rowB, to)
    const pivot = load<T>(diagonal)
    for (let c = 0; c < count; c++) store<T>(to + <usize>c * sizeof<T>(), load<T>(to + <usize>c * sizeof<T>()) / pivot)
  }
  return 0
}

function swap<T>(count: i32, x: usize, y: usize): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const value = load<T>(x + i * sizeof<T>())
    store<T>(x + i * sizeof<T>(), load<T>(y + i * sizeof<T>()))
    store<T>(y + i * sizeof<T>(), value)
  }
}
