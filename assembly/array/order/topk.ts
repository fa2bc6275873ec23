/**
 * The k best of a row without sorting it. First the k-th best key: candidates that beat the best k so far gather in a buffer, which quickselect
 * (Hoare 1961) cuts back to k when it is full; most elements are passed over by one comparison of vectors. Then the row's elements that are at
 * least that good, in order, are sorted.
 */
import { key32, key64 } from './keys'
import { rowBytes, sortRow } from './sort'

/** Candidates that the buffer holds for each k. */
// @ts-ignore: decorator
@inline
function capacity(k: i32): i32 {
  return 2 * max(k, 64)
}

/** Room for a row's work: the buffer or the sort's lists, then the best values and their places. */
// @ts-ignore: decorator
@inline
export function topBytes(k: i32): f64 {
  return <f64>rowBytes(max(k, 64)) + <f64>k * 12 + 8
}

/** A key of type K (u32 or u64), turned over for the largest, so that less is better. */
// @ts-ignore: decorator
@inline
function rank<T, K>(at: usize, turn: K): K {
  return sizeof<K>() == 8 ? <K>(key64(at) ^ <u64>turn) : <K>(key32<T>(at) ^ <u32>turn)
}

/** Puts the k best of n keys first; returns the worst of them. The pivot is the median of three. */
function select<K>(n: i32, k: i32, keys: usize): K {
  let low = 0, high = n - 1
  const wanted = k - 1
  while (low < high) {
    const a = load<K>(keys + <usize>low * sizeof<K>())
    const b = load<K>(keys + <usize>((low + high) >>> 1) * sizeof<K>())
    const c = load<K>(keys + <usize>high * sizeof<K>())
    const pivot = max<K>(min<K>(a, b), min<K>(max<K>(a, b), c))
    let i = low, j = high
    while (i <= j) {
      while (load<K>(keys + <usize>i * sizeof<K>()) < pivot) i++
      while (load<K>(keys + <usize>j * sizeof<K>()) > pivot) j--
      if (i > j) break
      const left = keys + <usize>i * sizeof<K>(), right = keys + <usize>j * sizeof<K>()
      const key = load<K>(left)
      store<K>(left, load<K>(right))
      store<K>(right, key)
      i++
      j--
    }
    if (wanted <= j) high = j
    else if (wanted >= i) low = i
    else break
  }
  return load<K>(keys + <usize>wanted * sizeof<K>())
}

/** Lanes of four (two) elements that may be better than `bound`, the k-th best value so far; NaN always may. */
// @ts-ignore: decorator
@inline
function noneBetter<T>(at: usize, bound: v128, smallest: bool): bool {
  const v = v128.load(at)
  return i32x4.all_true(smallest ? v128.ge<T>(v, bound) : v128.le<T>(v, bound))
}

/** The k-th best key of a row, 1 <= k <= length. */
function threshold<T, K>(length: i32, k: i32, smallest: bool, x: usize, buffer: usize): K {
  const turn: K = smallest ? <K>0 : <K>-1
  const lanes = <i32>(16 / sizeof<T>())
  const room = capacity(k)
  let i = 0, n = 0
  let worst: K = <K>-1
  let bound = v128.splat<T>(<T>0)
  // Nothing is passed over before the first cut.
  let cut = false
  while (i < length) {
    if (cut && sizeof<T>() > 1)
      while (i + lanes <= length && noneBetter<T>(x + <usize>i * sizeof<T>(), bound, smallest)) i += lanes
    for (const end = min(i + lanes, length); i < end; i++) {
      const at = x + <usize>i * sizeof<T>()
      const key = rank<T, K>(at, turn)
      if (cut && key >= worst) continue
      store<K>(buffer + <usize>n * sizeof<K>(), key)
      n++
      if (n == room) {
        worst = select<K>(n, k, buffer)
        n = k
        cut = true
        bound = v128.splat<T>(valueOf<T, K>(worst ^ turn))
      }
    }
  }
  return select<K>(n, k, buffer)
}

/** An element with this key. */
// @ts-ignore: decorator
@inline
function valueOf<T, K>(key: K): T {
  if (sizeof<T>() == 1) return <T>key
  if (!isFloat<T>()) return <T>(<u32>key ^ 0x80000000)
  if (sizeof<T>() == 8) {
    const bits = <u64>key
    return <T>reinterpret<f64>(bits >>> 63 ? bits ^ 0x8000000000000000 : ~bits)
  }
  const bits = <u32>key
  return <T>reinterpret<f32>(bits >>> 31 ? bits ^ 0x80000000 : ~bits)
}

/** A row's k best: values (unless 0) and places (unless 0), best first, equal ones by place. `work` has `topBytes(k)`. */
export function topRow<T, K>(length: i32, k: i32, smallest: bool, x: usize, values: usize, places: usize, work: usize): void {
  const turn: K = smallest ? <K>0 : <K>-1
  const last = threshold<T, K>(length, k, smallest, x, work)
  const best = work + rowBytes(max(k, 64)), where = best + (<usize>k << 3)
  // As many elements equal the last as the better ones leave room for.
  let equal = k
  const keys = work
  for (let i = 0; i < k; i++) equal -= <i32>(load<K>(keys + <usize>i * sizeof<K>()) < last)
  const bound = v128.splat<T>(valueOf<T, K>(last ^ turn))
  const lanes = <i32>(16 / sizeof<T>())
  let i = 0, n = 0
  while (n < k) {
    if (sizeof<T>() > 1)
      while (i + lanes <= length && noneAsGood<T>(x + <usize>i * sizeof<T>(), bound, smallest)) i += lanes
    for (const end = min(i + lanes, length); i < end && n < k; i++) {
      const at = x + <usize>i * sizeof<T>()
      const key = rank<T, K>(at, turn)
      if (key > last || (key == last && equal == 0)) continue
      if (key == last) equal--
      store<T>(best + <usize>n * sizeof<T>(), load<T>(at))
      store<i32>(where + (<usize>n << 2), i)
      n++
    }
  }
  sortRow<T>(k, !smallest, best, values, places, work)
  if (places != 0)
    for (let at = places, end = places + (<usize>k << 2); at < end; at += 4)
      store<i32>(at, load<i32>(where + (<usize>load<i32>(at) << 2)))
}

/** Whether all lanes are worse than `bound`. */
// @ts-ignore: decorator
@inline
function noneAsGood<T>(at: usize, bound: v128, smallest: bool): bool {
  const v = v128.load(at)
  return i32x4.all_true(smallest ? v128.gt<T>(v, bound) : v128.lt<T>(v, bound))
}
