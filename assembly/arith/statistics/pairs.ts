/**
 * Exponents of f32 counted two at a time: an element's and another's of the block make one of 2^16 bins, half the work of counting each.
 * Few bins are in use, so that they stay in the cache.
 */
import { addToTotal } from './histogram'

const tableBytes: usize = 0x40000

// @ts-ignore: decorator
@inline
function both(at: usize): v128 {
  return i32x4.add(v128.load(at), v128.load(at + tableBytes))
}

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): u32 {
  return (
    i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + (i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3))
  )
}

/** Moves the tables' counts to the totals of `state`, and leaves the tables empty. */
export function foldPairs(state: usize, tables: usize): void {
  const zero = i32x4.splat(0)
  for (let row: usize = 0; row < 256; row++) {
    let inRow = zero
    for (let column: usize = 0; column < 256; column += 4) {
      const at = tables + row * 1024 + column * 4
      const counts = both(at)
      if (!v128.any_true(counts)) continue
      inRow = i32x4.add(inRow, counts)
      addToTotal(state, column, i32x4.extract_lane(counts, 0))
      addToTotal(state, column + 1, i32x4.extract_lane(counts, 1))
      addToTotal(state, column + 2, i32x4.extract_lane(counts, 2))
      addToTotal(state, column + 3, i32x4.extract_lane(counts, 3))
      v128.store(at, zero)
      v128.store(at + tableBytes, zero)
    }
    const count = sumLanes(inRow)
    if (count > 0) addToTotal(state, row, count)
  }
}

/** How many zeros and subnormals the tables hold. */
export function smallInPairs(tables: usize): u32 {
  let first = i32x4.splat(0)
  for (let column: usize = 0; column < 1024; column += 16) first = i32x4.add(first, both(tables + column))
  let small = sumLanes(first)
  for (let row: usize = 0; row < 256; row++)
    small += load<u32>(tables + row * 1024) + load<u32>(tables + tableBytes + row * 1024)
  return small
}
