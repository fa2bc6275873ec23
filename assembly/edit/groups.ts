/**
 * Norms of groups of elements, gathered while a tensor streams by, and zeroing of whole groups. The tensor is a row of segments of `inner`
 * consecutive elements; segment s belongs to slot s % period, slot p to group map[p] (p itself without a map). What is not finite adds
 * nothing and stays.
 */

/** Sums are pairs of f64 for each group: the sum, and for l2 of f64 the scale s of s^2 * sum, so that squares neither overflow nor vanish. */
// @ts-ignore: decorator
@inline
function addTo<T>(norm: i32, total: usize, x: usize, n: i32): void {
  let sum = load<f64>(total)
  if (norm == 2 || (norm == 1 && sizeof<T>() == 8)) {
    // linf, and the scale of l2.
    let most = norm == 2 ? sum : load<f64>(total, 8)
    const before = most
    for (let i = 0; i < n; i++) {
      const size = <f64>abs<T>(load<T>(x + <usize>i * sizeof<T>()))
      if (size < Infinity && size > most) most = size
    }
    if (norm == 2) {
      store<f64>(total, most)
      return
    }
    if (most == 0) return
    const ratio = before / most
    sum *= ratio * ratio
    for (let i = 0; i < n; i++) {
      const part = <f64>abs<T>(load<T>(x + <usize>i * sizeof<T>())) / most
      if (part <= 1) sum += part * part
    }
    store<f64>(total, sum)
    store<f64>(total, most, 8)
    return
  }
  for (let i = 0; i < n; i++) {
    const size = <f64>abs<T>(load<T>(x + <usize>i * sizeof<T>()))
    if (size < Infinity) sum += norm == 0 ? size : size * size
  }
  store<f64>(total, sum)
}

// @ts-ignore: decorator
@inline
function sums<T>(norm: i32, x: usize, n: i32, slot: i32, inner: i32, period: i32, map: usize, totals: usize): void {
  for (let i = 0; i < n; i += inner) {
    const group = map == 0 ? slot : load<i32>(map + (<usize>slot << 2))
    addTo<T>(norm, totals + (<usize>group << 4), x + <usize>i * sizeof<T>(), inner)
    if (++slot == period) slot = 0
  }
}

/** `n` elements, whole segments, the first of which is in slot `slot`. norm: 0 l1, 1 l2, 2 linf. */
export function groupSums_f32(norm: i32, x: usize, n: i32, slot: i32, inner: i32, period: i32, map: usize, totals: usize): void {
  sums<f32>(norm, x, n, slot, inner, period, map, totals)
}

export function groupSums_f64(norm: i32, x: usize, n: i32, slot: i32, inner: i32, period: i32, map: usize, totals: usize): void {
  sums<f64>(norm, x, n, slot, inner, period, map, totals)
}

// @ts-ignore: decorator
@inline
function zero<T>(x: usize, n: i32, slot: i32, inner: i32, period: i32, isOut: usize): void {
  for (let i = 0; i < n; i += inner) {
    if (load<u8>(isOut + <usize>slot))
      for (let j = 0; j < inner; j++) {
        const at = x + <usize>(i + j) * sizeof<T>()
        if (abs<T>(load<T>(at)) < <T>Infinity) store<T>(at, <T>0)
      }
    if (++slot == period) slot = 0
  }
}

/** Zeroes the segments whose slot is marked in `isOut` (one byte for each slot). */
export function zeroSlots_f32(x: usize, n: i32, slot: i32, inner: i32, period: i32, isOut: usize): void {
  zero<f32>(x, n, slot, inner, period, isOut)
}

export function zeroSlots_f64(x: usize, n: i32, slot: i32, inner: i32, period: i32, isOut: usize): void {
  zero<f64>(x, n, slot, inner, period, isOut)
}
