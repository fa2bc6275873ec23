/**
 * Exponents of f32 counted two at a time: an element's and the one's four further on make one of 2^16 bins, half the work of counting each.
 * Few bins are in use, so that they stay in the cache. The tables serve one state at a time, their owner.
 */
import { pairTables } from '../scratch'
import { addToTotal } from './histogram'

const tableBytes: usize = 0x40000

let owner: usize = 0
/** Pairs counted since the owner's last `fold`. */
let pending: u32 = 0

// @ts-ignore: decorator
@inline
function both(offset: usize): v128 {
  return i32x4.add(v128.load(pairTables + offset), v128.load(pairTables + tableBytes + offset))
}

// @ts-ignore: decorator
@inline
function sumLanes(v: v128): u32 {
  return (
    i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + (i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3))
  )
}

/** Moves the tables' counts to their owner's totals, and leaves the tables empty and without owner. */
function fold(): void {
  const zero = i32x4.splat(0)
  for (let row: usize = 0; row < 256; row++) {
    let inRow = zero
    for (let column: usize = 0; column < 256; column += 4) {
      const offset = row * 1024 + column * 4
      const counts = both(offset)
      if (!v128.any_true(counts)) continue
      inRow = i32x4.add(inRow, counts)
      for (let lane: usize = 0; lane < 4; lane++)
        addToTotal(
          owner, column + lane,
          load<u32>(pairTables + offset + lane * 4) + load<u32>(pairTables + tableBytes + offset + lane * 4),
        )
      v128.store(pairTables + offset, zero)
      v128.store(pairTables + tableBytes + offset, zero)
    }
    const count = sumLanes(inRow)
    if (count > 0) addToTotal(owner, row, count)
  }
  owner = 0
  pending = 0
}

/** Gives the tables to `state`, for `pairs` more. */
export function own(state: usize, pairs: u32): void {
  if (owner != 0 && (owner != state || pending > 0x70000000)) fold()
  owner = state
  pending += pairs
}

export function owns(state: usize): bool {
  return owner == state
}

/** Moves what `state` has in the tables to its totals. */
export function reclaim(state: usize): void {
  if (owner == state) fold()
}

/** How many zeros and subnormals the tables hold. */
export function smallInPairs(): u32 {
  let first = i32x4.splat(0)
  for (let column: usize = 0; column < 1024; column += 16) first = i32x4.add(first, both(column))
  let small = sumLanes(first)
  for (let row: usize = 0; row < 256; row++)
    small += load<u32>(pairTables + row * 1024) + load<u32>(pairTables + tableBytes + row * 1024)
  return small
}
