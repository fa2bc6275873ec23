/** Random numbers: exports of the array module (src/kernels/array.ts). Numbers have the size of the words they are made from, so each call fills `out` with words and turns them into numbers in place. */
import { tileScratch } from '../scratch'
import { permute } from './permutation'
import { wordsTo } from './philox'
import { normalGroups, uniformGroups } from './transforms'

/** Groups of 64 bytes that stay in the nearest cache between both steps. */
const groupsAtOnce: i32 = 128

// @ts-ignore: decorator
@inline
function transform<T>(kind: i32, groups: i32, at: usize): void {
  if (kind == 1) uniformGroups<T>(groups, at)
  else if (kind == 2) normalGroups<T>(groups, at)
}

/** `n` numbers of type T: 0 raw words, 1 uniform, 2 normal. */
function make<T>(kind: i32, n: i32, key0: u32, key1: u32, block: u64, out: usize): void {
  const bytes = <usize>n * sizeof<T>()
  let groups = <i32>(bytes >>> 6)
  while (groups > 0) {
    const some = min(groups, groupsAtOnce)
    wordsTo(some, key0, key1, block, out)
    transform<T>(kind, some, out)
    block += <u64>some * 4
    out += <usize>some << 6
    groups -= some
  }
  if ((bytes & 63) == 0) return
  wordsTo(1, key0, key1, block, tileScratch)
  transform<T>(kind, 1, tileScratch)
  memory.copy(out, tileScratch, bytes & 63)
}

export function uniform(type: i32, n: i32, key0: u32, key1: u32, block: f64, out: usize): void {
  if (type == 0) make<f32>(1, n, key0, key1, <u64>block, out)
  else make<f64>(1, n, key0, key1, <u64>block, out)
}

export function normal(type: i32, n: i32, key0: u32, key1: u32, block: f64, out: usize): void {
  if (type == 0) make<f32>(2, n, key0, key1, <u64>block, out)
  else make<f64>(2, n, key0, key1, <u64>block, out)
}

export function bits(n: i32, key0: u32, key1: u32, block: f64, out: usize): void {
  make<u32>(0, n, key0, key1, <u64>block, out)
}

export function permutation(n: i32, key0: u32, key1: u32, block: f64, out: usize): f64 {
  return permute(n, key0, key1, <u64>block, out)
}
