/**
 * Sorting numbers alone, without their places: by the digits of the upper halves of their bits, least digit first; then runs of equal upper halves
 * by what is below, which few numbers need. Eight bits at a time: more buckets than that do not stay in the caches.
 */
import { key64 } from '../array/order/keys'

const buckets: usize = 256
const passes: i32 = 4

/** Bytes of `work` that `sortValues_f64` needs. */
export function sortValuesBytes(n: i32): f64 {
  return <f64>((<usize>n << 3) + <usize>(passes * 1024))
}

// @ts-ignore: decorator
@inline
function valueOf(key: u64): u64 {
  return key >>> 63 ? key ^ 0x8000000000000000 : ~key
}

/** Adds the digits of `key` from bit `low` on to the four counts. */
// @ts-ignore: decorator
@inline
function count(key: u64, low: u64, counts: usize): void {
  const half = <u32>(key >>> low)
  for (let d = 0; d < passes; d++) {
    const slot = counts + (<usize>((half >>> (d << 3)) & 255) << 2) + (<usize>d << 10)
    store<u32>(slot, load<u32>(slot) + 1)
  }
}

/** Sorts keys [n] by the 32 bits from `low` on, which `counts` has counted, from `keys` over `spare` and back: where they are in the end. */
function byHalf(n: i32, keys: usize, spare: usize, low: u64, counts: usize): usize {
  for (let d = 0; d < passes; d++) {
    const slots = counts + (<usize>d << 10)
    const shift = low + <u64>(d << 3)
    // A digit that is the same everywhere moves nothing.
    if (load<u32>(slots + (<usize>((load<u64>(keys) >>> shift) & 255) << 2)) == <u32>n) continue
    let place = spare
    for (let b: usize = 0; b < buckets << 2; b += 4) {
      const size = load<u32>(slots + b)
      store<u32>(slots + b, <u32>place)
      place += <usize>size << 3
    }
    const end = keys + (<usize>n << 3)
    for (let at = keys; at < end; at += 8) {
      const key = load<u64>(at)
      const slot = slots + (<usize>((key >>> shift) & 255) << 2)
      const to = load<u32>(slot)
      store<u32>(slot, to + 8)
      store<u64>(<usize>to, key)
    }
    const other = keys
    keys = spare
    spare = other
  }
  return keys
}

/** Keys from `from` up to `to`, all of one upper half, by the lower. */
function refine(from: usize, to: usize, spare: usize, counts: usize): void {
  if (to - from <= 256) {
    for (let at = from + 8; at < to; at += 8) {
      const key = load<u64>(at)
      let hole = at
      for (; hole > from && load<u64>(hole - 8) > key; hole -= 8) store<u64>(hole, load<u64>(hole - 8))
      store<u64>(hole, key)
    }
    return
  }
  memory.fill(counts, 0, passes << 10)
  for (let at = from; at < to; at += 8) count(load<u64>(at), 0, counts)
  const sorted = byHalf(<i32>((to - from) >>> 3), from, spare, 0, counts)
  if (sorted != from) memory.copy(from, sorted, to - from)
}

/** Sorts x [n] ascending in place: -0 becomes 0, NaN comes last. */
export function sortValues_f64(n: i32, x: usize, work: usize): void {
  if (n == 0) return
  const bytes = <usize>n << 3
  const counts = work + bytes
  memory.fill(counts, 0, passes << 10)
  for (let at = x; at < x + bytes; at += 8) {
    const key = key64(at)
    store<u64>(at, key)
    count(key, 32, counts)
  }
  const keys = byHalf(n, x, work, 32, counts)
  const spare = keys == x ? work : x
  const end = keys + bytes
  let from = keys
  while (from < end) {
    const half = load<u32>(from, 4)
    let to = from + 8
    while (to < end && load<u32>(to, 4) == half) to += 8
    if (to - from > 8) refine(from, to, spare, counts)
    from = to
  }
  for (let i: usize = 0; i < bytes; i += 8) store<u64>(x + i, valueOf(load<u64>(keys + i)))
}
