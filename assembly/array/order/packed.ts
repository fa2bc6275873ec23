/**
 * Sorts words of 64 bits whose upper half is a key and whose lower half is a place. Places differ, so that any way of sorting is stable, and
 * a stable way has to look at the keys alone. Short lists go by insertion, others by radix, byte after byte of the key, least first.
 */
import { tileScratch } from '../scratch'

const shortest: i32 = 48
const middle: i32 = 512

function insertion(n: i32, a: usize): void {
  const end = a + (<usize>n << 3)
  for (let at = a + 8; at < end; at += 8) {
    const item = load<u64>(at)
    let to = at
    for (; to > a && load<u64>(to - 8) > item; to -= 8) store<u64>(to, load<u64>(to - 8))
    store<u64>(to, item)
  }
}

/** Merges [a, b) and [b, end) into `out`, without branches on what is smaller. */
function merge(a: usize, b: usize, end: usize, out: usize): void {
  let left = a, right = b
  while (left < b && right < end) {
    const x = load<u64>(left), y = load<u64>(right)
    const second = y < x
    store<u64>(out, second ? y : x)
    right += <usize>second << 3
    left += <usize>!second << 3
    out += 8
  }
  memory.copy(out, left, b - left)
  memory.copy(out + (b - left), right, end - right)
}

/** Sorted runs of `shortest` items by insertion, then merged pair by pair; returns where the sorted list is, `a` or `b`. */
function mergeSort(n: i32, a: usize, b: usize): usize {
  for (let i = 0; i < n; i += shortest) insertion(min(shortest, n - i), a + (<usize>i << 3))
  const bytes = <usize>n << 3
  for (let run = <usize>shortest << 3; run < bytes; run <<= 1) {
    for (let at: usize = 0; at < bytes; at += 2 * run)
      merge(a + at, a + min(at + run, bytes), a + min(at + 2 * run, bytes), b + at)
    const swap = a
    a = b
    b = swap
  }
  return a
}

/** Four tables of 256 counts fill `tileScratch`; a byte that is the same in all keys costs nothing. */
function radixSort(n: i32, a: usize, b: usize): usize {
  memory.fill(tileScratch, 0, 4096)
  const bytes = <usize>n << 3
  for (let at = a, end = a + bytes; at < end; at += 8) {
    const key = load<u32>(at, 4)
    const t0 = tileScratch + (<usize>(key & 255) << 2), t1 = tileScratch + (<usize>((key >>> 8) & 255) << 2)
    const t2 = tileScratch + (<usize>((key >>> 16) & 255) << 2), t3 = tileScratch + (<usize>(key >>> 24) << 2)
    store<u32>(t0, load<u32>(t0) + 1)
    store<u32>(t1, load<u32>(t1, 1024) + 1, 1024)
    store<u32>(t2, load<u32>(t2, 2048) + 1, 2048)
    store<u32>(t3, load<u32>(t3, 3072) + 1, 3072)
  }
  for (let digit: u32 = 0; digit < 4; digit++) {
    const table = tileScratch + (<usize>digit << 10)
    const shift = <u64>(32 + (digit << 3))
    if (load<u32>(table + (<usize>((load<u64>(a) >>> shift) & 255) << 2)) == <u32>n) continue
    // From counts to the addresses where each byte's items begin.
    let next = <u32>b
    for (let at = table, end = table + 1024; at < end; at += 4) {
      const count = load<u32>(at)
      store<u32>(at, next)
      next += count << 3
    }
    for (let at = a, end = a + bytes; at < end; at += 8) {
      const item = load<u64>(at)
      const slot = table + (<usize>((item >>> shift) & 255) << 2)
      const to = load<u32>(slot)
      store<u64>(<usize>to, item)
      store<u32>(slot, to + 8)
    }
    const swap = a
    a = b
    b = swap
  }
  return a
}

/** Sorts `n` items at `a`, `b` being room for as many; returns where they are sorted, `a` or `b`. */
export function sortPacked(n: i32, a: usize, b: usize): usize {
  if (n <= shortest) {
    insertion(n, a)
    return a
  }
  return n <= middle ? mergeSort(n, a, b) : radixSort(n, a, b)
}
