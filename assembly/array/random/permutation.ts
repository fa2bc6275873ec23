/** Permutations by Fisher and Yates; places by Lemire's multiplication ("Fast random integer generation in an interval", 2019), which rejects what would favour some. */
import { tileScratch } from '../scratch'
import { wordsTo } from './philox'

/** Words made at a time. */
const wordsAtOnce: i32 = 256

/** Shuffles 0 .. n - 1 at `out`; returns the blocks used. */
export function permute(n: i32, key0: u32, key1: u32, block: u64, out: usize): f64 {
  for (let i = 0; i < n; i++) store<i32>(out + (<usize>i << 2), i)
  let used = wordsAtOnce
  let next = block
  for (let i = n - 1; i > 0; i--) {
    const range = <u32>i + 1
    let product: u64
    do {
      if (used == wordsAtOnce) {
        wordsTo(wordsAtOnce / 16, key0, key1, next, tileScratch)
        next += wordsAtOnce / 4
        used = 0
      }
      product = <u64>load<u32>(tileScratch + (<usize>used << 2)) * <u64>range
      used++
      // The remainder is only taken when it can matter: 2^32 mod range < range.
    } while (<u32>product < range && <u32>product < (0 - range) % range)
    const a = out + (<usize>i << 2), b = out + (<usize>(product >>> 32) << 2)
    const value = load<i32>(a)
    store<i32>(a, load<i32>(b))
    store<i32>(b, value)
  }
  // A block of which one word was used is used.
  return <f64>(next - block - <u64>((wordsAtOnce - used) / 4))
}
