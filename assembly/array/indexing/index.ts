/** Indices, masks, triangles and distances: exports of the array module (src/kernels/array.ts). */
import { firstOutside } from './bounds'
import { distances } from './distances'
import { gatherOf, scatterAddOf, scatterOf } from './elements'
import { compressOf, countSet, expandOf } from './masks'
import { addRows, select } from './rows'

export function indexSelect(bytes: i32, outer: i32, length: i32, inner: i32, x: usize, count: i32, index: usize, out: usize): i32 {
  const bad = firstOutside(count, length, index)
  if (bad < 0) select(outer, length, <usize>inner * <usize>bytes, x, count, index, out)
  return bad
}

export function indexAdd(type: i32, outer: i32, length: i32, inner: i32, out: usize, count: i32, index: usize, x: usize): i32 {
  const bad = firstOutside(count, length, index)
  if (bad >= 0) return bad
  if (type == 0) addRows<f32>(outer, length, inner, out, count, index, x)
  else if (type == 1) addRows<f64>(outer, length, inner, out, count, index, x)
  else addRows<i32>(outer, length, inner, out, count, index, x)
  return -1
}

export function gather(bytes: i32, outer: i32, length: i32, inner: i32, x: usize, count: i32, index: usize, out: usize): i32 {
  const bad = firstOutside(outer * count * inner, length, index)
  if (bad >= 0) return bad
  if (bytes == 1) gatherOf<u8>(outer, length, inner, x, count, index, out)
  else if (bytes == 4) gatherOf<u32>(outer, length, inner, x, count, index, out)
  else gatherOf<u64>(outer, length, inner, x, count, index, out)
  return -1
}

export function scatter(bytes: i32, outer: i32, length: i32, inner: i32, out: usize, count: i32, index: usize, x: usize): i32 {
  const bad = firstOutside(outer * count * inner, length, index)
  if (bad >= 0) return bad
  if (bytes == 1) scatterOf<u8>(outer, length, inner, out, count, index, x)
  else if (bytes == 4) scatterOf<u32>(outer, length, inner, out, count, index, x)
  else scatterOf<u64>(outer, length, inner, out, count, index, x)
  return -1
}

export function scatterAdd(type: i32, outer: i32, length: i32, inner: i32, out: usize, count: i32, index: usize, x: usize): i32 {
  const bad = firstOutside(outer * count * inner, length, index)
  if (bad >= 0) return bad
  if (type == 0) scatterAddOf<f32>(outer, length, inner, out, count, index, x)
  else if (type == 1) scatterAddOf<f64>(outer, length, inner, out, count, index, x)
  else scatterAddOf<i32>(outer, length, inner, out, count, index, x)
  return -1
}

export function compress(bytes: i32, n: i32, mask: usize, x: usize, out: usize): i32 {
  if (out == 0) return countSet(n, mask)
  if (bytes == 1) return compressOf<u8>(n, mask, x, out)
  if (bytes == 4) return compressOf<u32>(n, mask, x, out)
  return compressOf<u64>(n, mask, x, out)
}

export function expand(bytes: i32, n: i32, mask: usize, x: usize, out: usize): void {
  if (bytes == 1) expandOf<u8>(n, mask, x, out)
  else if (bytes == 4) expandOf<u32>(n, mask, x, out)
  else expandOf<u64>(n, mask, x, out)
}

export function triangle(bytes: i32, upper: bool, batch: i32, m: i32, n: i32, k: i32, x: usize, out: usize): void {
  const row = <usize>n * <usize>bytes
  for (let o = 0; o < batch; o++) {
    for (let i = 0; i < m; i++) {
      // Kept are the columns [cut, n) of an upper triangle, [0, cut) of a lower one.
      const cut = <usize>max(0, min(<i64>n, <i64>i + <i64>k + (upper ? 0 : 1))) * <usize>bytes
      if (upper) {
        memory.copy(out + cut, x + cut, row - cut)
        memory.fill(out, 0, cut)
      } else {
        memory.copy(out, x, cut)
        memory.fill(out + cut, 0, row - cut)
      }
      x += row
      out += row
    }
  }
}

export function cdist(type: i32, p: f64, batch: i32, m: i32, n: i32, d: i32, a: usize, b: usize, out: usize): void {
  if (type == 0) distances<f32>(p, batch, m, n, d, a, b, out)
  else distances<f64>(p, batch, m, n, d, a, b, out)
}
