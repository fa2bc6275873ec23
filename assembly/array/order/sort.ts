/** Stable sorts of rows: elements become packed keys and places (packed.ts), and the sorted places give the values. */
import { key32, key64 } from './keys'
import { sortPacked } from './packed'

/** Room that a row of `length` needs: two lists of packed items. */
// @ts-ignore: decorator
@inline
export function rowBytes(length: i32): usize {
  return <usize>length << 4
}

/** Items of a row by their keys (f64: the upper halves), turned over when descending. */
function pack<T>(length: i32, descending: bool, x: usize, items: usize): void {
  const turn: u32 = descending ? 0xffffffff : 0
  for (let i = 0; i < length; i++) {
    const key = sizeof<T>() == 8 ? <u32>(key64(x) >>> 32) : key32<T>(x)
    store<u64>(items, (<u64>(key ^ turn) << 32) | <u64>i)
    x += sizeof<T>()
    items += 8
  }
}

/** Sorts each run of items whose keys' upper halves are equal by the lower halves. `spare` has room for all items. */
function refine(length: i32, descending: bool, x: usize, items: usize, spare: usize): void {
  const turn: u32 = descending ? 0xffffffff : 0
  const end = items + (<usize>length << 3)
  let from = items
  while (from < end) {
    const key = load<u32>(from, 4)
    let to = from + 8
    while (to < end && load<u32>(to, 4) == key) to += 8
    if (to - from > 8) {
      for (let at = from; at < to; at += 8)
        store<u32>(at, <u32>key64(x + (<usize>load<u32>(at) << 3)) ^ turn, 4)
      const sorted = sortPacked(<i32>((to - from) >>> 3), from, spare)
      if (sorted != from) memory.copy(from, sorted, to - from)
    }
    from = to
  }
}

/** A row of x sorted: values (unless 0; may be x) and i32 places (unless 0). `work` has `rowBytes(length)`. */
export function sortRow<T>(length: i32, descending: bool, x: usize, values: usize, places: usize, work: usize): void {
  const half = <usize>length << 3
  pack<T>(length, descending, x, work)
  const items = sortPacked(length, work, work + half)
  const spare = items == work ? work + half : work
  if (sizeof<T>() == 8) refine(length, descending, x, items, spare)
  if (places != 0) for (let i: usize = 0; i < half; i += 8) store<u32>(places + (i >>> 1), load<u32>(items + i))
  if (values == 0) return
  const to = values == x ? spare : values
  for (let i: usize = 0; i < <usize>length; i++)
    store<T>(to + i * sizeof<T>(), load<T>(x + <usize>load<u32>(items + (i << 3)) * sizeof<T>()))
  if (to != values) memory.copy(values, to, <usize>length * sizeof<T>())
}

/** Rows of bytes 0 and 1, counted. */
export function sortBits(length: i32, descending: bool, x: usize, values: usize, places: usize): void {
  let ones = 0
  for (let i = 0; i < length; i++) ones += <i32>(load<u8>(x + <usize>i) != 0)
  const zeros = length - ones
  if (places != 0) {
    let zero = places + (<usize><u32>(descending ? ones : 0) << 2)
    let one = places + (<usize><u32>(descending ? 0 : zeros) << 2)
    for (let i = 0; i < length; i++) {
      const set = load<u8>(x + <usize>i) != 0
      store<i32>(set ? one : zero, i)
      if (set) one += 4
      else zero += 4
    }
  }
  if (values == 0) return
  memory.fill(values, descending ? 1 : 0, descending ? ones : zeros)
  memory.fill(values + <usize>(descending ? ones : zeros), descending ? 0 : 1, descending ? zeros : ones)
}
